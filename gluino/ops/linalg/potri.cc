#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/linalg/factors.h>
#include <gluino/ops/linalg/gemm.h>
#include <gluino/ops/linalg/triangular-inl.h>

#include <vector>

namespace gluino {
namespace {

void infer(const CholeskyOptions& /*o*/, Inference& s) {
  factors::expect_square(0, s);
  s.set_out(0, s.in(0));
}

// Y = L^-T L^-1, or U^-1 U^-T.
void potri(const CholeskyOptions& o, const Call& call) {
  const Tensor& a = call.in[0];
  const std::int64_t n = a.shape.back();
  if (a.size() == 0) return;
  dispatch_real(a.dtype, "potri", [&]<class T>() {
    factors::each_matrix(factors::count_of(a.shape), n, [&](std::int64_t m) {
      T* const y = call.out[0].as<T>() + m * n * n;
      const T* const from = a.as<T>() + m * n * n;
      if (y != from) std::copy_n(from, n * n, y);
      check(kernels::invert_product(y, n, factors::triangle_of(o)), "[_linalg_potri] A: matrix ", m,
            " has a 0 on its diagonal");
    });
  });
}

// dL = the lower triangle of -Y (dY + dY^T) L^-T, and dU the upper one of its transpose, as L =
// U^T.
void backward(const CholeskyOptions& o, const GradientCall& call) {
  const Tensor& dl = call.in_grad[0];
  const std::int64_t n = dl.shape.back();
  if (dl.size() == 0) return;
  dispatch_real(dl.dtype, "potri", [&]<class T>() {
    factors::each_matrix(factors::count_of(dl.shape), n, [&](std::int64_t m) {
      const factors::Matrix<T> both(n, n), product(n, n);
      const T* dy = call.out_grad[0].as<T>() + m * n * n;
      for (std::int64_t i = 0; i < n; ++i) {
        for (std::int64_t j = 0; j < n; ++j) both.at(i, j) = -(dy[i * n + j] + dy[j * n + i]);
      }
      product.set_product(factors::square(call.out[0].as<T>() + m * n * n, n), both.view());
      kernels::solve_triangular({.lower = o.lower, .transpose = o.lower, .right = true},
                                call.in[0].as<T>() + m * n * n, n, product.data(), n, n);
      T* const to = dl.as<T>() + m * n * n;
      for (std::int64_t i = 0; i < n; ++i) {
        for (std::int64_t j = 0; j < n; ++j) {
          to[o.lower ? i * n + j : j * n + i] = j <= i ? product.at(i, j) : T(0);
        }
      }
    });
  });
}

std::vector<NDArray> derivative_of(const CholeskyOptions& o, const DerivativeCall& call) {
  const NDArray &l = call.in[0], &y = call.out[0], &dy = call.out_grad[0];
  if (l.size() == 0) return {derivative::zeros(l)};
  const NDArray product = ops::linalg_gemm2(y, dy + triangular::swapped(dy), {.alpha = -1});
  const NDArray solved =
      ops::linalg_trsm(l, product, {.transpose = o.lower, .rightside = true, .lower = o.lower});
  const NDArray dl = o.lower ? solved : triangular::swapped(solved);
  return {dl * triangular::triangle_of(l.shape().back(), o.lower, 1, l)};
}

constexpr Fill kPositive{Fill::Kind::uniform, 0.5, 1.5};

const auto registered = define_op<CholeskyOptions>("_linalg_potri")
                            .aliases({"linalg_potri"})
                            .doc("The inverses of what triangular matrices are factors of.")
                            .inputs({"A"})
                            .field("lower", &CholeskyOptions::lower,
                                   "Of lower triangular matrices, times their transposes; else of "
                                   "transposes of upper ones times these.")
                            .infer(infer)
                            .forward(potri)
                            .backward(backward, Op::inputs | Op::outputs)
                            .derivative(derivative_of)
                            .sample({}, {{{3, 3}, kPositive}})
                            .sample({}, {{{2, 2, 2}, kPositive}})
                            .sample({.lower = false}, {{{2, 3, 3}, kPositive}})
                            .sample({}, {{{0, 3, 3}}})
                            .sample({}, {{{2, 0, 0}}});

}  // namespace
}  // namespace gluino
