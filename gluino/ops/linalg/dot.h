#pragma once

#include <gluino/ops/core/invoke.h>

#include <string>

namespace gluino {

struct DotOptions {
  bool transpose_a = false;
  bool transpose_b = false;
  /// How the result is stored: "default", "csr" or "row_sparse"; "None": as the operands say.
  std::string forward_stype = "None";
};

namespace ops {

/// Sums products over the last axis of lhs and the first of rhs: (..., K) . (K, ...), the inner
/// product for two vectors. transpose_a moves lhs' first axis to its end, transpose_b rhs' last to
/// its front. Of
/// sparse matrices: csr . dense is dense, its transpose . dense row_sparse, dense . csr csr.
template <Operand A>
A dot(const A& lhs, const A& rhs, const DotOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<DotOptions>("dot");
  return call(op, options, {lhs, rhs}, name);
}

}  // namespace ops
}  // namespace gluino
