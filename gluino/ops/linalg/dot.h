#pragma once

#include <gluino/ops/core/invoke.h>

namespace gluino {

struct DotOptions {
  bool transpose_a = false;
  bool transpose_b = false;
};

namespace ops {

/// Sums products over the last axis of lhs and the first of rhs: (..., K) . (K, ...), the inner
/// product for two vectors. transpose_a moves lhs' first axis to its end, transpose_b rhs' last to
/// its front.
template <Operand A>
A dot(const A& lhs, const A& rhs, const DotOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<DotOptions>("dot");
  return call(op, options, {lhs, rhs}, name);
}

}  // namespace ops
}  // namespace gluino
