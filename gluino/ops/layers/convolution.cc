#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/layers/convolution.h>
#include <gluino/ops/layers/convolution_kernel-inl.h>
#include <gluino/ops/layers/image_layout-inl.h>
#include <gluino/ops/layers/image_tuple-inl.h>
#include <gluino/ops/layers/volume_convolution-inl.h>

namespace gluino {
namespace {

enum Input { kData, kWeight, kBias };

void infer(const ConvolutionOptions& o, Inference& s) {
  const int axes = o.kernel.ndim();
  const bool last = channels_last(o.layout);
  const Shape data = checked_images(s, o.kernel, axes, o.layout);
  check_tuple(s, "kernel", o.kernel, axes, 1);
  check_tuple(s, "stride", o.stride, axes, 1);
  check_tuple(s, "dilate", o.dilate, axes, 1);
  check_tuple(s, "pad", o.pad, axes, 0);
  s.expect(o.num_filter > 0, -1, "num_filter: expected at least 1, got ", o.num_filter);
  s.expect(o.num_group > 0 && o.num_filter % o.num_group == 0, -1, "num_group ", o.num_group,
           " does not divide num_filter ", o.num_filter);
  s.expect(data[1] % o.num_group == 0, kData, "num_group ", o.num_group,
           " does not divide the channels of ", s.in(kData));
  Shape weight = {o.num_filter, data[1] / o.num_group};
  Shape out = {data[0], o.num_filter};
  const auto at = [](const Shape& tuple, int axis, std::int64_t fallback) {
    return tuple.empty() ? fallback : tuple[axis];
  };
  for (int axis = 0; axis < axes; ++axis) {
    const std::int64_t padded = data[2 + axis] + 2 * at(o.pad, axis, 0);
    const std::int64_t reach = at(o.dilate, axis, 1) * (o.kernel[axis] - 1) + 1;
    s.expect(reach <= padded, kData, "the kernel ", o.kernel, " (dilated to ", reach,
             ") is larger than the padded image of ", s.in(kData));
    weight.push_back(o.kernel[axis]);
    out.push_back((padded - reach) / at(o.stride, axis, 1) + 1);
  }
  s.set_in(kWeight, as_laid_out(weight, last));
  if (!o.no_bias) s.set_in(kBias, {o.num_filter});
  s.set_out(0, as_laid_out(out, last));
}

// Of images (N, C, ...), whatever the layout.
template <class T>
void forward_of(const ConvolutionOptions& o, const Call& call) {
  const Shape& data = call.in[kData].shape;
  if (data.ndim() < 5) return ConvolutionKernel(o, data).forward<T>(call);
  VolumeConvolution(o, data, call.out[0].shape[2])
      .forward<T>(call.in[kData].as<T>(), call.in[kWeight].as<T>(),
                  o.no_bias ? nullptr : call.in[kBias].as<T>(), call.out[0].as<T>());
}

template <class T>
void backward_of(const ConvolutionOptions& o, const GradientCall& call) {
  const Shape& data = call.in[kData].shape;
  const Tensor& head = call.out_grad[0];
  if (data.ndim() < 5) return ConvolutionKernel(o, data).backward<T>(call, head.as<T>());
  const VolumeConvolution kernel(o, data, head.shape[2]);
  T* dx = call.in_grad[kData].as<T>();
  T* dweight = call.in_grad[kWeight].as<T>();
  T* dbias = o.no_bias ? nullptr : call.in_grad[kBias].as<T>();
  if (dx != nullptr) kernel.backward_data<T>(head.as<T>(), call.in[kWeight].as<T>(), dx);
  if (dweight != nullptr || dbias != nullptr) {
    kernel.backward_weight<T>(call.in[kData].as<T>(), head.as<T>(), dweight, dbias);
  }
}

void forward(const ConvolutionOptions& o, const Call& call) {
  dispatch_real(call.out[0].dtype, "Convolution", [&]<class T>() {
    in_channels_first(channels_last(o.layout), call,
                      [&](const Call& images) { forward_of<T>(o, images); });
  });
}

void backward(const ConvolutionOptions& o, const GradientCall& call) {
  dispatch_real(call.out_grad[0].dtype, "Convolution", [&]<class T>() {
    in_channels_first(channels_last(o.layout), call,
                      [&](const GradientCall& images) { backward_of<T>(o, images); });
  });
}

const auto registered =
    define_op<ConvolutionOptions>("Convolution")
        .doc(
            "Cross-correlation of images (N, C, H, W), rows (N, C, W) or volumes (N, C, D, H, W) "
            "with filters.")
        .inputs({"data"})
        .row_wise()
        .parameters({"weight", "bias"})
        .omits_last_when(&ConvolutionOptions::no_bias)
        .field("kernel", &ConvolutionOptions::kernel,
               "Size of the filters (height, width), of rows (width,), of volumes (depth, height, "
               "width).")
        .required()
        .field("stride", &ConvolutionOptions::stride, "Step of the window; 1 if not given.")
        .field("dilate", &ConvolutionOptions::dilate, "Step inside the window; 1 if not given.")
        .field("pad", &ConvolutionOptions::pad, "Zeros added on each side; 0 if not given.")
        .field("num_filter", &ConvolutionOptions::num_filter, "Number of output channels.")
        .required()
        .field("num_group", &ConvolutionOptions::num_group,
               "Channels are cut into this many groups, convolved apart.")
        .tolerates({"workspace"})
        .field("no_bias", &ConvolutionOptions::no_bias, "Leave the bias out.")
        .tolerates({"cudnn_tune", "cudnn_off"})
        .field("layout", &ConvolutionOptions::layout,
               "The order of the axes; None: channels before pixels.", kImageLayouts)
        .infer(infer)
        .forward(forward)
        .backward(backward, Op::inputs)
        .derivative(derivative::of_bilinear<ConvolutionOptions>("Convolution"))
        .sample({.kernel = {3, 3}, .num_filter = 3}, {{{2, 2, 5, 6}}, {{3, 2, 3, 3}}, {{3}}})
        .sample({.kernel = {3, 2},
                 .stride = {2, 1},
                 .dilate = {1, 2},
                 .pad = {1, 2},
                 .num_filter = 4,
                 .num_group = 2,
                 .no_bias = true},
                {{{1, 4, 5, 7}}, {{4, 2, 3, 2}}})
        .sample({.kernel = {5, 5}, .num_filter = 20}, {{{3, 1, 9, 8}}, {{20, 1, 5, 5}}, {{20}}})
        .sample({.kernel = {3}, .stride = {2}, .dilate = {2}, .pad = {1}, .num_filter = 4},
                {{{2, 3, 8}}, {{4, 3, 3}}, {{4}}})
        .sample({.kernel = {2, 3, 2},
                 .stride = {2, 1, 1},
                 .dilate = {1, 1, 2},
                 .pad = {1, 1, 0},
                 .num_filter = 4,
                 .num_group = 2},
                {{{2, 2, 3, 3, 4}}, {{4, 1, 2, 3, 2}}, {{4}}})
        .sample({.kernel = {3, 2}, .pad = {1, 0}, .num_filter = 3, .layout = "NHWC"},
                {{{2, 3, 4, 2}}, {{3, 3, 2, 2}}, {{3}}})
        .sample({.kernel = {3}, .num_filter = 4, .num_group = 2, .layout = "NWC"},
                {{{2, 7, 2}}, {{4, 3, 1}}, {{4}}})
        .sample({.kernel = {2, 2, 2}, .num_filter = 3, .no_bias = true, .layout = "NDHWC"},
                {{{1, 3, 2, 3, 2}}, {{3, 2, 2, 2, 2}}})
        .sample({.kernel = {2, 2, 2}, .num_filter = 2},
                {{{0, 1, 3, 3, 3}}, {{2, 1, 2, 2, 2}}, {{2}}})
        .sample({.kernel = {1, 1}, .num_filter = 2}, {{{0, 3, 4, 4}}, {{2, 3, 1, 1}}, {{2}}});

}  // namespace
}  // namespace gluino
