#pragma once

#include <gluino/ops/core/invoke.h>

#include <optional>
#include <vector>

namespace gluino {

struct MomentsOptions {
  /// The axes to reduce, of which there must be some.
  std::optional<Shape> axes{};
  bool keepdims = false;
};

namespace ops {

/// The mean and the variance, the mean of squared distances from it, over axes: two arrays, or a
/// symbol of two outputs.
template <Operand A>
auto moments(const A& data, const MomentsOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<MomentsOptions>("moments");
  if constexpr (SymbolicOperand<A>) {
    return call(op, options, {data}, name);
  } else {
    return apply_all(op, &options, std::span<const A>(&data, 1));
  }
}

}  // namespace ops
}  // namespace gluino
