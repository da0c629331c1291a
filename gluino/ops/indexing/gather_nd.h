#pragma once

#include <gluino/ops/core/invoke.h>

namespace gluino {

struct ScatterNdOptions {
  /// The shape of the result.
  Shape shape{};
};

namespace ops {

/// Parts of an array by places: indices (M, ...) hold along their first axis a place on the first M
/// axes of the data, negative numbers counting from an axis' end. Throws Error where a place lies
/// outside.
template <Operand A>
A gather_nd(const A& data, const A& indices, NodeName name = {}) {
  static const Op& op = Op::get<NoOptions>("gather_nd");
  return call(op, NoOptions(), {data, indices}, name);
}

/// The opposite: zeros of `shape`, at the places that indices name the parts of the data, of those
/// at one place the last.
template <Operand A>
A scatter_nd(const A& data, const A& indices, const ScatterNdOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<ScatterNdOptions>("scatter_nd");
  return call(op, options, {data, indices}, name);
}

/// Of each row of a matrix the element that its index names, clipped to the row.
template <Operand A>
A batch_take(const A& a, const A& indices, NodeName name = {}) {
  static const Op& op = Op::get<NoOptions>("batch_take");
  return call(op, NoOptions(), {a, indices}, name);
}

/// The old array with the slices along its first axis that `index_vector` names replaced by those
/// of the new one, in turn.
template <Operand A>
A index_copy(const A& old_tensor, const A& index_vector, const A& new_tensor, NodeName name = {}) {
  static const Op& op = Op::get<NoOptions>("_contrib_index_copy");
  return call(op, NoOptions(), {old_tensor, index_vector, new_tensor}, name);
}

}  // namespace ops
}  // namespace gluino
