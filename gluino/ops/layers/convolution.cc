#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/layers/convolution.h>
#include <gluino/ops/layers/convolution_kernel-inl.h>
#include <gluino/ops/layers/image_tuple-inl.h>

namespace gluino {
namespace {

enum Input { kData, kWeight, kBias };

void infer(const ConvolutionOptions& o, Inference& s) {
  const int axes = o.kernel.ndim();
  s.expect(axes == 1 || axes == 2, -1, "kernel: expected 2 numbers (height, width) or 1, got ",
           o.kernel);
  s.expect_ndim(kData, 2 + axes, axes == 2 ? "(N, C, H, W)" : "(N, C, W)");
  const Shape& data = s.in(kData);
  check_tuple(s, "kernel", o.kernel, axes, 1);
  check_tuple(s, "stride", o.stride, axes, 1);
  check_tuple(s, "dilate", o.dilate, axes, 1);
  check_tuple(s, "pad", o.pad, axes, 0);
  s.expect(o.num_filter > 0, -1, "num_filter: expected at least 1, got ", o.num_filter);
  s.expect(o.num_group > 0 && o.num_filter % o.num_group == 0, -1, "num_group ", o.num_group,
           " does not divide num_filter ", o.num_filter);
  s.expect(data[1] % o.num_group == 0, kData, "num_group ", o.num_group,
           " does not divide the channels of ", data);
  Shape weight = {o.num_filter, data[1] / o.num_group};
  for (const std::int64_t size : o.kernel) weight.push_back(size);
  s.set_in(kWeight, weight);
  if (!o.no_bias) s.set_in(kBias, {o.num_filter});
  for (int axis = 0; axis < axes; ++axis) {
    const std::int64_t padded = data[2 + axis] + 2 * (o.pad.empty() ? 0 : o.pad[axis]);
    const std::int64_t reach = (o.dilate.empty() ? 1 : o.dilate[axis]) * (o.kernel[axis] - 1) + 1;
    s.expect(reach <= padded, kData, "the kernel ", o.kernel, " (dilated to ", reach,
             ") is larger than the padded image of ", data);
  }
  const auto g = convolution_geometry(o, data);
  Shape out = {data[0], o.num_filter};
  if (axes == 2) out.push_back(g.out_height());
  out.push_back(g.out_width());
  s.set_out(0, out);
}

void forward(const ConvolutionOptions& o, const Call& call) {
  dispatch_real(call.out[0].dtype, "Convolution",
                [&]<class T>() { ConvolutionKernel(o, call.in[kData].shape).forward<T>(call); });
}

void backward(const ConvolutionOptions& o, const GradientCall& call) {
  dispatch_real(call.out_grad[0].dtype, "Convolution", [&]<class T>() {
    ConvolutionKernel(o, call.in[kData].shape).backward<T>(call, call.out_grad[0].as<T>());
  });
}

const auto registered =
    define_op<ConvolutionOptions>("Convolution")
        .doc("Cross-correlation of images (N, C, H, W), or rows (N, C, W), with filters.")
        .inputs({"data"})
        .row_wise()
        .parameters({"weight", "bias"})
        .omits_last_when(&ConvolutionOptions::no_bias)
        .field("kernel", &ConvolutionOptions::kernel,
               "Size of the filters (height, width), or of rows (width,).")
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
        .tolerates("layout", {"None", "NCHW", "NCW"})
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
        .sample({.kernel = {1, 1}, .num_filter = 2}, {{{0, 3, 4, 4}}, {{2, 3, 1, 1}}, {{2}}});

}  // namespace
}  // namespace gluino
