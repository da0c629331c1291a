#pragma once

#include <gluino/ops/core/invoke.h>

namespace gluino {

struct SliceChannelOptions {
  std::int64_t num_outputs = 1;
  std::int64_t axis = 1;
  /// Drops the axis, which then must have the size num_outputs.
  bool squeeze_axis = false;
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

}  // namespace ops
}  // namespace gluino
