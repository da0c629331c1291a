#pragma once

#include <gluino/ops/core/invoke.h>

namespace gluino {

struct GemmOptions {
  bool transpose_a = false;
  bool transpose_b = false;
  double alpha = 1;
  double beta = 1;
  /// The axis of the matrices' rows; their columns are always the last.
  std::int64_t axis = -2;
};

struct Gemm2Options {
  bool transpose_a = false;
  bool transpose_b = false;
  double alpha = 1;
  std::int64_t axis = -2;
};

struct SyrkOptions {
  bool transpose = false;
  double alpha = 1;
};

namespace ops {

/// alpha op(A) op(B) + beta C of matrices, or of many, whose other axes are the same; op exchanges
/// rows and columns where transpose_a or transpose_b say so.
template <Operand T>
T linalg_gemm(const T& A, const T& B, const T& C, const GemmOptions& options = {},
              NodeName name = {}) {
  static const Op& op = Op::get<GemmOptions>("_linalg_gemm");
  return call(op, options, {A, B, C}, name);
}

/// The same without C.
template <Operand T>
T linalg_gemm2(const T& A, const T& B, const Gemm2Options& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<Gemm2Options>("_linalg_gemm2");
  return call(op, options, {A, B}, name);
}

/// alpha A A^T, or alpha A^T A with transpose, of matrices (..., M, N).
template <Operand T>
T linalg_syrk(const T& A, const SyrkOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<SyrkOptions>("_linalg_syrk");
  return call(op, options, {A}, name);
}

}  // namespace ops
}  // namespace gluino
