#include <gluino/ops/core/define.h>
#include <gluino/ops/quantization/byte_range-inl.h>
#include <gluino/ops/quantization/quantization.h>

namespace gluino {
namespace {

using quantization::Range;

void dequantize_forward(const DequantizeOptions& /*o*/, const Call& call) {
  const Tensor& data = call.in[0];
  const Range range = quantization::range_in("_contrib_dequantize", call.in[1], call.in[2]);
  auto* const y = call.out[0].as<float>();
  const auto run = [&]<class Q>(Q) {
    const Q* const x = data.as<Q>();
    const auto step = static_cast<float>(range.magnitude() / quantization::kSteps<Q>);
    parallel_for(data.size(), kernels::kCopyGrain, [=](std::int64_t i, std::int64_t end) {
      for (; i < end; ++i) y[i] = static_cast<float>(x[i]) * step;
    });
  };
  if (data.dtype == int32) {
    run(std::int32_t());
  } else {
    quantization::with_byte(data.dtype, run);
  }
}

void requantize_forward(const RequantizeOptions& o, const Call& call) {
  const Tensor& data = call.in[0];
  const DType type = quantization::byte_type(o);
  const Range from = quantization::range_in("_contrib_requantize", call.in[1], call.in[2]);
  const double step = from.magnitude() / quantization::kSteps<std::int32_t>;
  const auto* const x = data.as<std::int32_t>();
  const auto number = [&](std::int32_t q) { return static_cast<float>(q * step); };
  Range range;
  if (const auto given = quantization::given_range(o)) {
    range = *given;
  } else if (data.size() > 0) {
    const auto [least, most] = std::minmax_element(x, x + data.size());
    range = {number(*least), number(*most)};
  }
  quantization::with_byte(type, [&]<class Byte>(Byte) {
    const double scale = quantization::steps_per(quantization::kMost<Byte>, range.magnitude());
    quantization::to_bytes(x, call.out[0].as<Byte>(), data.size(), step * scale);
  });
  if (type == uint8) range = {0, range.magnitude()};
  quantization::write_range(range, type, call.out[1], call.out[2]);
}

const SampleInput kLeast{{1}, {Fill::Kind::uniform, -3, -1}};
const SampleInput kMost{{1}, {Fill::Kind::uniform, 1, 3}};

const auto dequantize =
    define_op<DequantizeOptions>("_contrib_dequantize")
        .doc("The numbers that bytes stand for.")
        .inputs({"data", "min_range", "max_range"})
        .looks_up({0, 1, 2})
        .types(Types::any)
        .field("out_type", &DequantizeOptions::out_type, "The type of the numbers.", {"float32"})
        .infer_types([](const DequantizeOptions& /*o*/, auto in, auto out) {
          for (std::size_t i = 1; i < in.size(); ++i) in[i] = in[i].value_or(float32);
          out[0] = float32;
        })
        .infer([](const DequantizeOptions& /*o*/, Inference& s) {
          const DType type = s.in_type(0);
          s.expect(type == int8 || type == uint8 || type == int32, 0,
                   "expected int8, uint8 or int32, got ", type);
          s.set_in(1, {1});
          s.set_in(2, {1});
          s.set_out(0, s.in(0));
        })
        .forward(dequantize_forward);

const auto requantize =
    define_op<RequantizeOptions>("_contrib_requantize")
        .doc("Bytes for int32 that stand for numbers of a range, and the range of the bytes.")
        .inputs({"data", "min_range", "max_range"})
        .outputs({"output0", "output1", "output2"}, 3)
        .looks_up({0, 1, 2})
        .types(Types::any)
        .field("out_type", &RequantizeOptions::out_type,
               "The type of the bytes; auto: uint8 for a given range from 0 on.",
               {"auto", "int8", "uint8"})
        .field("min_calib_range", &RequantizeOptions::min_calib_range,
               "Where the range of the bytes begins; that of the data, unless both are given.")
        .field("max_calib_range", &RequantizeOptions::max_calib_range, "Where it ends.")
        .infer_types([](const RequantizeOptions& o, auto in, auto out) {
          in[0] = in[0].value_or(int32);
          quantization::infer_byte_types(quantization::byte_type(o), in, out);
        })
        .infer([](const RequantizeOptions& o, Inference& s) {
          s.expect(s.in_type(0) == int32, 0, "expected int32, got ", s.in_type(0));
          quantization::expect_range(o, s);
          quantization::infer_bytes(s);
        })
        .forward(requantize_forward);

}  // namespace
}  // namespace gluino
