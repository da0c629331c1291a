#include <gluino/kernels/cpu/reduce/reduce.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/layers/convolution_geometry-inl.h>
#include <gluino/ops/layers/deconvolution.h>
#include <gluino/ops/layers/image_layout-inl.h>
#include <gluino/ops/layers/image_tuple-inl.h>
#include <gluino/ops/layers/volume_convolution-inl.h>

#include <algorithm>

namespace gluino {
namespace {

enum Input { kData, kWeight, kBias };

std::int64_t at(const Shape& tuple, int axis, std::int64_t fallback) {
  return tuple.empty() ? fallback : tuple[axis];
}

// The size of the output that nothing is cut off from.
std::int64_t whole_size(const DeconvolutionOptions& o, const Shape& data, int axis) {
  return at(o.stride, axis, 1) * (data[2 + axis] - 1) +
         at(o.dilate, axis, 1) * (o.kernel[axis] - 1) + 1;
}

bool has_target(const DeconvolutionOptions& o) {
  return std::any_of(o.target_shape.begin(), o.target_shape.end(),
                     [](std::int64_t size) { return size != 0; });
}

// The same options with the pad and the adj that lead to target_shape: what is too much is cut off
// on both sides, of an odd number one more in front.
DeconvolutionOptions without_target(DeconvolutionOptions o, const Shape& data) {
  if (!has_target(o)) return o;
  o.pad = o.adj = o.target_shape;
  for (int axis = 0; axis < o.kernel.ndim(); ++axis) {
    const std::int64_t excess = whole_size(o, data, axis) - o.target_shape[axis];
    o.adj[axis] = excess % 2;
    o.pad[axis] = (excess + 1) / 2;
  }
  o.target_shape = {};
  return o;
}

// The convolution whose gradient this is: its input is the output here.
ConvolutionOptions convolution_of(const DeconvolutionOptions& o, const Shape& data) {
  const DeconvolutionOptions known = without_target(o, data);
  return {.kernel = o.kernel,
          .stride = o.stride,
          .dilate = o.dilate,
          .pad = known.pad,
          .num_filter = data[1],
          .num_group = o.num_group};
}

void infer(const DeconvolutionOptions& o, Inference& s) {
  const int axes = o.kernel.ndim();
  const bool last = channels_last(o.layout);
  const Shape data = checked_images(s, o.kernel, axes, o.layout);
  check_tuple(s, "kernel", o.kernel, axes, 1);
  check_tuple(s, "stride", o.stride, axes, 1);
  check_tuple(s, "dilate", o.dilate, axes, 1);
  check_tuple(s, "pad", o.pad, axes, 0);
  check_tuple(s, "adj", o.adj, axes, 0);
  check_tuple(s, "target_shape", o.target_shape, axes, has_target(o) ? 1 : 0);
  s.expect(o.num_filter > 0, -1, "num_filter: expected at least 1, got ", o.num_filter);
  s.expect(o.num_group > 0 && o.num_filter % o.num_group == 0, -1, "num_group ", o.num_group,
           " does not divide num_filter ", o.num_filter);
  s.expect(data[1] % o.num_group == 0, kData, "num_group ", o.num_group,
           " does not divide the channels of ", s.in(kData));
  for (int axis = 0; axis < axes; ++axis) {
    s.expect(data[2 + axis] > 0 && data[2 + axis] < (1 << 30), kData,
             "expected images with pixels, got ", s.in(kData));
    s.expect(!has_target(o) || o.target_shape[axis] <= whole_size(o, data, axis), -1,
             "target_shape: ", o.target_shape, " is larger than the ", whole_size(o, data, axis),
             " elements that the kernel ", o.kernel, " and the stride ", o.stride, " reach");
  }
  const DeconvolutionOptions known = without_target(o, data);
  Shape weight = {data[1], o.num_filter / o.num_group};
  Shape out = {data[0], o.num_filter};
  for (int axis = 0; axis < axes; ++axis) {
    const std::int64_t adj = at(known.adj, axis, 0);
    s.expect(adj < at(o.stride, axis, 1), -1, "adj ", known.adj,
             " must be smaller than the stride ", o.stride);
    const std::int64_t size = whole_size(o, data, axis) - 2 * at(known.pad, axis, 0) + adj;
    s.expect(size > 0, -1, "pad ", known.pad, " leaves nothing of the output");
    weight.push_back(o.kernel[axis]);
    out.push_back(size);
  }
  s.set_in(kWeight, as_laid_out(weight, last));
  if (!o.no_bias) s.set_in(kBias, {o.num_filter});
  s.set_out(0, as_laid_out(out, last));
}

// Of images (N, C, ...), whatever the layout.
template <class T>
void forward_of(const DeconvolutionOptions& o, const Call& call) {
  const Tensor& data = call.in[kData];
  const Tensor& out = call.out[0];
  const T* weight = call.in[kWeight].as<T>();
  const ConvolutionOptions convolution = convolution_of(o, data.shape);
  T* y = out.as<T>();
  if (data.shape.ndim() < 5) {
    kernels::conv2d_backward_data<T>(convolution_geometry(convolution, out.shape), data.as<T>(),
                                     weight, y);
  } else {
    VolumeConvolution(convolution, out.shape, data.shape[2])
        .backward_data<T>(data.as<T>(), weight, y);
  }
  if (o.no_bias) return;
  const T* bias = call.in[kBias].as<T>();
  const std::int64_t plane = out.shape.size_between(2, out.shape.ndim());
  for (std::int64_t i = 0; i < out.size(); ++i) y[i] += bias[i / plane % o.num_filter];
}

template <class T>
void backward_of(const DeconvolutionOptions& o, const GradientCall& call) {
  const Tensor& data = call.in[kData];
  const Tensor& head = call.out_grad[0];
  const T* weight = call.in[kWeight].as<T>();
  const T* dy = head.as<T>();
  T* dx = call.in_grad[kData].as<T>();
  T* dweight = call.in_grad[kWeight].as<T>();
  const ConvolutionOptions convolution = convolution_of(o, data.shape);
  if (data.shape.ndim() < 5) {
    const auto g = convolution_geometry(convolution, head.shape);
    if (dx != nullptr) kernels::conv2d_forward<T>(g, dy, weight, nullptr, dx);
    if (dweight != nullptr) {
      kernels::conv2d_backward_weight<T>(g, dy, data.as<T>(), dweight, nullptr);
    }
  } else {
    const VolumeConvolution kernel(convolution, head.shape, data.shape[2]);
    if (dx != nullptr) kernel.forward<T>(dy, weight, nullptr, dx);
    if (dweight != nullptr) kernel.backward_weight<T>(dy, data.as<T>(), dweight, nullptr);
  }
  if (!o.no_bias && call.in_grad[kBias]) {
    const std::int64_t plane = head.shape.size_between(2, head.shape.ndim());
    kernels::sum_to_shape<T>(dy, {head.shape[0], o.num_filter, plane}, call.in_grad[kBias].as<T>(),
                             {o.num_filter, 1});
  }
}

void forward(const DeconvolutionOptions& o, const Call& call) {
  dispatch_real(call.out[0].dtype, "Deconvolution", [&]<class T>() {
    in_channels_first(channels_last(o.layout), call,
                      [&](const Call& images) { forward_of<T>(o, images); });
  });
}

void backward(const DeconvolutionOptions& o, const GradientCall& call) {
  dispatch_real(call.out_grad[0].dtype, "Deconvolution", [&]<class T>() {
    in_channels_first(channels_last(o.layout), call,
                      [&](const GradientCall& images) { backward_of<T>(o, images); });
  });
}

const auto registered =
    define_op<DeconvolutionOptions>("Deconvolution")
        .doc(
            "The transposed convolution of images (N, C, H, W), rows (N, C, W) or volumes (N, C, "
            "D, "
            "H, W).")
        .inputs({"data"})
        .row_wise()
        .parameters({"weight", "bias"})
        .omits_last_when(&DeconvolutionOptions::no_bias)
        .field("kernel", &DeconvolutionOptions::kernel, "Size of the filters (height, width).")
        .required()
        .field("stride", &DeconvolutionOptions::stride, "Step of the window; 1 if not given.")
        .field("dilate", &DeconvolutionOptions::dilate, "Step inside the window; 1 if not given.")
        .field("pad", &DeconvolutionOptions::pad, "What is cut off on each side; 0 if not given.")
        .field("adj", &DeconvolutionOptions::adj, "Added to the size on one side; 0 if not given.")
        .field("target_shape", &DeconvolutionOptions::target_shape,
               "Size of the output, from which pad and adj follow.")
        .field("num_filter", &DeconvolutionOptions::num_filter, "Number of output channels.")
        .required()
        .field("num_group", &DeconvolutionOptions::num_group,
               "Channels are cut into this many groups, convolved apart.")
        .tolerates({"workspace"})
        .field("no_bias", &DeconvolutionOptions::no_bias, "Leave the bias out.")
        .tolerates({"cudnn_tune", "cudnn_off"})
        .field("layout", &DeconvolutionOptions::layout,
               "The order of the axes; None: channels before pixels.", kImageLayouts)
        .infer(infer)
        .forward(forward)
        .backward(backward, Op::inputs)
        .derivative(derivative::of_bilinear<DeconvolutionOptions>("Deconvolution"))
        .sample({.kernel = {3, 3}, .num_filter = 2}, {{{2, 3, 3, 4}}, {{3, 2, 3, 3}}})
        .sample({.kernel = {3, 2},
                 .stride = {2, 2},
                 .pad = {1, 0},
                 .adj = {1, 1},
                 .num_filter = 4,
                 .num_group = 2,
                 .no_bias = false},
                {{{1, 2, 3, 3}}, {{2, 2, 3, 2}}, {{4}}})
        .sample({.kernel = {3}, .stride = {2}, .dilate = {2}, .num_filter = 2},
                {{{1, 3, 4}}, {{3, 2, 3}}})
        .sample({.kernel = {3, 3}, .stride = {2, 3}, .target_shape = {6, 7}, .num_filter = 2},
                {{{2, 2, 3, 3}}, {{2, 2, 3, 3}}})
        .sample({.kernel = {2, 3, 2},
                 .stride = {2, 1, 2},
                 .pad = {0, 1, 1},
                 .adj = {1, 0, 1},
                 .num_filter = 2,
                 .num_group = 2,
                 .no_bias = false},
                {{{2, 2, 2, 3, 2}}, {{2, 1, 2, 3, 2}}, {{2}}})
        .sample({.kernel = {3, 2}, .num_filter = 3, .no_bias = false, .layout = "NHWC"},
                {{{2, 3, 2, 2}}, {{2, 3, 2, 3}}, {{3}}})
        .sample({.kernel = {2, 2}, .num_filter = 2}, {{{0, 3, 3, 3}}, {{3, 2, 2, 2}}});

}  // namespace
}  // namespace gluino
