#pragma once

#include <gluino/gluon/hybrid_block.h>
#include <gluino/gluon/nn/per_axis.h>
#include <gluino/ops/layers/pooling.h>

namespace gluino::gluon::nn {

/// All sizes in the order (depth, height, width), of which there are as many as the layer's name
/// says, or one number for all.
struct PoolOptions {
  PerAxis pool_size = 2;
  /// The pool's size if not given.
  PerAxis strides{};
  PerAxis padding = 0;
  /// Rounds the output's size up instead of down.
  bool ceil_mode = false;
  /// Of averages: the padding's zeros count as elements.
  bool count_include_pad = true;
  /// As in ConvOptions.
  std::string layout{};
  std::string prefix{};
};
using Pool2DOptions = PoolOptions;

/// What the pooling layers share.
class GLUINO_API Pool : public HybridBlock {
 public:
  using Options = PoolOptions;
  NDArray forward(const NDArray& input) override;
  std::string to_string() const override;

 protected:
  Pool(int axes, const char* type, const PoolOptions& options);
  /// Of the whole image.
  Pool(int axes, const char* type, const std::string& layout, const std::string& prefix);

 private:
  PoolingOptions op_options_;
};

/// @cond
template <int kAxes>
class MaxPool : public Pool {
 public:
  explicit MaxPool(const PoolOptions& options = {}) : Pool(kAxes, "max", options) {}
};
template <int kAxes>
class AvgPool : public Pool {
 public:
  explicit AvgPool(const PoolOptions& options = {}) : Pool(kAxes, "avg", options) {}
};
template <int kAxes>
class GlobalMaxPool : public Pool {
 public:
  explicit GlobalMaxPool(const std::string& prefix = {}, const std::string& layout = {})
      : Pool(kAxes, "max", layout, prefix) {}
};
template <int kAxes>
class GlobalAvgPool : public Pool {
 public:
  explicit GlobalAvgPool(const std::string& prefix = {}, const std::string& layout = {})
      : Pool(kAxes, "avg", layout, prefix) {}
};
/// @endcond

/// The maximum of each window of sequences (N, C, W), images (N, C, H, W), volumes (N, C, D, H, W).
class GLUINO_API MaxPool1D : public MaxPool<1> {
 public:
  using MaxPool::MaxPool;
};
class GLUINO_API MaxPool2D : public MaxPool<2> {
 public:
  using MaxPool::MaxPool;
};
class GLUINO_API MaxPool3D : public MaxPool<3> {
 public:
  using MaxPool::MaxPool;
};

/// The average of each window.
class GLUINO_API AvgPool1D : public AvgPool<1> {
 public:
  using AvgPool::AvgPool;
};
class GLUINO_API AvgPool2D : public AvgPool<2> {
 public:
  using AvgPool::AvgPool;
};
class GLUINO_API AvgPool3D : public AvgPool<3> {
 public:
  using AvgPool::AvgPool;
};

/// The maximum of each channel: (N, C, 1, 1), of sequences (N, C, 1), of volumes (N, C, 1, 1, 1).
class GLUINO_API GlobalMaxPool1D : public GlobalMaxPool<1> {
 public:
  using GlobalMaxPool::GlobalMaxPool;
};
class GLUINO_API GlobalMaxPool2D : public GlobalMaxPool<2> {
 public:
  using GlobalMaxPool::GlobalMaxPool;
};
class GLUINO_API GlobalMaxPool3D : public GlobalMaxPool<3> {
 public:
  using GlobalMaxPool::GlobalMaxPool;
};

/// The average of each channel, shaped likewise.
class GLUINO_API GlobalAvgPool1D : public GlobalAvgPool<1> {
 public:
  using GlobalAvgPool::GlobalAvgPool;
};
class GLUINO_API GlobalAvgPool2D : public GlobalAvgPool<2> {
 public:
  using GlobalAvgPool::GlobalAvgPool;
};
class GLUINO_API GlobalAvgPool3D : public GlobalAvgPool<3> {
 public:
  using GlobalAvgPool::GlobalAvgPool;
};

}  // namespace gluino::gluon::nn
