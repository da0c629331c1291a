#pragma once

#include <gluino/ops/core/invoke.h>

#include <span>

namespace gluino {

namespace detail {
// The two outputs of a call of such an operator.
template <Operand T>
auto both(const char* op_name, const T& A, NodeName name) {
  const Op& op = Op::get<NoOptions>(op_name);
  const NoOptions none;
  if constexpr (SymbolicOperand<T>) {
    return call(op, none, {A}, name);
  } else {
    return apply_all(op, &none, std::span<const T>(&A, 1));
  }
}
}  // namespace detail

struct CholeskyOptions {
  /// Of L with L L^T, else of U with U^T U.
  bool lower = true;
};

struct TrsmOptions {
  bool transpose = false;
  bool rightside = false;
  bool lower = true;
  double alpha = 1;
};

struct TrmmOptions {
  bool transpose = false;
  bool rightside = false;
  bool lower = true;
  double alpha = 1;
};

/// Of matrices (..., N, N), all at once, by LAPACK, in the type that they have.
namespace ops {

/// The lower triangular L with L L^T = A, or the upper U with U^T U = A, of symmetric positive
/// definite A, of which that triangle is read. Throws Error where A is none.
template <Operand T>
T linalg_potrf(const T& A, const CholeskyOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<CholeskyOptions>("_linalg_potrf");
  return call(op, options, {A}, name);
}

/// (A A^T)^-1 of a lower triangular A, (A^T A)^-1 of an upper one, such as potrf gives: the inverse
/// of what was factored. The other triangle is not read. Throws Error where the diagonal has a 0.
template <Operand T>
T linalg_potri(const T& A, const CholeskyOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<CholeskyOptions>("_linalg_potri");
  return call(op, options, {A}, name);
}

/// alpha op(A) B, or alpha B op(A) with rightside, of triangular A; the other triangle is not read.
template <Operand T>
T linalg_trmm(const T& A, const T& B, const TrmmOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<TrmmOptions>("_linalg_trmm");
  return call(op, options, {A, B}, name);
}

/// X with op(A) X = alpha B, or X op(A) = alpha B with rightside, of triangular A; the other
/// triangle is not read.
template <Operand T>
T linalg_trsm(const T& A, const T& B, const TrsmOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<TrsmOptions>("_linalg_trsm");
  return call(op, options, {A, B}, name);
}

/// Q and L with A = L Q, of matrices (..., M, N) of full rank with M <= N: L lower triangular, the
/// rows of Q orthonormal, signs as LAPACK's. Two arrays, or a symbol of two outputs.
template <Operand T>
auto linalg_gelqf(const T& A, NodeName name = {}) {
  return detail::both("_linalg_gelqf", A, name);
}

/// U and lambda with A = U^T diag(lambda) U of symmetric A, whose lower triangle is read: the
/// eigenvalues (..., N) in rising order, and the eigenvectors as rows, of each the element of
/// largest magnitude positive. Two arrays, or a symbol of two outputs.
template <Operand T>
auto linalg_syevd(const T& A, NodeName name = {}) {
  return detail::both("_linalg_syevd", A, name);
}

/// The inverse. Throws Error where there is none.
template <Operand T>
T linalg_inverse(const T& A, NodeName name = {}) {
  static const Op& op = Op::get<NoOptions>("_linalg_inverse");
  return call(op, NoOptions(), {A}, name);
}

/// X with A X = B, of B (..., N, K). Throws Error where A is singular.
template <Operand T>
T linalg_solve(const T& A, const T& B, NodeName name = {}) {
  static const Op& op = Op::get<NoOptions>("_linalg_solve");
  return call(op, NoOptions(), {A, B}, name);
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
  return detail::both("_linalg_slogdet", A, name);
}

}  // namespace ops
}  // namespace gluino
