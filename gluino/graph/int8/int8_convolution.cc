#include <gluino/graph/int8/int8_layers-inl.h>
#include <gluino/ops/layers/convolution_geometry-inl.h>
#include <gluino/ops/layers/image_tuple-inl.h>

namespace gluino {
namespace {

using int8_layer::kData;

// From data (N, H, W, C).
kernels::Int8Convolution geometry(const Int8ConvolutionOptions& o, const Shape& data) {
  return {.conv = convolution_geometry(o, {data[0], data[3], data[1], data[2]}),
          .pool_h = o.pool.empty() ? 1 : o.pool[0],
          .pool_w = o.pool.empty() ? 1 : o.pool[1],
          .zero_point = static_cast<std::uint8_t>(o.zero_point)};
}

void infer(const Int8ConvolutionOptions& o, Inference& s) {
  s.expect_ndim(kData, 4, "(N, H, W, C)");
  s.expect(o.kernel.ndim() == 2 && o.num_group == 1, -1,
           "expected a kernel of 2 numbers and one group");
  s.expect(o.pool.empty() || (o.pool.ndim() == 2 && o.pool[0] > 0 && o.pool[1] > 0), -1,
           "pool: expected 2 numbers (height, width), got ", o.pool);
  int8_layer::check_output(o, s);
  check_tuple(s, "kernel", o.kernel, 2, 1);
  check_tuple(s, "stride", o.stride, 2, 1);
  check_tuple(s, "dilate", o.dilate, 2, 1);
  check_tuple(s, "pad", o.pad, 2, 0);
  s.expect(o.zero_point >= 0 && o.zero_point <= 255, -1,
           "zero_point: expected a number from 0 to 255, got ", o.zero_point);
  const auto g = geometry(o, s.in(kData));
  int8_layer::check_sizes(g.conv.in_channels * g.conv.kernel_height * g.conv.kernel_width,
                          o.num_filter, s);
  s.expect(g.out_height() > 0 && g.out_width() > 0, kData, "the kernel ", o.kernel,
           " is larger than the padded image of ", s.in(kData));
  int8_layer::infer_parameters(kernels::int8_packing(g.conv), s);
  if (o.out_scale > 0) {
    s.set_out(0, {g.conv.batch, g.out_height(), g.out_width(), g.conv.out_channels});
  } else {
    s.set_out(0, {g.conv.batch, g.conv.out_channels, g.out_height(), g.out_width()});
  }
}

void forward(const Int8ConvolutionOptions& o, const Call& call) {
  kernels::int8_convolution(geometry(o, call.in[kData].shape), call.in[kData].as<std::uint8_t>(),
                            int8_layer::layer_of(call, o), call.out[0].data);
}

const auto registered = [] {
  auto definition =
      define_op<Int8ConvolutionOptions>("_fused_int8_convolution")
          .doc("A convolution of bytes, the maximum of windows, and an activation, as one.")
          .inputs({"data"})
          .row_wise()
          .types(Types::any)
          .parameters(int8_layer::kParameters)
          .field("kernel", &Int8ConvolutionOptions::kernel, "Size of the window, (height, width).")
          .required()
          .field("stride", &Int8ConvolutionOptions::stride, "Step of the window; 1 if not given.")
          .field("dilate", &Int8ConvolutionOptions::dilate,
                 "Step inside the window; 1 if not given.")
          .field("pad", &Int8ConvolutionOptions::pad, "Zeros added on each side; 0 if not given.")
          .field("num_filter", &Int8ConvolutionOptions::num_filter, "Number of output channels.")
          .required()
          .field("pool", &Int8ConvolutionOptions::pool, "Windows of the maximum; empty: none.")
          .field("zero_point", &Int8ConvolutionOptions::zero_point, "The byte that stands for 0.")
          .infer_types([](const Int8ConvolutionOptions& o, auto in, auto out) {
            int8_layer::infer_types(o.out_scale, in, out);
          })
          .infer(infer)
          .forward(forward);
  int8_layer::add_fields(definition);
  return definition;
}();

}  // namespace
}  // namespace gluino
