#pragma once

#include <gluino/ops/core/invoke.h>

namespace gluino {

struct SliceChannelOptions {
  std::int64_t num_outputs = 1;
  std::int64_t axis = 1;
  /// Drops the axis, which then must have the size num_outputs.
  bool squeeze_axis = false;
};

struct SplitV2Options {
  /// Where the parts begin; the last one reaches to the end.
  Shape indices{};
  std::int64_t axis = 1;
  /// Drops the axis, along which all parts then must have the size 1.
  bool squeeze_axis = false;
  /// Above 0: that many parts, as equal as they can be, the first ones the larger.
  std::int64_t sections = 0;
};

namespace ops {

/// Cuts an axis into num_outputs equal parts: as many arrays, or a symbol of as many outputs.
template <Operand A>
auto SliceChannel(const A& data, const SliceChannelOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<SliceChannelOptions>("SliceChannel");
  if constexpr (SymbolicOperand<A>) {
    return call(op, options, {data}, name);
  } else {
    return apply_all(op, &options, std::span<const A>(&data, 1));
  }
}
template <Operand A>
auto split(const A& data, const SliceChannelOptions& options, NodeName name = {}) {
  return SliceChannel(data, options, name);
}

/// Cuts an axis into parts, at places or into a number of them: as many arrays, or a symbol of as
/// many outputs.
template <Operand A>
auto split_v2(const A& data, const SplitV2Options& options, NodeName name = {}) {
  static const Op& op = Op::get<SplitV2Options>("_split_v2");
  if constexpr (SymbolicOperand<A>) {
    return call(op, options, {data}, name);
  } else {
    return apply_all(op, &options, std::span<const A>(&data, 1));
  }
}

}  // namespace ops
}  // namespace gluino
