#pragma once

#include <gluino/ops/linalg/dot.h>

namespace gluino::ops {

/// The matrix products of many pairs: (..., M, K) times (..., K, N), the leading axes being the
/// same. transpose_a and transpose_b exchange the last two axes of an operand first.
template <Operand A>
A batch_dot(const A& lhs, const A& rhs, const DotOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<DotOptions>("batch_dot");
  return call(op, options, {lhs, rhs}, name);
}

}  // namespace gluino::ops
