#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/formula.h>
#include <gluino/ops/linalg/factors-inl.h>
#include <gluino/ops/linalg/factors.h>
#include <gluino/ops/linalg/gemm.h>
#include <gluino/ops/linalg/triangular-inl.h>

#include <vector>

namespace gluino {
namespace {

void infer(const NoOptions& /*options*/, Inference& s) {
  const std::int64_t n = factors::expect_square(0, s);
  Shape expected = s.in(0);
  expected[expected.ndim() - 1] = s.in(1).ndim() == expected.ndim() ? s.in(1).back() : 0;
  s.expect(s.in(1) == expected, 1, "expected matrices of ", n, " rows, as many as there are of ",
           s.in(0), ", got ", s.in(1));
  s.set_out(0, s.in(1));
}

void solve(const NoOptions& /*options*/, const Call& call) {
  const Tensor &a = call.in[0], &b = call.in[1];
  const std::int64_t n = a.shape.back(), columns = b.shape.back();
  if (b.size() == 0) return;
  dispatch_real(a.dtype, "solve", [&]<class T>() {
    factors::each_matrix(factors::count_of(a.shape), n, [&](std::int64_t m) {
      const factors::Matrix<T> factored(a.as<T>() + m * n * n, n, n);
      const Temporary<int> pivots(n);
      const auto determinant = kernels::factor(factored.data(), n, pivots.data());
      check(determinant.sign != 0, "LinAlgError: matrix ", m, " of A is singular");
      const T* const from = b.as<T>() + m * n * columns;
      T* const x = call.out[0].as<T>() + m * n * columns;
      if (x != from) std::copy_n(from, n * columns, x);
      kernels::solve_factored(factored.data(), n, pivots.data(), x, columns);
    });
  });
}

// dB = A^-T dX, dA = -dB X^T.
std::vector<NDArray> derivative_of(const NoOptions& /*options*/, const DerivativeCall& call) {
  const NDArray &a = call.in[0], &x = call.out[0];
  if (x.size() == 0) return {derivative::zeros(a), derivative::zeros(x)};
  const NDArray db = ops::linalg_solve(triangular::swapped(a), call.out_grad[0]);
  return {ops::linalg_gemm2(db, x, {.transpose_b = true, .alpha = -1}), db};
}

constexpr Fill kDistinct{Fill::Kind::distinct, 1, 3};

const auto registered = define_op("_linalg_solve")
                            .doc("X with A X = B, of square matrices A.")
                            .inputs({"A", "B"})
                            .infer(infer)
                            .forward(solve)
                            .backward(
                                [](const NoOptions& o, const GradientCall& call) {
                                  formula::backward_by(call, [&](const DerivativeCall& again) {
                                    return derivative_of(o, again);
                                  });
                                },
                                Op::inputs | Op::outputs)
                            .derivative(derivative_of)
                            .sample({}, {{{2, 2}, kDistinct}, {{2, 3}}})
                            .sample({}, {{{3, 2, 2}, kDistinct}, {{3, 2, 1}}})
                            .sample({}, {{{0, 3, 3}}, {{0, 3, 2}}});

}  // namespace
}  // namespace gluino
