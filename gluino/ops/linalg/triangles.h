#pragma once

#include <gluino/ops/core/invoke.h>

namespace gluino {

struct DiagonalOptions {
  /// Which diagonal: so far above the main one, or below where it is negative.
  std::int64_t offset = 0;
};

struct TriangleOptions {
  /// Where its edge lies. One above the main diagonal is that of an upper triangle, one below that
  /// of a lower, whatever `lower` says.
  std::int64_t offset = 0;
  bool lower = true;
};

/// Parts of square matrices (..., N, N), of all at once, as rows of numbers.
namespace ops {

/// The sum of the logarithms of the diagonal: (...), of one matrix (1,).
template <Operand T>
T linalg_sumlogdiag(const T& A, NodeName name = {}) {
  static const Op& op = Op::get<NoOptions>("_linalg_sumlogdiag");
  return call(op, NoOptions(), {A}, name);
}

/// A diagonal: (..., N - |offset|).
template <Operand T>
T linalg_extractdiag(const T& A, const DiagonalOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<DiagonalOptions>("_linalg_extractdiag");
  return call(op, options, {A}, name);
}

/// Matrices of zeros but for that diagonal, which A holds: (..., K) to (..., N, N) with N = K +
/// |offset|.
template <Operand T>
T linalg_makediag(const T& A, const DiagonalOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<DiagonalOptions>("_linalg_makediag");
  return call(op, options, {A}, name);
}

/// A triangle, packed: (..., M (M + 1) / 2) with M = N - |offset|. Of a lower one row after row, of
/// an upper one column after column.
template <Operand T>
T linalg_extracttrian(const T& A, const TriangleOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<TriangleOptions>("_linalg_extracttrian");
  return call(op, options, {A}, name);
}

/// Matrices of zeros but for that triangle, which A holds packed.
template <Operand T>
T linalg_maketrian(const T& A, const TriangleOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<TriangleOptions>("_linalg_maketrian");
  return call(op, options, {A}, name);
}

}  // namespace ops
}  // namespace gluino
