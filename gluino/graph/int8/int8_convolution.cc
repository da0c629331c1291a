#include <gluino/graph/int8/int8_layers-inl.h>
#include <gluino/ops/layers/convolution_geometry-inl.h>

namespace gluino {
namespace {

using int8_layer::kData;

// From data (N, H, W, C).
kernels::Int8Convolution geometry(const Int8ConvolutionOptions& o, const Shape& data) {
  return {.conv = convolution_geometry(o.convolution, {data[0], data[3], data[1], data[2]}),
          .pool_h = o.pool.empty() ? 1 : o.pool[0],
          .pool_w = o.pool.empty() ? 1 : o.pool[1],
          .zero_point = static_cast<std::uint8_t>(o.zero_point)};
}

void infer(const Int8ConvolutionOptions& o, Inference& s) {
  s.expect_ndim(kData, 4, "(N, H, W, C)");
  s.expect(o.convolution.kernel.ndim() == 2 && o.convolution.num_group == 1, -1,
           "expected a kernel of 2 numbers and one group");
  s.expect(o.pool.empty() || (o.pool.ndim() == 2 && o.pool[0] > 0 && o.pool[1] > 0), -1,
           "pool: expected 2 numbers (height, width), got ", o.pool);
  int8_layer::check_output(o.out, s);
  const auto g = geometry(o, s.in(kData));
  int8_layer::infer_parameters(kernels::int8_packing(g.conv), s);
  if (o.out.scale > 0) {
    s.set_out(0, {g.conv.batch, g.out_height(), g.out_width(), g.conv.out_channels});
  } else {
    s.set_out(0, {g.conv.batch, g.conv.out_channels, g.out_height(), g.out_width()});
  }
}

void forward(const Int8ConvolutionOptions& o, const Call& call) {
  kernels::int8_convolution(geometry(o, call.in[kData].shape), call.in[kData].as<std::uint8_t>(),
                            int8_layer::layer_of(call, o.act_type, o.out), call.out[0].data);
}

const auto registered =
    define_op<Int8ConvolutionOptions>("_fused_int8_convolution")
        .doc("A convolution of bytes, the maximum of windows, and an activation, as one.")
        .inputs({"data"})
        .row_wise()
        .types(Types::any)
        .parameters(int8_layer::kParameters)
        .infer_types([](const Int8ConvolutionOptions& o, auto in, auto out) {
          int8_layer::infer_types(o.out.scale, in, out);
        })
        .infer(infer)
        .forward(forward);

}  // namespace
}  // namespace gluino
