#pragma once

#include <gluino/ops/core/invoke.h>

namespace gluino {

struct CopyOptions {
  Context ctx{};
};

namespace ops {

/// A copy at another place; its gradient goes back to where the elements came from.
template <Operand A>
A copyto(const A& data, const CopyOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<CopyOptions>("_copyto");
  return call(op, options, {data}, name);
}

/// Writes `value`, which autograd remembers, to all of `array` as a recorded operator does to its
/// output. False, and nothing is done, where the gradient would be lost: of another shape, type,
/// place or kind of storage, or in memory that other arrays share.
GLUINO_API bool assign_recorded(const NDArray& array, const NDArray& value);

}  // namespace ops
}  // namespace gluino
