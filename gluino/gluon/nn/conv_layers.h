#pragma once

#include <gluino/gluon/nn/basic_layers.h>
#include <gluino/ops/layers/convolution.h>
#include <gluino/ops/layers/pooling.h>

#include <concepts>
#include <initializer_list>
#include <optional>

namespace gluino::gluon::nn {

/// Numbers for the axes of images: `= {3, 5}` one for each, `= 3` the same for all.
class PerAxis {
 public:
  PerAxis() = default;
  // NOLINTBEGIN(google-explicit-constructor): each is a way to write an option
  template <std::integral I>
  requires(!std::same_as<I, bool>) PerAxis(I number) : numbers_(number), is_for_all_(true) {}
  PerAxis(std::initializer_list<std::int64_t> numbers) : numbers_(numbers) {}
  PerAxis(const Shape& numbers) : numbers_(numbers) {}
  // NOLINTEND(google-explicit-constructor)

  bool empty() const { return numbers_.empty(); }
  /// As many numbers as were given, but for one that is for all axes.
  Shape of(int axes) const { return is_for_all_ ? Shape::filled(axes, numbers_[0]) : numbers_; }

 private:
  Shape numbers_;
  bool is_for_all_ = false;
};

/// All sizes in the order (height, width), or one number for both: `.kernel_size = 5`.
struct Conv2DOptions {
  std::int64_t channels = 0;
  PerAxis kernel_size{};
  PerAxis strides = 1;
  PerAxis padding = 0;
  PerAxis dilation = 1;
  std::int64_t groups = 1;
  /// Empty: none.
  std::string activation{};
  bool use_bias = true;
  /// Without it, the initializer that initialize() is given.
  init::Initializer weight_initializer{};
  init::Initializer bias_initializer = "zeros";
  /// 0: found in the first forward.
  std::int64_t in_channels = 0;
  std::string prefix{};
};

/// A 2-D convolution of images (N, C, H, W); weight (channels, in_channels / groups, kernel height,
/// kernel width), bias (channels,). See ops::Convolution for the output's size.
class GLUINO_API Conv2D : public HybridBlock {
 public:
  using Options = Conv2DOptions;
  explicit Conv2D(Conv2DOptions options);
  NDArray forward(const NDArray& input) override;
  std::string to_string() const override;

  const Parameter& weight() const { return weight_; }
  /// Not defined() without a bias.
  const Parameter& bias() const { return bias_; }

 private:
  Conv2DOptions options_;
  ConvolutionOptions op_options_;
  Parameter weight_;
  Parameter bias_;
  std::optional<Child<Activation>> activation_;
};

/// All sizes in the order (height, width), or one number for both.
struct Pool2DOptions {
  PerAxis pool_size = 2;
  /// The pool's size if not given.
  PerAxis strides{};
  PerAxis padding = 0;
  /// Rounds the output's size up instead of down.
  bool ceil_mode = false;
  /// AvgPool2D: the padding's zeros count as elements.
  bool count_include_pad = true;
  std::string prefix{};
};

/// What the 2-D pooling layers share.
class GLUINO_API Pool2D : public HybridBlock {
 public:
  using Options = Pool2DOptions;
  NDArray forward(const NDArray& input) override;
  std::string to_string() const override;

 protected:
  Pool2D(const std::string& hint, const std::string& type, const Pool2DOptions& options,
         bool global);

 private:
  PoolingOptions op_options_;
};

/// The maximum of each window.
class GLUINO_API MaxPool2D : public Pool2D {
 public:
  explicit MaxPool2D(const Pool2DOptions& options = {}) : Pool2D("pool", "max", options, false) {}
};

/// The average of each window.
class GLUINO_API AvgPool2D : public Pool2D {
 public:
  explicit AvgPool2D(const Pool2DOptions& options = {}) : Pool2D("pool", "avg", options, false) {}
};

/// The maximum of each channel: (N, C, 1, 1).
class GLUINO_API GlobalMaxPool2D : public Pool2D {
 public:
  explicit GlobalMaxPool2D(const std::string& prefix = {})
      : Pool2D("pool", "max", {.pool_size = 1, .ceil_mode = true, .prefix = prefix}, true) {}
};

/// The average of each channel: (N, C, 1, 1).
class GLUINO_API GlobalAvgPool2D : public Pool2D {
 public:
  explicit GlobalAvgPool2D(const std::string& prefix = {})
      : Pool2D("pool", "avg", {.pool_size = 1, .ceil_mode = true, .prefix = prefix}, true) {}
};

}  // namespace gluino::gluon::nn
