#pragma once

#include <gluino/gluon/nn/basic_layers.h>
#include <gluino/gluon/nn/per_axis.h>
#include <gluino/ops/layers/convolution.h>
#include <gluino/ops/vision/deformable.h>

#include <optional>
#include <string>

/// Layers of mxnet.gluon.contrib.cnn.
namespace gluino::gluon::contrib::cnn {

struct DeformableConvLayerOptions {
  std::int64_t channels = 0;
  /// One number counts for both axes.
  gluon::nn::PerAxis kernel_size = 1;
  gluon::nn::PerAxis strides = 1;
  gluon::nn::PerAxis padding = 0;
  gluon::nn::PerAxis dilation = 1;
  std::int64_t groups = 1;
  /// Channels are cut into this many groups, each with offsets of its own.
  std::int64_t num_deformable_group = 1;
  bool use_bias = true;
  /// 0: found in the first forward.
  std::int64_t in_channels = 0;
  /// Empty: none.
  std::string activation{};
  /// Without it, the initializer that initialize() is given.
  init::Initializer weight_initializer{};
  init::Initializer bias_initializer = "zeros";
  init::Initializer offset_weight_initializer = "zeros";
  init::Initializer offset_bias_initializer = "zeros";
  bool offset_use_bias = true;
  std::string prefix{};
};

/// What the two layers share: a convolution that says how far the taps of another are moved.
/// Parameters offset_weight, offset_bias, deformable_conv_weight and deformable_conv_bias.
class GLUINO_API DeformableLayer : public HybridBlock {
 public:
  using Options = DeformableConvLayerOptions;
  std::string to_string() const override;

 protected:
  /// `per_tap`: so many numbers of the offsets belong to each tap. Throws Error, naming the layer
  /// `type`, for options that do not fit.
  DeformableLayer(const char* type, std::int64_t per_tap, const Options& options);

  /// What the first convolution gives.
  NDArray offsets(const NDArray& input) const;
  /// `op`, of its options, of the input, of what moves its taps, and of the other parameters.
  NDArray convolved(const Op& op, const void* options, const std::vector<NDArray>& inputs) const;
  template <class OpOptions>
  OpOptions op_options() const {
    return {.kernel = of_offsets_.kernel,
            .stride = of_offsets_.stride,
            .dilate = of_offsets_.dilate,
            .pad = of_offsets_.pad,
            .num_filter = options_.channels,
            .num_group = options_.groups,
            .num_deformable_group = options_.num_deformable_group,
            .no_bias = !options_.use_bias};
  }
  /// The taps of all groups.
  std::int64_t taps() const;

 private:
  Options options_;
  ConvolutionOptions of_offsets_;
  Parameter offset_weight_, offset_bias_, weight_, bias_;
  std::optional<Child<gluon::nn::Activation>> activation_;
};

/// A convolution of images (N, C, H, W) whose taps are moved by what another one finds (Dai et al.,
/// 2017, https://arxiv.org/abs/1703.06211).
class GLUINO_API DeformableConvolution : public DeformableLayer {
 public:
  explicit DeformableConvolution(const DeformableConvLayerOptions& options)
      : DeformableLayer("DeformableConvolution", 2, options) {}
  NDArray forward(const NDArray& input) override;
};

/// The same with what each tap finds multiplied by a number from 0 to 2 (Zhu et al., 2019,
/// https://arxiv.org/abs/1811.11168).
class GLUINO_API ModulatedDeformableConvolution : public DeformableLayer {
 public:
  explicit ModulatedDeformableConvolution(const DeformableConvLayerOptions& options)
      : DeformableLayer("ModulatedDeformableConvolution", 3, options) {}
  NDArray forward(const NDArray& input) override;
};

}  // namespace gluino::gluon::contrib::cnn
