#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/linalg/factors-inl.h>
#include <gluino/ops/linalg/factors.h>
#include <gluino/ops/linalg/gemm.h>
#include <gluino/ops/linalg/triangular-inl.h>

#include <vector>

namespace gluino {
namespace {

using factors::Matrix;

void infer_potrf(const CholeskyOptions& /*o*/, Inference& s) {
  factors::expect_square(0, s);
  s.set_out(0, s.in(0));
}

void potrf(const CholeskyOptions& o, const Call& call) {
  const Tensor& a = call.in[0];
  const std::int64_t n = a.shape.back();
  if (a.size() == 0) return;
  dispatch_real(a.dtype, "potrf", [&]<class T>() {
    factors::each_matrix(factors::count_of(a.shape), n, [&](std::int64_t i) {
      const T* const from = a.as<T>() + i * n * n;
      T* const to = call.out[0].as<T>() + i * n * n;
      if (from != to) std::copy_n(from, n * n, to);
      check(kernels::cholesky(to, n, factors::triangle_of(o)), "[_linalg_potrf] A: matrix ", i,
            " is not positive definite");
    });
  });
}

// With P the lower triangle of L^T dL, half its diagonal: S = L^-T P L^-1, dA = (S + S^T) / 2, as
// A is symmetric and stays so (Murray, 2016). U is L^T.
template <class T>
void potrf_gradient(bool lower, const T* l, const T* dl, std::int64_t n, T* da) {
  // What stands above the diagonal of dL belongs to zeros, and may be no number.
  const Matrix<T> below(n, n), s(n, n);
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      below.at(i, j) = j <= i ? dl[lower ? i * n + j : j * n + i] : T(0);
    }
  }
  const auto factor = factors::square(l, n);
  s.set_product(lower ? factor.transposed() : factor, below.view());
  for (std::int64_t i = 0; i < n; ++i) {
    s.at(i, i) /= 2;
    std::fill(&s.at(i, 0) + i + 1, &s.at(i, 0) + n, T(0));
  }
  kernels::solve_triangular({.lower = lower, .transpose = lower}, l, n, s.data(), n, n);
  kernels::solve_triangular({.lower = lower, .transpose = !lower, .right = true}, l, n, s.data(), n,
                            n);
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < n; ++j) da[i * n + j] = (s.at(i, j) + s.at(j, i)) / 2;
  }
}

void potrf_backward(const CholeskyOptions& o, const GradientCall& call) {
  const Tensor& da = call.in_grad[0];
  const std::int64_t n = da.shape.back();
  if (da.size() == 0) return;
  dispatch_real(da.dtype, "potrf", [&]<class T>() {
    factors::each_matrix(factors::count_of(da.shape), n, [&](std::int64_t m) {
      potrf_gradient(o.lower, call.out[0].as<T>() + m * n * n, call.out_grad[0].as<T>() + m * n * n,
                     n, da.as<T>() + m * n * n);
    });
  });
}

std::vector<NDArray> potrf_derivative(const CholeskyOptions& o, const DerivativeCall& call) {
  const NDArray& l = call.out[0];
  if (l.size() == 0) return {derivative::zeros(l)};
  // All of it transposed of U.
  const NDArray& dl = call.out_grad[0];
  const NDArray product = o.lower ? ops::linalg_gemm2(l, dl, {.transpose_a = true})
                                  : ops::linalg_gemm2(dl, l, {.transpose_b = true});
  const NDArray p = product * triangular::triangle_of(l.shape().back(), o.lower, 0.5, l);
  const NDArray left = ops::linalg_trsm(l, p, {.transpose = o.lower, .lower = o.lower});
  const NDArray s =
      ops::linalg_trsm(l, left, {.transpose = !o.lower, .rightside = true, .lower = o.lower});
  return {(s + triangular::swapped(s)) / 2};
}

const auto potrf_op =
    define_op<CholeskyOptions>("_linalg_potrf")
        .aliases({"linalg_potrf"})
        .doc("The triangular factors of positive definite matrices.")
        .inputs({"A"})
        .field("lower", &CholeskyOptions::lower,
               "The lower factor, times its transpose; else the upper one, its transpose times it.")
        .infer(infer_potrf)
        .forward(potrf)
        .backward(potrf_backward, Op::outputs)
        .derivative(potrf_derivative)
        // Larger ones that are positive definite are no numbers drawn at random: linalg_test.cc.
        .sample({}, {{{1, 1}, {Fill::Kind::uniform, 1, 3}}})
        .sample({}, {{{3, 1, 1}, {Fill::Kind::uniform, 1, 3}}})
        .sample({.lower = false}, {{{2, 1, 1}, {Fill::Kind::uniform, 1, 3}}})
        .sample({}, {{{0, 3, 3}}})
        .sample({}, {{{0, 0}}});

