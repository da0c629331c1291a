#include <gluino/ops/core/define.h>
#include <gluino/ops/elementwise/activation_kernel-inl.h>
#include <gluino/ops/fused/fused_convolution.h>
#include <gluino/ops/layers/convolution_kernel-inl.h>

namespace gluino {
namespace {

constexpr const char* kName = "_fused_convolution";

enum Input { kData, kWeight, kBias };

bool omits_bias(const FusedConvolutionOptions& o) { return o.convolution.no_bias; }

template <class T>
const kernels::UnaryKernel<T>* activation(const FusedConvolutionOptions& o) {
  return o.act_type.empty() ? nullptr : &activation_kernel<T>(o.act_type);
}

void infer(const FusedConvolutionOptions& o, Inference& s) {
  s.expect(can_fuse(o), -1, "act_type: the gradient of ", o.act_type, " needs its input");
  expect_images(o.strips, s);
  // Strips come from compiled graphs alone, which have inferred the convolution before.
  static const Op& convolution = Op::get("Convolution");
  if (!o.strips.data) convolution.infer(&o.convolution, s);
  const Shape images = images_of(o.strips, s.in(kData));
  const auto g = convolution_geometry(o.convolution, images);
  s.set_in(kWeight, {g.out_channels, g.group_in_channels(), g.kernel_height, g.kernel_width});
  if (!o.convolution.no_bias) s.set_in(kBias, {g.out_channels});
  const Shape out = {images[0], g.out_channels, g.out_height(), g.out_width()};
  s.set_out(0, o.strips.output ? to_strips(out, s.in_type(kData)) : out);
}

ConvolutionKernel kernel(const FusedConvolutionOptions& o, const Tensor& data) {
  return {o.convolution, images_of(o.strips, data.shape), o.strips};
}

void forward(const FusedConvolutionOptions& o, const Call& call) {
  dispatch_real(call.out[0].dtype, kName,
                [&]<class T>() { kernel(o, call.in[kData]).forward<T>(call, activation<T>(o)); });
}

void backward(const FusedConvolutionOptions& o, const GradientCall& call) {
  dispatch_real(call.out_grad[0].dtype, kName, [&]<class T>() {
    const ConvolutionKernel convolution = kernel(o, call.in[kData]);
    const T* dy = call.out_grad[0].as<T>();
    if (o.act_type.empty()) return convolution.backward<T>(call, dy);
    const std::int64_t size = convolution.size<T>();
    const Temporary<T> gradient(size);
    activation<T>(o)->gradient(nullptr, call.out[0].as<T>(), dy, gradient.data(), size);
    convolution.backward<T>(call, gradient.data());
  });
}

unsigned reads(const FusedConvolutionOptions& o) {
  return o.act_type.empty() ? Op::inputs : Op::inputs | Op::outputs;
}

FusedConvolutionOptions with_tanh() {
  return {.convolution = {.kernel = {3, 3}, .pad = {1, 1}, .num_filter = 3}, .act_type = "tanh"};
}
FusedConvolutionOptions with_strides() {
  return {.convolution = {.kernel = {2, 3}, .stride = {2, 1}, .num_filter = 2, .no_bias = true},
          .act_type = "sigmoid"};
}

const auto registered = define_op<FusedConvolutionOptions>(kName)
                            .doc("A convolution and its activation, as one, on images or strips.")
                            .inputs({"data"})
                            .parameters({"weight", "bias"})
                            .omits_last_when(omits_bias)
                            .infer(infer)
                            .forward(forward)
                            .backward(backward, Op::inputs | Op::outputs)
                            .reads_by(reads)
                            .sample(with_tanh(), {{{2, 2, 4, 5}}, {{3, 2, 3, 3}}, {{3}}})
                            .sample(with_tanh(), {{{9, 2, 4, 5}}, {{3, 2, 3, 3}}, {{3}}})
                            .sample(with_strides(), {{{3, 4, 5, 6}}, {{2, 4, 2, 3}}});

}  // namespace

bool can_fuse(const FusedConvolutionOptions& o) {
  return o.act_type.empty() || !activation_kernel<float>(o.act_type).gradient_reads_x;
}

bool suits_strips(const ConvolutionOptions& options, const Shape& images, DType dtype) {
  if (channels_last(options.layout)) return false;
  const auto g = convolution_geometry(options, images);
  if (dtype == float32) return !rounds_products(g) && kernels::conv2d_suits_strips<float>(g);
  return dtype == float64 && kernels::conv2d_suits_strips<double>(g);
}

}  // namespace gluino
