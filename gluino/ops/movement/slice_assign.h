#pragma once

#include <gluino/ops/movement/movement.h>

namespace gluino {

struct SliceAssignScalarOptions : SliceOptions {
  double scalar = 0;
};

namespace ops {

/// lhs with rhs in place of the part that the options name, as after x[begin:end:step] = rhs in
/// Python. rhs has the part's shape.
template <Operand A>
A slice_assign(const A& lhs, const A& rhs, const SliceOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<SliceOptions>("_slice_assign");
  return call(op, options, {lhs, rhs}, name);
}

/// The same with a number everywhere in the part.
template <Operand A>
A slice_assign_scalar(const A& data, const SliceAssignScalarOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<SliceAssignScalarOptions>("_slice_assign_scalar");
  return call(op, options, {data}, name);
}

}  // namespace ops
}  // namespace gluino
