#include <gluino/base/error.h>
#include <gluino/gluon/nn/conv_layers.h>

namespace gluino::gluon::nn {
namespace {

constexpr int kAxes = 2;

Shape filter_shape(const Conv2DOptions& o) {
  const Shape kernel = o.kernel_size.of(kAxes);
  const std::int64_t per_group = o.in_channels > 0 ? o.in_channels / o.groups : -1;
  return {o.channels, per_group, kernel[0], kernel[1]};
}

PoolingOptions pooling_options(const std::string& type, const Pool2DOptions& o, bool global) {
  return {.kernel = o.pool_size.of(kAxes),
          .pool_type = type,
          .global_pool = global,
          .pooling_convention = o.ceil_mode ? "full" : "valid",
          .stride = (o.strides.empty() ? o.pool_size : o.strides).of(kAxes),
          .pad = o.padding.of(kAxes),
          .count_include_pad = o.count_include_pad};
}

}  // namespace

Conv2D::Conv2D(Conv2DOptions options)
    : HybridBlock(new_prefix("conv", options.prefix)), options_(std::move(options)) {
  const auto& o = options_;
  check(o.channels > 0, "[Conv2D ", name(), "] channels: expected at least 1, got ", o.channels);
  const Shape kernel = o.kernel_size.of(kAxes);
  check(kernel.ndim() == kAxes, "[Conv2D ", name(),
        "] kernel_size: expected 2 numbers (height, width), got ", kernel);
  check(o.groups > 0 && o.in_channels % o.groups == 0, "[Conv2D ", name(), "] groups ", o.groups,
        " does not divide in_channels ", o.in_channels);
  op_options_ = {.kernel = kernel,
                 .stride = o.strides.of(kAxes),
                 .dilate = o.dilation.of(kAxes),
                 .pad = o.padding.of(kAxes),
                 .num_filter = o.channels,
                 .num_group = o.groups,
                 .no_bias = !o.use_bias};
  weight_ = parameter("weight", {.shape = filter_shape(o), .init = o.weight_initializer});
  if (o.use_bias) bias_ = parameter("bias", {.shape = {o.channels}, .init = o.bias_initializer});
  if (!o.activation.empty()) {
    const NameScope scope = name_scope();
    auto activation = std::make_shared<Activation>(o.activation, o.activation + "_");
    register_child("act", activation);
    activation_.emplace(std::move(activation));
  }
}

NDArray Conv2D::forward(const NDArray& input) {
  static const Op& op = Op::get<ConvolutionOptions>("Convolution");
  const NDArray y = options_.use_bias ? apply_op(op, &op_options_, input, {&weight_, &bias_})
                                      : apply_op(op, &op_options_, input, {&weight_});
  return activation_ ? (*activation_)(y) : y;
}

std::string Conv2D::to_string() const {
  const Shape& shape = weight_.shape();
  // Of a convolution in groups, MXNet tells the inputs of one.
  const std::string in = shape[1] < 0 ? "None" : std::to_string(shape[1]);
  const auto unless = [](const char* name, const Shape& value, const Shape& usual) {
    return value == usual ? std::string() : str(", ", name, "=", value);
  };
  return str("Conv2D(", in, " -> ", options_.channels, ", kernel_size=", op_options_.kernel,
             ", stride=", op_options_.stride, unless("padding", op_options_.pad, {0, 0}),
             unless("dilation", op_options_.dilate, {1, 1}),
             options_.groups == 1 ? "" : str(", groups=", options_.groups),
             options_.use_bias ? "" : ", bias=False",
             activation_ ? ", " + (*activation_)->to_string() : "", ")");
}

Pool2D::Pool2D(const std::string& hint, const std::string& type, const Pool2DOptions& options,
               bool global)
    : HybridBlock(new_prefix(hint, options.prefix)),
      op_options_(pooling_options(type, options, global)) {}

NDArray Pool2D::forward(const NDArray& input) { return ops::Pooling(input, op_options_); }

std::string Pool2D::to_string() const {
  const auto boolean = [](bool value) { return value ? "True" : "False"; };
  const PoolingOptions& o = op_options_;
  return str(type_name(), "(size=", o.kernel, ", stride=", o.stride, ", padding=", o.pad,
             ", ceil_mode=", boolean(o.pooling_convention == "full"),
             ", global_pool=", boolean(o.global_pool), ", pool_type=", o.pool_type,
             ", layout=NCHW)");
}

}  // namespace gluino::gluon::nn
