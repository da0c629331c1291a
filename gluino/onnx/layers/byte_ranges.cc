#include <gluino/ndarray/creation.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/quantization/quantization.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

// Bytes by ranges, MXNet's quantize and its kin, as QuantizeLinear and DequantizeLinear around 0.
namespace gluino::onnx {
namespace {

// The ends of a range, two arrays of the shape (1).
struct Range {
  std::string least, most;
};

Range constant(ExportNode& e, double least, double most) {
  const auto end = [&](double value) { return e.tensor(nd::full({1}, value, float32, cpu())); };
  return {end(least), end(most)};
}

Range given(ExportNode& e) {
  for (const int input : {1, 2}) {
    e.expect(e.dtype(input) == float32, "a range of ", e.dtype(input));
  }
  return {e.in(1), e.in(2)};
}

Range found(ExportNode& e, const std::string& x) {
  return {e.reshape(e.reduce("ReduceMin", x, {}, false), {1}),
          e.reshape(e.reduce("ReduceMax", x, {}, false), {1})};
}

std::string magnitude(ExportNode& e, const Range& range) {
  return e.add("Max", {e.add("Abs", {range.least}), e.add("Abs", {range.most})});
}

// What one step stands for, without axes. Where all numbers are 0 none is as large as a step.
std::string step_of(ExportNode& e, const std::string& magnitude, double steps) {
  const std::string step = e.add("Div", {magnitude, e.number(steps, float32)});
  const std::string large = e.number(std::numeric_limits<float>::max(), float32);
  const std::string is_none = e.add("Equal", {magnitude, e.number(0, float32)});
  return e.squeeze(e.add("Where", {is_none, large, step}), {0});
}

// Gives bytes, and the range that they stand for: of int8 as much below 0 as above.
void give_bytes(ExportNode& e, const std::string& x, DType type, const Range& range, double steps,
                bool from_zero = false) {
  const std::string most = magnitude(e, range);
  e.give(e.add("QuantizeLinear", {x, step_of(e, most, steps), e.number(0, type)}), 0);
  if (type == int8) {
    e.give(e.add("Neg", {most}), 1);
    e.give(most, 2);
  } else {
    e.give(from_zero ? constant(e, 0, 0).least : range.least, 1);
    e.give(from_zero ? most : range.most, 2);
  }
}

template <class O>
std::optional<Range> calibrated(ExportNode& e, const O& o) {
  if (!o.min_calib_range || !o.max_calib_range) return std::nullopt;
  return constant(e, *o.min_calib_range, *o.max_calib_range);
}

std::string as_float(ExportNode& e) {
  return e.dtype() == float32 ? e.in() : e.cast(e.in(), float32);
}

void write_quantize(ExportNode& e, const QuantizeByRangeOptions& /*o*/) {
  const DType type = e.out_dtype();
  give_bytes(e, as_float(e), type, given(e), type == uint8 ? 255 : 127);
}

void write_quantize_v2(ExportNode& e, const QuantizeV2Options& o) {
  const DType type = e.out_dtype();
  const std::string x = as_float(e);
  const std::optional<Range> told = calibrated(e, o);
  e.expect(told || std::count(e.shape().begin(), e.shape().end(), 0) == 0,
           "the range of no elements");
  give_bytes(e, x, type, told ? *told : found(e, x), type == uint8 ? 255.5 : 127.5);
}

// What stands for so many numbers, of a type of bytes or of int32.
std::string numbers(ExportNode& e) {
  const DType type = e.dtype();
  const double steps = type == uint8  ? 255.5
                       : type == int8 ? 127.5
                                      : std::numeric_limits<std::int32_t>::max();
  const std::string step = e.add("Div", {magnitude(e, given(e)), e.number(steps, float32)});
  return e.add("DequantizeLinear", {e.in(), e.squeeze(step, {0})});
}

void write_requantize(ExportNode& e, const RequantizeOptions& o) {
  const DType type = e.out_dtype();
  const std::string x = numbers(e);
  const std::optional<Range> told = calibrated(e, o);
  e.expect(told || std::count(e.shape().begin(), e.shape().end(), 0) == 0,
           "the range of no elements");
  give_bytes(e, x, type, told ? *told : found(e, x), type == uint8 ? 255 : 127, true);
}

const bool registered = translate([](Translations& t) {
  t.writes<QuantizeByRangeOptions>("_contrib_quantize", write_quantize);
  t.writes<QuantizeV2Options>("_contrib_quantize_v2", write_quantize_v2);
  t.writes<DequantizeOptions>("_contrib_dequantize",
                              [](ExportNode& e, const DequantizeOptions&) { e.give(numbers(e)); });
  t.writes<RequantizeOptions>("_contrib_requantize", write_requantize);
});

}  // namespace
}  // namespace gluino::onnx
