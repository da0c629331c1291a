#pragma once

#include <gluino/ops/core/invoke.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>

/// Bytes for real numbers and back, by ranges that stand beside them in arrays of one number. A
/// byte stands for itself times M / 127.5 (int8) or M / 255.5 (uint8), M being the larger magnitude
/// of the range's ends. The formulas are what MXNet 1.9.1 computes on processors, measured.
namespace gluino {

struct QuantizeByRangeOptions {
  std::string out_type = "uint8";
};

struct QuantizeV2Options {
  /// "auto": uint8 where a range is given that begins at 0 or above, else int8.
  std::string out_type = "int8";
  /// The range; unless both are given, from the least to the largest element.
  std::optional<double> min_calib_range{};
  std::optional<double> max_calib_range{};
};

struct DequantizeOptions {
  std::string out_type = "float32";
};

struct RequantizeOptions {
  std::string out_type = "int8";
  std::optional<double> min_calib_range{};
  std::optional<double> max_calib_range{};
};

struct CalibrateEntropyOptions {
  std::int64_t num_quantized_bins = 255;
};

namespace ops {

/// What an operator of several outputs gives: for symbols one with as many outputs.
template <Operand A, class O, std::size_t N>
auto all_outputs(const Op& op, const O& options, const std::array<A, N>& in, NodeName name) {
  if constexpr (SymbolicOperand<A>) {
    return apply(op, &options, std::span<const A>(in), name);
  } else {
    return apply_all(op, &options, std::span<const A>(in));
  }
}

/// data as bytes: the nearest whole number to data * 127 / M, or data * 255 / M, at the ends of the
/// type where that is beyond them. min_range and max_range are of the shape (1). Gives the bytes
/// and the range that they stand for, two arrays of the shape (1). Throws Error for data that are
/// not finite, as the others do.
template <Operand A>
auto contrib_quantize(const A& data, const A& min_range, const A& max_range,
                      const QuantizeByRangeOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<QuantizeByRangeOptions>("_contrib_quantize");
  return all_outputs(op, options, std::array<A, 3>{data, min_range, max_range}, name);
}

/// The same by the range that the options give or the data have, times 127.5 / M or 255.5 / M.
template <Operand A>
auto quantize_v2(const A& data, const QuantizeV2Options& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<QuantizeV2Options>("_contrib_quantize_v2");
  return all_outputs(op, options, std::array<A, 1>{data}, name);
}

/// The numbers, float32, that bytes stand for: data * M / 127.5 or data * M / 255.5.
template <Operand A>
A dequantize(const A& data, const A& min_range, const A& max_range,
             const DequantizeOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<DequantizeOptions>("_contrib_dequantize");
  return call(op, options, {data, min_range, max_range}, name);
}

/// Bytes for int32, such as sums of products of bytes, which stand for themselves times
/// M / (2^31 - 1), by the range that the options give or the data have, times 127 / M or 255 / M.
template <Operand A>
auto requantize(const A& data, const A& min_range, const A& max_range,
                const RequantizeOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<RequantizeOptions>("_contrib_requantize");
  return all_outputs(op, options, std::array<A, 3>{data, min_range, max_range}, name);
}

/// Where to cut off a distribution that is to be told by few steps: hist counts elements in bins
/// around 0, whose edges hist_edges gives, one more. Gives the edge and the Kullback-Leibler
/// divergence, the least of all, between the distribution cut off there and its form in
/// num_quantized_bins steps (Migacz, "8-bit inference with TensorRT", 2017), each of the shape (1).
template <Operand A>
auto calibrate_entropy(const A& hist, const A& hist_edges,
                       const CalibrateEntropyOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<CalibrateEntropyOptions>("_contrib_calibrate_entropy");
  return all_outputs(op, options, std::array<A, 2>{hist, hist_edges}, name);
}

}  // namespace ops
}  // namespace gluino
