#pragma once

#include <gluino/ndarray/creation.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/linalg/factors-inl.h>

#include <string>
#include <utility>
#include <vector>

/// What trsm and trmm have in common, and what derivatives of triangular matrices need.
namespace gluino::triangular {

/// Ones in a triangle of n x n, its diagonal `diagonal`, and zeros.
inline NDArray triangle_of(std::int64_t n, bool lower, double diagonal, const NDArray& like) {
  std::vector<double> values(static_cast<std::size_t>(n * n));
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      const bool inside = lower ? j < i : j > i;
      values[static_cast<std::size_t>(i * n + j)] = i == j ? diagonal : inside ? 1 : 0;
    }
  }
  return nd::from(values, {n, n}).astype(like.dtype()).as_in_context(like.context());
}

/// Matrices, rows and columns exchanged.
inline NDArray swapped(const NDArray& matrices) {
  Shape order;
  for (int axis = 0; axis < matrices.ndim(); ++axis) order.push_back(axis);
  std::swap(order[matrices.ndim() - 1], order[matrices.ndim() - 2]);
  return matrices.transpose(order);
}

/// A (..., N, N) beside B: B (..., N, K), or (..., K, N) with rightside.
template <class O>
void infer(const O& o, Inference& s) {
  const std::int64_t n = factors::expect_square(0, s);
  const Shape& a = s.in(0);
  const Shape& b = s.in(1);
  bool fits = b.ndim() == a.ndim() && b[b.ndim() - (o.rightside ? 1 : 2)] == n;
  for (int i = 0; fits && i < a.ndim() - 2; ++i) fits = a[i] == b[i];
  s.expect(fits, 1, "expected matrices of ", n, o.rightside ? " columns" : " rows",
           ", as many as there are of ", a, ", got ", b);
  s.set_out(0, b);
}

/// All of the definition but the kernels.
template <class O>
OpDefinition<O> define(const std::string& name, const std::string& alias) {
  constexpr Fill kPositive{Fill::Kind::uniform, 0.5, 1.5};
  auto definition = define_op<O>(name);
  definition.aliases({alias})
      .inputs({"A", "B"})
      .field("transpose", &O::transpose, "A's transpose instead.")
      .field("rightside", &O::rightside, "A stands to the right.")
      .field("lower", &O::lower, "A's lower triangle is read, else its upper.")
      .field("alpha", &O::alpha, "What B is multiplied by.")
      .infer(infer<O>)
      .sample({}, {{{3, 3}, kPositive}, {{3, 2}}})
      .sample({.transpose = true, .alpha = -2}, {{{2, 2, 2}, kPositive}, {{2, 2, 3}}})
      .sample({.rightside = true, .lower = false}, {{{3, 3}, kPositive}, {{2, 3}}})
      .sample({.transpose = true, .rightside = true}, {{{2, 2}, kPositive}, {{3, 2}}})
      .sample({.lower = false}, {{{3, 3}, kPositive}, {{3, 2}}})
      .sample({}, {{{0, 3, 3}}, {{0, 3, 2}}})
      .sample({}, {{{3, 3}, kPositive}, {{3, 0}}});
  return definition;
}

}  // namespace gluino::triangular
