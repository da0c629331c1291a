#include <gluino/base/error.h>
#include <gluino/base/text.h>
#include <gluino/gluon/contrib/deformable.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/unary.h>
#include <gluino/ops/movement/movement.h>

#include <vector>

namespace gluino::gluon::contrib::cnn {

DeformableLayer::DeformableLayer(const char* type, std::int64_t per_tap, const Options& o)
    : HybridBlock(
          new_prefix(per_tap == 2 ? "deformable_conv" : "modulated_deformable_conv", o.prefix)),
      options_(o) {
  constexpr int kAxes = 2;
  const std::string layer = str("[", type, " ", name(), "] ");
  const std::int64_t groups = o.groups;
  check(o.channels > 0, layer, "channels: expected at least 1, got ", o.channels);
  check(groups > 0 && o.channels % groups == 0 && o.in_channels % groups == 0, layer, "groups ",
        groups, " does not divide in_channels ", o.in_channels, " and channels ", o.channels);
  check(o.num_deformable_group > 0, layer, "num_deformable_group: expected at least 1, got ",
        o.num_deformable_group);
  of_offsets_.kernel = o.kernel_size.of(kAxes);
  of_offsets_.stride = o.strides.of(kAxes);
  of_offsets_.dilate = o.dilation.of(kAxes);
  of_offsets_.pad = o.padding.of(kAxes);
  const Shape& kernel = of_offsets_.kernel;
  check(kernel.ndim() == kAxes && kernel[0] > 0 && kernel[1] > 0, layer,
        "kernel_size: expected 2 numbers (height, width), got ", kernel);
  const std::int64_t moved = per_tap * taps();
  of_offsets_.num_filter = moved;
  of_offsets_.num_group = groups;
  of_offsets_.no_bias = !o.offset_use_bias;
  const std::int64_t in = o.in_channels > 0 ? o.in_channels / groups : -1;
  const auto add_offsets = [&] {
    offset_weight_ = parameter("offset_weight", {.shape = {moved, in, kernel[0], kernel[1]},
                                                 .init = o.offset_weight_initializer});
    if (!o.offset_use_bias) return;
    offset_bias_ = parameter("offset_bias", {.shape = {moved}, .init = o.offset_bias_initializer});
  };
  // In MXNet's order, by which the first values are drawn.
  if (per_tap == 2) add_offsets();
  weight_ = parameter("deformable_conv_weight", {.shape = {o.channels, in, kernel[0], kernel[1]},
                                                 .init = o.weight_initializer});
  if (o.use_bias) {
    bias_ = parameter("deformable_conv_bias", {.shape = {o.channels}, .init = o.bias_initializer});
  }
  if (per_tap != 2) add_offsets();
  if (o.activation.empty()) return;
  const NameScope scope = name_scope();
  auto activation = std::make_shared<gluon::nn::Activation>(o.activation, o.activation + "_");
  register_child("act", activation);
  activation_.emplace(std::move(activation));
}

std::int64_t DeformableLayer::taps() const {
  return of_offsets_.kernel[0] * of_offsets_.kernel[1] * options_.num_deformable_group;
}

NDArray DeformableLayer::offsets(const NDArray& input) const {
  static const Op& op = Op::get<ConvolutionOptions>("Convolution");
  return options_.offset_use_bias
             ? apply_op(op, &of_offsets_, input, {&offset_weight_, &offset_bias_})
             : apply_op(op, &of_offsets_, input, {&offset_weight_});
}

NDArray DeformableLayer::convolved(const Op& op, const void* options,
                                   const std::vector<NDArray>& inputs) const {
  const Context context = inputs[0].context();
  Shape shape = weight_.shape();
  shape[1] = inputs[0].shape()[1] / options_.groups;
  if (!weight_.is_initialized()) weight_.complete(shape);
  std::vector<NDArray> operands = inputs;
  operands.push_back(weight_.data(context));
  if (options_.use_bias) operands.push_back(bias_.data(context));
  const NDArray y = gluino::apply(op, options, std::span<const NDArray>(operands));
  return activation_ ? (*activation_)(y) : y;
}

std::string DeformableLayer::to_string() const {
  const std::int64_t in = weight_.shape()[1];
  return str(
      type_name(), "(", in < 0 ? "None" : std::to_string(in), " -> ", options_.channels,
      ", kernel_size=", of_offsets_.kernel, ", stride=", of_offsets_.stride,
      of_offsets_.pad == Shape::filled(2, 0) ? "" : str(", padding=", of_offsets_.pad),
      of_offsets_.dilate == Shape::filled(2, 1) ? "" : str(", dilation=", of_offsets_.dilate),
      options_.groups == 1 ? "" : str(", groups=", options_.groups),
      options_.use_bias ? "" : ", bias=False",
      activation_ ? ", " + (*activation_)->to_string() : "", ")");
}

NDArray DeformableConvolution::forward(const NDArray& input) {
  static const Op& op = Op::get<DeformableConvolutionOptions>("_contrib_DeformableConvolution");
  const auto options = op_options<DeformableConvolutionOptions>();
  return convolved(op, &options, {input, offsets(input)});
}

NDArray ModulatedDeformableConvolution::forward(const NDArray& input) {
  static const Op& op =
      Op::get<ModulatedDeformableConvolutionOptions>("_contrib_ModulatedDeformableConvolution");
  const auto options = op_options<ModulatedDeformableConvolutionOptions>();
  const NDArray found = offsets(input);
  const std::int64_t moves = 2 * taps();
  const NDArray offset = ops::slice_axis(found, {.axis = 1, .begin = 0, .end = moves});
  const NDArray mask = ops::sigmoid(ops::slice_axis(found, {.axis = 1, .begin = moves})) * 2.0;
  return convolved(op, &options, {input, offset, mask});
}

}  // namespace gluino::gluon::contrib::cnn
