#include <gluino/base/error.h>
#include <gluino/gluon/nn/conv_layers.h>

#include <type_traits>

namespace gluino::gluon::nn {
namespace {

template <class OpOptions>
constexpr bool kTransposed = std::is_same_v<OpOptions, DeconvolutionOptions>;

template <class OpOptions>
Shape filter_shape(const ConvOptions& o, const Shape& kernel) {
  const auto known = [](std::int64_t size) { return size > 0 ? size : -1; };
  const std::int64_t first = kTransposed<OpOptions> ? known(o.in_channels) : o.channels;
  const std::int64_t second =
      kTransposed<OpOptions> ? o.channels / o.groups : known(o.in_channels / o.groups);
  Shape shape = kernel;
  shape.insert(0, first);
  shape.insert(channels_last(o.layout) ? shape.ndim() : 1, second);
  return shape;
}

}  // namespace

template <class OpOptions>
ConvOf<OpOptions>::ConvOf(const char* type, int axes, ConvOptions options)
    : HybridBlock(new_prefix("conv", options.prefix)), options_(std::move(options)) {
  const auto& o = options_;
  const std::string layer = str("[", type, " ", name(), "] ");
  check(o.channels > 0, layer, "channels: expected at least 1, got ", o.channels);
  const Shape kernel = o.kernel_size.of(axes);
  check(kernel.ndim() == axes, layer, "kernel_size: expected ", axes,
        axes == 2 ? " numbers (height, width), got " : " numbers, got ", kernel);
  check(o.groups > 0, layer, "groups: expected at least 1, got ", o.groups);
  check(o.channels % o.groups == 0, layer, "groups ", o.groups, " does not divide channels ",
        o.channels);
  check(o.in_channels % o.groups == 0, layer, "groups ", o.groups, " does not divide in_channels ",
        o.in_channels);
  image_layout(axes, o.layout, layer);
  op_options_.kernel = kernel;
  op_options_.stride = o.strides.of(axes);
  op_options_.dilate = o.dilation.of(axes);
  op_options_.pad = o.padding.of(axes);
  op_options_.num_filter = o.channels;
  op_options_.num_group = o.groups;
  op_options_.no_bias = !o.use_bias;
  if (!o.layout.empty()) op_options_.layout = o.layout;
  if constexpr (kTransposed<OpOptions>) {
    op_options_.adj = o.output_padding.empty() ? Shape::filled(axes, 0) : o.output_padding.of(axes);
  } else {
    check(o.output_padding.empty(), layer, "output_padding is for transposed convolutions");
  }
  weight_ = parameter("weight",
                      {.shape = filter_shape<OpOptions>(o, kernel), .init = o.weight_initializer});
  if (o.use_bias) bias_ = parameter("bias", {.shape = {o.channels}, .init = o.bias_initializer});
  if (!o.activation.empty()) {
    const NameScope scope = name_scope();
    auto activation = std::make_shared<Activation>(o.activation, o.activation + "_");
    register_child("act", activation);
    activation_.emplace(std::move(activation));
  }
}

template <class OpOptions>
NDArray ConvOf<OpOptions>::forward(const NDArray& input) {
  static const Op& op =
      Op::get<OpOptions>(kTransposed<OpOptions> ? "Deconvolution" : "Convolution");
  const NDArray y = options_.use_bias ? apply_op(op, &op_options_, input, {&weight_, &bias_})
                                      : apply_op(op, &op_options_, input, {&weight_});
  return activation_ ? (*activation_)(y) : y;
}

template <class OpOptions>
std::string ConvOf<OpOptions>::to_string() const {
  const Shape& shape = weight_.shape();
  const int axes = op_options_.kernel.ndim();
  const bool last = channels_last(options_.layout);
  // Of a convolution in groups, MXNet tells the inputs of one.
  const std::int64_t in = kTransposed<OpOptions> ? shape[0] < 0 ? -1 : shape[0] / options_.groups
                                                 : shape[last ? axes + 1 : 1];
  const auto unless = [&](const char* name, const Shape& value, std::int64_t usual) {
    return value == Shape::filled(axes, usual) ? std::string() : str(", ", name, "=", value);
  };
  std::string adj;
  if constexpr (kTransposed<OpOptions>) adj = unless("output_padding", op_options_.adj, 0);
  return str(type_name(), "(", in < 0 ? "None" : std::to_string(in), " -> ", options_.channels,
             ", kernel_size=", op_options_.kernel, ", stride=", op_options_.stride,
             unless("padding", op_options_.pad, 0), unless("dilation", op_options_.dilate, 1), adj,
             options_.groups == 1 ? "" : str(", groups=", options_.groups),
             options_.use_bias ? "" : ", bias=False",
             activation_ ? ", " + (*activation_)->to_string() : "", ")");
}

template class ConvOf<ConvolutionOptions>;
template class ConvOf<DeconvolutionOptions>;

}  // namespace gluino::gluon::nn
