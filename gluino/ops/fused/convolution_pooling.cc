#include <gluino/kernels/cpu/bf16_convolution/bf16_conv_pool.h>
#include <gluino/kernels/cpu/convolution/conv_pool.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/elementwise/activation_kernel-inl.h>
#include <gluino/ops/fused/convolution_pooling.h>
#include <gluino/ops/layers/convolution_geometry-inl.h>

namespace gluino {
namespace {

enum Input { kData, kWeight, kBias };
enum Output { kPooled, kPlaces };

kernels::ConvPoolGeometry geometry(const ConvolutionPoolingOptions& o, const Shape& images) {
  return {convolution_geometry(o.convolution, images), o.pool[0], o.pool[1]};
}

// That of images which lie as the options say.
kernels::ConvPoolGeometry laid_geometry(const ConvolutionPoolingOptions& o, const Shape& data) {
  auto g = geometry(o, images_of(o.strips, data));
  g.conv.x_on_strips = o.strips.data;
  g.conv.y_on_strips = o.strips.output;
  return g;
}

bool omits_bias(const ConvolutionPoolingOptions& o) { return o.convolution.no_bias; }

void infer(const ConvolutionPoolingOptions& o, Inference& s) {
  expect_images(o.strips, s);
  const DType dtype = s.in_type(kData);
  const Shape images = images_of(o.strips, s.in(kData));
  s.expect(can_fuse(o, images, dtype), -1, "the three operators cannot be one on images of shape ",
           images);
  const auto g = geometry(o, images);
  s.set_in(kWeight, {g.conv.out_channels, g.conv.group_in_channels(), g.conv.kernel_height,
                     g.conv.kernel_width});
  if (!o.convolution.no_bias) s.set_in(kBias, {g.conv.out_channels});
  const Shape out = {images[0], g.conv.out_channels, g.out_height(), g.out_width()};
  s.set_out(kPooled, o.strips.output ? to_strips(out, dtype) : out);
  s.set_out(kPlaces, to_strips(out, dtype));
}

// As for a convolution by itself; see convolution_geometry-inl.h.
bool rounds_products(const kernels::ConvPoolGeometry& g) {
  return amp::dtype() == bfloat16 && !g.conv.x_on_strips && !g.conv.y_on_strips &&
         kernels::bf16_conv_pool_suits(g);
}

void forward(const ConvolutionPoolingOptions& o, const Call& call) {
  dispatch_real(call.in[kData].dtype, "_fused_convolution_pooling", [&]<class T>() {
    const auto g = laid_geometry(o, call.in[kData].shape);
    const auto run = [&](auto forward_kernel) {
      forward_kernel(g, call.in[kData].as<T>(), call.in[kWeight].as<T>(),
                     o.convolution.no_bias ? nullptr : call.in[kBias].as<T>(),
                     activation_kernel<T>(o.act_type), call.out[kPooled].as<T>(),
                     call.out[kPlaces].as<T>());
    };
    if constexpr (std::is_same_v<T, float>) {
      if (rounds_products(g)) return run(kernels::bf16_conv_pool_forward);
    }
    run(kernels::conv_pool_forward<T>);
  });
}

void backward(const ConvolutionPoolingOptions& o, const GradientCall& call) {
  dispatch_real(call.in[kData].dtype, "_fused_convolution_pooling", [&]<class T>() {
    const auto g = laid_geometry(o, call.in[kData].shape);
    const kernels::ConvPoolGradient<T> task = {
        .x = call.in[kData].as<T>(),
        .weight = call.in[kWeight].as<T>(),
        .y = call.out[kPooled].as<T>(),
        .places = call.out[kPlaces].as<T>(),
        .dy = call.out_grad[kPooled].as<T>(),
        .dx = call.in_grad[kData].as<T>(),
        .dweight = call.in_grad[kWeight].as<T>(),
        .dbias = o.convolution.no_bias ? nullptr : call.in_grad[kBias].as<T>()};
    if constexpr (std::is_same_v<T, float>) {
      if (rounds_products(g)) {
        return kernels::bf16_conv_pool_backward(g, activation_kernel<T>(o.act_type), task);
      }
    }
    kernels::conv_pool_backward<T>(g, activation_kernel<T>(o.act_type), task);
  });
}

constexpr Fill kDistinct{Fill::Kind::distinct, -1, 1};
ConvolutionPoolingOptions with_tanh() {
  return {.convolution = {.kernel = {3, 2}, .num_filter = 3}, .pool = {2, 2}, .act_type = "tanh"};
}
ConvolutionPoolingOptions without_bias() {
  return {.convolution = {.kernel = {2, 2}, .num_filter = 2, .num_group = 2, .no_bias = true},
          .pool = {1, 2},
          .act_type = "sigmoid"};
}

// Enough channels for the gradient that goes through the maxima alone.
ConvolutionPoolingOptions of_deep_images() {
  return {.convolution = {.kernel = {2, 5}, .num_filter = 3}, .pool = {2, 2}, .act_type = "tanh"};
}

const auto registered =
    define_op<ConvolutionPoolingOptions>("_fused_convolution_pooling")
        .doc("A convolution, an activation and the maximum of windows, as one.")
        .inputs({"data"})
        .parameters({"weight", "bias"})
        .omits_last_when(omits_bias)
        .outputs({"output", "places"}, 1)
        .infer(infer)
        .forward(forward)
        .backward(backward, Op::inputs | Op::outputs)
        .sample(with_tanh(), {{{17, 2, 7, 6}, kDistinct}, {{3, 2, 3, 2}, kDistinct}, {{3}}})
        .sample(of_deep_images(), {{{8, 8, 4, 8}, kDistinct}, {{3, 8, 2, 5}, kDistinct}, {{3}}})
        .sample(without_bias(), {{{9, 2, 4, 5}, kDistinct}, {{2, 1, 2, 2}, kDistinct}});

}  // namespace

bool can_fuse(const ConvolutionPoolingOptions& o, const Shape& data, DType dtype) {
  if (channels_last(o.convolution.layout)) return false;
  if (data.ndim() != 4 || o.convolution.kernel.ndim() != 2 || o.pool.ndim() != 2) return false;
  if (o.pool[0] < 1 || o.pool[1] < 1 || activation_kernel<float>(o.act_type).gradient_reads_x) {
    return false;
  }
  const auto g = geometry(o, data);
  return dtype == float64 ? kernels::conv_pool_suits<double>(g)
                          : kernels::conv_pool_suits<float>(g);
}

bool suits_strips(const ConvolutionPoolingOptions& o, const Shape& images, DType dtype) {
  return dtype != float32 || !rounds_products(geometry(o, images));
}

}  // namespace gluino