kernels::TriangularSystem system_of(const TrsmOptions& o) {
  return {.lower = o.lower, .transpose = o.transpose, .right = o.rightside};
}

void trsm(const TrsmOptions& o, const Call& call) {
  const Tensor& a = call.in[0];
  const Tensor& x = call.out[0];
  const std::int64_t n = a.shape.back();
  const std::int64_t rows = x.shape[x.shape.ndim() - 2], columns = x.shape.back();
  if (x.size() == 0) return;
  dispatch_real(a.dtype, "trsm", [&]<class T>() {
    const std::int64_t size = rows * columns;
    const T alpha = static_cast<T>(o.alpha);
    factors::each_matrix(factors::count_of(a.shape), n, [&](std::int64_t m) {
      const T* const from = call.in[1].as<T>() + m * size;
      T* const to = x.as<T>() + m * size;
      for (std::int64_t i = 0; i < size; ++i) to[i] = alpha * from[i];
      kernels::solve_triangular(system_of(o), a.as<T>() + m * n * n, n, to, rows, columns);
    });
  });
}

// With Z = op(A)^-T dX: dB = alpha Z and dA = -Z X^T of the left, -X^T Z of the right side,
// transposed as A is, of its triangle.
template <class T>
void trsm_gradient(const TrsmOptions& o, const T* a, std::int64_t n, const T* x, const Matrix<T>& z,
                   std::int64_t rows, std::int64_t columns, T* da) {
  kernels::TriangularSystem system = system_of(o);
  system.transpose = !system.transpose;
  kernels::solve_triangular(system, a, n, z.data(), rows, columns);
  if (da == nullptr) return;
  const kernels::MatrixView<T> of_x{x, rows, columns, columns, 1};
  const auto left = o.transpose == o.rightside ? z.view() : of_x;
  const auto right = o.transpose == o.rightside ? of_x : z.view();
  const Matrix<T> product(n, n);
  if (o.rightside) {
    product.set_product(left.transposed(), right);
  } else {
    product.set_product(left, right.transposed());
  }
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      da[i * n + j] = (o.lower ? j <= i : j >= i) ? -product.at(i, j) : T(0);
    }
  }
}

void trsm_backward(const TrsmOptions& o, const GradientCall& call) {
  const Tensor& a = call.in[0];
  const Tensor& dx = call.out_grad[0];
  const std::int64_t n = a.shape.back();
  const std::int64_t rows = dx.shape[dx.shape.ndim() - 2], columns = dx.shape.back();
  dispatch_real(a.dtype, "trsm", [&]<class T>() {
    const T alpha = static_cast<T>(o.alpha);
    factors::each_matrix(factors::count_of(a.shape), n, [&](std::int64_t m) {
      const std::int64_t size = rows * columns;
      const Matrix<T> z(dx.as<T>() + m * size, rows, columns);
      trsm_gradient(o, a.as<T>() + m * n * n, n, call.out[0].as<T>() + m * size, z, rows, columns,
                    factors::matrix_of<T>(call.in_grad[0], m, n * n));
      for (std::int64_t i = 0; call.in_grad[1] && i < size; ++i) {
        call.in_grad[1].as<T>()[m * size + i] = alpha * z.data()[i];
      }
    });
  });
}

std::vector<NDArray> trsm_derivative(const TrsmOptions& o, const DerivativeCall& call) {
  const NDArray& a = call.in[0];
  const NDArray& x = call.out[0];
  if (x.size() == 0) return {derivative::zeros(a), derivative::zeros(x)};
  const NDArray z = ops::linalg_trsm(
      a, call.out_grad[0], {.transpose = !o.transpose, .rightside = o.rightside, .lower = o.lower});
  // Of op(A); of A it is transposed as A is.
  const NDArray& left = o.rightside ? x : z;
  const NDArray& right = o.rightside ? z : x;
  const NDArray product = ops::linalg_gemm2(
      left, right, {.transpose_a = o.rightside, .transpose_b = !o.rightside, .alpha = -1});
  const NDArray da = o.transpose ? triangular::swapped(product) : product;
  return {da * triangular::triangle_of(a.shape().back(), o.lower, 1, a), z * o.alpha};
}

const auto trsm_op = triangular::define<TrsmOptions>("_linalg_trsm", "linalg_trsm")
                         .doc("The solutions of triangular systems.")
                         .forward(trsm)
                         .backward(trsm_backward, Op::inputs | Op::outputs)
                         .derivative(trsm_derivative);

}  // namespace
}  // namespace gluino
