#include <gluino/ops/core/define.h>
#include <gluino/ops/quantization/byte_range-inl.h>
#include <gluino/ops/quantization/quantization.h>

namespace gluino {
namespace {

using quantization::Range;

void forward_by_range(const QuantizeByRangeOptions& o, const Call& call) {
  constexpr const char* kWho = "_contrib_quantize";
  const DType type = quantization::type_of(o.out_type);
  const Range range = quantization::range_in(kWho, call.in[1], call.in[2]);
  const std::int64_t size = call.in[0].size();
  dispatch_real(call.in[0].dtype, kWho, [&]<class T>() {
    const T* const x = call.in[0].as<T>();
    quantization::range_of(kWho, x, size);
    quantization::with_byte(type, [&]<class Byte>(Byte) {
      const double scale = quantization::steps_per(quantization::kMost<Byte>, range.magnitude());
      quantization::to_bytes(x, call.out[0].as<Byte>(), size, scale);
    });
  });
  quantization::write_range(range, type, call.out[1], call.out[2]);
}

void forward_v2(const QuantizeV2Options& o, const Call& call) {
  constexpr const char* kWho = "_contrib_quantize_v2";
  const DType type = quantization::byte_type(o);
  const std::int64_t size = call.in[0].size();
  dispatch_real(call.in[0].dtype, kWho, [&]<class T>() {
    const T* const x = call.in[0].as<T>();
    const Range own = quantization::range_of(kWho, x, size);
    const Range range = quantization::given_range(o).value_or(own);
    quantization::with_byte(type, [&]<class Byte>(Byte) {
      const double scale = quantization::steps_per(quantization::kSteps<Byte>, range.magnitude());
      quantization::to_bytes(x, call.out[0].as<Byte>(), size, scale);
    });
    quantization::write_range(range, type, call.out[1], call.out[2]);
  });
}

const std::vector<std::string> kOutputs = {"output0", "output1", "output2"};
const SampleInput kLeast{{1}, {Fill::Kind::uniform, -3, -1}};
const SampleInput kMost{{1}, {Fill::Kind::uniform, 1, 3}};

const auto quantize =
    define_op<QuantizeByRangeOptions>("_contrib_quantize")
        .doc("Bytes for numbers of a range, and the range that they stand for.")
        .inputs({"data", "min_range", "max_range"})
        .outputs(kOutputs, 3)
        .looks_up({1, 2})
        .field("out_type", &QuantizeByRangeOptions::out_type, "The type of the bytes.",
               {"int8", "uint8"})
        .infer_types([](const QuantizeByRangeOptions& o, auto in, auto out) {
          quantization::infer_byte_types(quantization::type_of(o.out_type), in, out);
        })
        .infer(
            [](const QuantizeByRangeOptions& /*o*/, Inference& s) { quantization::infer_bytes(s); })
        .forward(forward_by_range)
        .sample({}, {{{3, 5}}, kLeast, kMost})
        .sample({.out_type = "int8"}, {{{2, 3, 3}}, kLeast, kMost})
        .sample({.out_type = "int8"}, {{{0, 4}}, kLeast, kMost});

const auto quantize_v2 =
    define_op<QuantizeV2Options>("_contrib_quantize_v2")
        .doc("Bytes for numbers, by a given range or their own, and the range.")
        .inputs({"data"})
        .outputs(kOutputs, 3)
        .field("out_type", &QuantizeV2Options::out_type,
               "The type of the bytes; auto: uint8 for a given range from 0 on.",
               {"auto", "int8", "uint8"})
        .field("min_calib_range", &QuantizeV2Options::min_calib_range, "Where the range begins.")
        .field("max_calib_range", &QuantizeV2Options::max_calib_range, "Where it ends.")
        .infer_types([](const QuantizeV2Options& o, auto in, auto out) {
          quantization::infer_byte_types(quantization::byte_type(o), in, out);
        })
        .infer([](const QuantizeV2Options& o, Inference& s) {
          quantization::expect_range(o, s);
          quantization::infer_bytes(s);
        })
        .forward(forward_v2)
        .sample({}, {{{3, 5}}})
        .sample({.out_type = "auto", .min_calib_range = 0, .max_calib_range = 0.7}, {{{7}}})
        .sample({.out_type = "int8", .min_calib_range = -0.5, .max_calib_range = 0.25}, {{{2, 9}}})
        .sample({.out_type = "uint8"}, {{{0, 4}}});

}  // namespace
}  // namespace gluino
