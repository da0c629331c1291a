#pragma once

#include <gluino/gluon/nn/basic_layers.h>
#include <gluino/gluon/nn/per_axis.h>
#include <gluino/gluon/nn/pool_layers.h>
#include <gluino/ops/layers/convolution.h>
#include <gluino/ops/layers/deconvolution.h>

#include <optional>

namespace gluino::gluon::nn {

/// All sizes in the order (depth, height, width), of which there are as many as the layer's name
/// says, or one number for all: `.kernel_size = 5`.
struct ConvOptions {
  std::int64_t channels = 0;
  PerAxis kernel_size{};
  PerAxis strides = 1;
  PerAxis padding = 0;
  /// Of transposed convolutions alone: added to the output's size on one side.
  PerAxis output_padding{};
  PerAxis dilation = 1;
  std::int64_t groups = 1;
  /// "NCHW", or "NHWC" where the channels come last; NCW, NCDHW likewise. Empty: channels first.
  std::string layout{};
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
using Conv2DOptions = ConvOptions;

/// What convolutions (of the operator's ConvolutionOptions) and transposed ones (of its
/// DeconvolutionOptions) of any number of axes share.
template <class OpOptions>
class ConvOf : public HybridBlock {
 public:
  using Options = ConvOptions;
  NDArray forward(const NDArray& input) override;
  std::string to_string() const override;

  const Parameter& weight() const { return weight_; }
  /// Not defined() without a bias.
  const Parameter& bias() const { return bias_; }

 protected:
  /// Throws Error, naming the layer `type`, for options that do not fit.
  ConvOf(const char* type, int axes, ConvOptions options);

 private:
  ConvOptions options_;
  OpOptions op_options_;
  Parameter weight_;
  Parameter bias_;
  std::optional<Child<Activation>> activation_;
};
// As GLUINO_API, which as a standard attribute may not stand here.
extern template class __attribute__((visibility("default"))) ConvOf<ConvolutionOptions>;
extern template class __attribute__((visibility("default"))) ConvOf<DeconvolutionOptions>;

/// A convolution of sequences (N, C, W); weight (channels, in_channels / groups, kernel width),
/// bias (channels,). See ops::Convolution for the output's size.
class GLUINO_API Conv1D : public ConvOf<ConvolutionOptions> {
 public:
  explicit Conv1D(ConvOptions options) : ConvOf("Conv1D", 1, std::move(options)) {}
};

/// The same of images (N, C, H, W); weight (channels, in_channels / groups, kernel height, width).
class GLUINO_API Conv2D : public ConvOf<ConvolutionOptions> {
 public:
  explicit Conv2D(ConvOptions options) : ConvOf("Conv2D", 2, std::move(options)) {}
};

/// The same of volumes (N, C, D, H, W).
class GLUINO_API Conv3D : public ConvOf<ConvolutionOptions> {
 public:
  explicit Conv3D(ConvOptions options) : ConvOf("Conv3D", 3, std::move(options)) {}
};

/// A transposed convolution, the gradient of Conv1D: sequences (N, C, W) become longer; weight
/// (in_channels, channels / groups, kernel width). See ops::Deconvolution for the output's size.
class GLUINO_API Conv1DTranspose : public ConvOf<DeconvolutionOptions> {
 public:
  explicit Conv1DTranspose(ConvOptions options)
      : ConvOf("Conv1DTranspose", 1, std::move(options)) {}
};

/// The same of images (N, C, H, W).
class GLUINO_API Conv2DTranspose : public ConvOf<DeconvolutionOptions> {
 public:
  explicit Conv2DTranspose(ConvOptions options)
      : ConvOf("Conv2DTranspose", 2, std::move(options)) {}
};

/// The same of volumes (N, C, D, H, W).
class GLUINO_API Conv3DTranspose : public ConvOf<DeconvolutionOptions> {
 public:
  explicit Conv3DTranspose(ConvOptions options)
      : ConvOf("Conv3DTranspose", 3, std::move(options)) {}
};

}  // namespace gluino::gluon::nn
