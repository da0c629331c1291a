#include <gluino/kernels/cpu/reduce/reduce.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/layers/convolution_geometry-inl.h>
#include <gluino/ops/layers/deconvolution.h>
#include <gluino/ops/layers/image_tuple-inl.h>

namespace gluino {
namespace {

enum Input { kData, kWeight, kBias };

// The convolution whose gradient this is: its input is the output here.
kernels::Conv2dGeometry geometry(const DeconvolutionOptions& o, const Shape& data,
                                 const Shape& out) {
  return convolution_geometry({.kernel = o.kernel,
                               .stride = o.stride,
                               .dilate = o.dilate,
                               .pad = o.pad,
                               .num_filter = data[1],
                               .num_group = o.num_group},
                              out);
}

void infer(const DeconvolutionOptions& o, Inference& s) {
  const int axes = o.kernel.ndim();
  s.expect(axes == 1 || axes == 2, -1, "kernel: expected 2 numbers (height, width) or 1, got ",
           o.kernel);
  s.expect_ndim(kData, 2 + axes, axes == 2 ? "(N, C, H, W)" : "(N, C, W)");
  const Shape& data = s.in(kData);
  check_tuple(s, "kernel", o.kernel, axes, 1);
  check_tuple(s, "stride", o.stride, axes, 1);
  check_tuple(s, "dilate", o.dilate, axes, 1);
  check_tuple(s, "pad", o.pad, axes, 0);
  check_tuple(s, "adj", o.adj, axes, 0);
  s.expect(o.num_filter > 0, -1, "num_filter: expected at least 1, got ", o.num_filter);
  s.expect(o.num_group > 0 && o.num_filter % o.num_group == 0, -1, "num_group ", o.num_group,
           " does not divide num_filter ", o.num_filter);
  s.expect(data[1] % o.num_group == 0, kData, "num_group ", o.num_group,
           " does not divide the channels of ", data);
  Shape weight = {data[1], o.num_filter / o.num_group};
  Shape out = {data[0], o.num_filter};
  const auto at = [](const Shape& tuple, int axis, std::int64_t fallback) {
    return tuple.empty() ? fallback : tuple[axis];
  };
  for (int axis = 0; axis < axes; ++axis) {
    const std::int64_t stride = at(o.stride, axis, 1);
    const std::int64_t adj = at(o.adj, axis, 0);
    s.expect(adj < stride, -1, "adj ", o.adj, " must be smaller than the stride ", o.stride);
    s.expect(data[2 + axis] > 0 && data[2 + axis] < (1 << 30), kData,
             "expected images with pixels, got ", data);
    const std::int64_t size = stride * (data[2 + axis] - 1) +
                              at(o.dilate, axis, 1) * (o.kernel[axis] - 1) + 1 -
                              2 * at(o.pad, axis, 0) + adj;
    s.expect(size > 0, -1, "pad ", o.pad, " leaves nothing of the output");
    weight.push_back(o.kernel[axis]);
    out.push_back(size);
  }
  s.set_in(kWeight, weight);
  if (!o.no_bias) s.set_in(kBias, {o.num_filter});
  s.set_out(0, out);
}

void forward(const DeconvolutionOptions& o, const Call& call) {
  const Tensor& out = call.out[0];
  dispatch_real(out.dtype, "Deconvolution", [&]<class T>() {
    T* y = out.as<T>();
    kernels::conv2d_backward_data<T>(geometry(o, call.in[kData].shape, out.shape),
                                     call.in[kData].as<T>(), call.in[kWeight].as<T>(), y);
    if (o.no_bias) return;
    const T* bias = call.in[kBias].as<T>();
    const std::int64_t plane = out.shape.size_between(2, out.shape.ndim());
    for (std::int64_t i = 0; i < out.size(); ++i) y[i] += bias[i / plane % o.num_filter];
  });
}

void backward(const DeconvolutionOptions& o, const GradientCall& call) {
  const Tensor& head = call.out_grad[0];
  dispatch_real(head.dtype, "Deconvolution", [&]<class T>() {
    const auto g = geometry(o, call.in[kData].shape, head.shape);
    const T* dy = head.as<T>();
    if (call.in_grad[kData]) {
      kernels::conv2d_forward<T>(g, dy, call.in[kWeight].as<T>(), nullptr,
                                 call.in_grad[kData].as<T>());
    }
    if (call.in_grad[kWeight]) {
      kernels::conv2d_backward_weight<T>(g, dy, call.in[kData].as<T>(),
                                         call.in_grad[kWeight].as<T>(), nullptr);
    }
    if (!o.no_bias && call.in_grad[kBias]) {
      const std::int64_t plane = head.shape.size_between(2, head.shape.ndim());
      kernels::sum_to_shape<T>(dy, {head.shape[0], o.num_filter, plane},
                               call.in_grad[kBias].as<T>(), {o.num_filter, 1});
    }
  });
}

const auto registered =
    define_op<DeconvolutionOptions>("Deconvolution")
        .doc("The transposed convolution of images (N, C, H, W), or rows (N, C, W).")
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
        .tolerates("target_shape", {"None", "()", "[]"})
        .field("num_filter", &DeconvolutionOptions::num_filter, "Number of output channels.")
        .required()
        .field("num_group", &DeconvolutionOptions::num_group,
               "Channels are cut into this many groups, convolved apart.")
        .tolerates({"workspace"})
        .field("no_bias", &DeconvolutionOptions::no_bias, "Leave the bias out.")
        .tolerates({"cudnn_tune", "cudnn_off"})
        .tolerates("layout", {"None", "NCHW", "NCW"})
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
        .sample({.kernel = {2, 2}, .num_filter = 2}, {{{0, 3, 3, 3}}, {{3, 2, 2, 2}}});

}  // namespace
}  // namespace gluino
