#include <gluino/base/parallel.h>
#include <gluino/graph/int8/int8_layers.h>
#include <gluino/kernels/cpu/int8/int8_layers.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>

namespace gluino {
namespace {

void infer(const Int8QuantizeOptions& o, Inference& s) {
  s.expect(o.scale > 0, -1, "scale: expected a number above 0, got ", o.scale);
  s.expect(o.zero_point >= 0 && o.zero_point <= 255, -1,
           "zero_point: expected a number from 0 to 255, got ", o.zero_point);
  s.expect(s.in_type(0) == float32, 0, "expected float32, got ", s.in_type(0));
  Shape out = s.in(0);
  if (o.channels_last) {
    s.expect_ndim(0, 4, "(N, C, H, W)");
    out = {out[0], out[2], out[3], out[1]};
  }
  s.set_out(0, out);
}

void forward(const Int8QuantizeOptions& o, const Call& call) {
  const kernels::Int8Scale scale = {static_cast<float>(o.scale),
                                    static_cast<std::int32_t>(o.zero_point)};
  const Shape& shape = call.in[0].shape;
  const float* x = call.in[0].as<float>();
  auto* y = call.out[0].as<std::uint8_t>();
  if (o.channels_last) {
    kernels::int8_quantize_channels_last(x, shape[0], shape[1], shape[2] * shape[3], scale, y);
    return;
  }
  parallel_for(shape.size(), kernels::kCopyGrain, [=](std::int64_t begin, std::int64_t end) {
    kernels::int8_quantize(x + begin, y + begin, end - begin, scale);
  });
}

const auto registered =
    define_op<Int8QuantizeOptions>("_fused_int8_quantize")
        .doc("Bytes for numbers: nearest(x / scale) + zero_point, at most 0 and 255.")
        .inputs({"data"})
        .row_wise()
        .field("scale", &Int8QuantizeOptions::scale, "What a step of the bytes stands for.")
        .field("zero_point", &Int8QuantizeOptions::zero_point, "The byte that stands for 0.")
        .field("channels_last", &Int8QuantizeOptions::channels_last,
               "Take images (N, C, H, W) to (N, H, W, C).")
        .infer_types(
            [](const Int8QuantizeOptions& /*options*/, auto /*in*/, auto out) { out[0] = uint8; })
        .infer(infer)
        .forward(forward);

}  // namespace
}  // namespace gluino
