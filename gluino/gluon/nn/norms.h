#pragma once

#include <gluino/gluon/hybrid_block.h>
#include <gluino/ops/layers/normalization.h>

namespace gluino::gluon::nn {

/// The options of a normalization along an axis, with the layer's defaults.
template <std::int64_t kAxis, bool kScale>
struct NormAlongAxisOptions {
  std::int64_t axis = kAxis;
  double epsilon = 1e-5;
  /// Learn an offset (a factor); else it stays 0 (1).
  bool center = true;
  bool scale = kScale;
  init::Initializer beta_initializer = "zeros";
  init::Initializer gamma_initializer = "ones";
  /// 0: found in the first forward.
  std::int64_t in_channels = 0;
  std::string prefix{};
};
using InstanceNormLayerOptions = NormAlongAxisOptions<1, false>;
using LayerNormLayerOptions = NormAlongAxisOptions<-1, true>;

struct GroupNormLayerOptions {
  std::int64_t num_groups = 1;
  /// Where given, as in MXNet 2, gamma and beta have a number for each channel, else for each
  /// group.
  std::int64_t in_channels = 0;
  double epsilon = 1e-5;
  bool center = true;
  bool scale = true;
  init::Initializer beta_initializer = "zeros";
  init::Initializer gamma_initializer = "ones";
  std::string prefix{};
};

/// What the layers below share: the parameters gamma and beta.
class GLUINO_API AffineNorm : public HybridBlock {
 public:
  const Parameter& gamma() const { return gamma_; }
  const Parameter& beta() const { return beta_; }

 protected:
  template <class Options>
  AffineNorm(const char* hint, const Options& options, std::int64_t size)
      : HybridBlock(new_prefix(hint, options.prefix)) {
    const Shape shape = {size > 0 ? size : -1};
    gamma_ = parameter(
        "gamma",
        {.shape = shape, .init = options.gamma_initializer, .differentiable = options.scale});
    beta_ = parameter(
        "beta",
        {.shape = shape, .init = options.beta_initializer, .differentiable = options.center});
  }
  /// `op` of the input, gamma and beta.
  NDArray normalized(const Op& op, const void* options, const NDArray& input) const {
    return apply_op(op, options, input, {&gamma_, &beta_});
  }

 private:
  Parameter gamma_;
  Parameter beta_;
};

/// Normalises each channel of each sample; see ops::InstanceNorm. `axis` is that of the channels,
/// gamma and beta are (in_channels,).
class GLUINO_API InstanceNorm : public AffineNorm {
 public:
  using Options = InstanceNormLayerOptions;
  explicit InstanceNorm(const InstanceNormLayerOptions& options = {});
  NDArray forward(const NDArray& input) override;
  std::string to_string() const override;

 private:
  InstanceNormLayerOptions options_;
};

/// Normalises along one axis of each sample; see ops::LayerNorm. Gamma and beta are (in_channels,).
class GLUINO_API LayerNorm : public AffineNorm {
 public:
  using Options = LayerNormLayerOptions;
  explicit LayerNorm(const LayerNormLayerOptions& options = {});
  NDArray forward(const NDArray& input) override;
  std::string to_string() const override;

 private:
  LayerNormLayerOptions options_;
};

/// Normalises groups of channels, the second axis, of each sample; see ops::GroupNorm. Gamma and
/// beta are (num_groups,), or (in_channels,).
class GLUINO_API GroupNorm : public AffineNorm {
 public:
  using Options = GroupNormLayerOptions;
  explicit GroupNorm(const GroupNormLayerOptions& options = {});
  NDArray forward(const NDArray& input) override;
  std::string to_string() const override;

 private:
  GroupNormLayerOptions options_;
};

}  // namespace gluino::gluon::nn
