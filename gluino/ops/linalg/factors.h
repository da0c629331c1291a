#pragma once

#include <gluino/ops/core/invoke.h>

#include <span>

namespace gluino {

struct TrsmOptions {
  bool transpose = false;
  bool rightside = false;
  bool lower = true;
  double alpha = 1;
};

/// Of matrices (..., N, N), all at once. Numbers are added in double.
namespace ops {

/// The lower triangular L with L L^T = A, of symmetric positive definite A, whose lower triangle is
/// read. Throws Error where A is none.
template <Operand T>
T linalg_potrf(const T& A, NodeName name = {}) {
  static const Op& op = Op::get<NoOptions>("_linalg_potrf");
  return call(op, NoOptions(), {A}, name);
}

/// X with op(A) X = alpha B, or X op(A) = alpha B with rightside, of triangular A; the other
/// triangle is not read.
template <Operand T>
T linalg_trsm(const T& A, const T& B, const TrsmOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<TrsmOptions>("_linalg_trsm");
  return call(op, options, {A, B}, name);
}

/// The inverse. Throws Error where there is none.
template <Operand T>
T linalg_inverse(const T& A, NodeName name = {}) {
  static const Op& op = Op::get<NoOptions>("_linalg_inverse");
  return call(op, NoOptions(), {A}, name);
}

/// The determinant: (...), of one matrix (1,).
template <Operand T>
T linalg_det(const T& A, NodeName name = {}) {
  static const Op& op = Op::get<NoOptions>("_linalg_det");
  return call(op, NoOptions(), {A}, name);
}

/// The determinant's sign, and the logarithm of its magnitude: two arrays, or a symbol of two
/// outputs.
template <Operand T>
auto linalg_slogdet(const T& A, NodeName name = {}) {
  static const Op& op = Op::get<NoOptions>("_linalg_slogdet");
  const NoOptions none;
  if constexpr (SymbolicOperand<T>) {
    return call(op, none, {A}, name);
  } else {
    return apply_all(op, &none, std::span<const T>(&A, 1));
  }
}

}  // namespace ops
}  // namespace gluino
