#pragma once

#include <gluino/ops/core/invoke.h>

#include <optional>
#include <string>
#include <vector>

namespace gluino {

/// The numbers from `low` to `high`; as text "(low, high)".
struct Interval {
  double low = 0;
  double high = 1;
};
GLUINO_API void parse_value(const std::string& text, Interval& value);
GLUINO_API std::string format_value(const Interval& value);

struct HistogramOptions {
  /// How many bins, all as wide, lie in `range`; without it their edges are an input.
  std::optional<std::int64_t> bin_cnt{};
  /// Where the first bin begins and the last one ends.
  std::optional<Interval> range{};
};

namespace ops {

/// How many elements lie in each bin, int64, and the edges of the bins, as NumPy's histogram: edge
/// i
/// <= x < edge i + 1, and in the last bin its end, too. What lies in none, and NaN, is not counted.
template <Operand A>
std::vector<A> histogram(const A& data, const A& bins) {
  static const Op& op = Op::get<HistogramOptions>("_histogram");
  const HistogramOptions options;
  const A in[] = {data, bins};
  return apply_all(op, &options, in);
}
template <Operand A>
std::vector<A> histogram(const A& data, const HistogramOptions& options) {
  static const Op& op = Op::get<HistogramOptions>("_histogram");
  return apply_all(op, &options, std::span<const A>(&data, 1));
}

}  // namespace ops
}  // namespace gluino
