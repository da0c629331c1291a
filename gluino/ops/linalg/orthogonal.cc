#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/linalg/factors-inl.h>
#include <gluino/ops/linalg/factors.h>
#include <gluino/ops/linalg/gemm.h>
#include <gluino/ops/linalg/triangles.h>
#include <gluino/ops/linalg/triangular-inl.h>

#include <type_traits>
#include <vector>

namespace gluino {
namespace {

using factors::Matrix;
using factors::matrix_of;

void infer_lq(const NoOptions& /*options*/, Inference& s) {
  const Shape& a = s.in(0);
  s.expect(a.ndim() >= 2 && a[a.ndim() - 2] <= a.back(), 0,
           "expected matrices with no more rows than columns, got ", a);
  Shape square = a;
  square[a.ndim() - 1] = a[a.ndim() - 2];
  s.set_out(0, a);
  s.set_out(1, square);
}

void lq(const NoOptions& /*options*/, const Call& call) {
  const Tensor& a = call.in[0];
  const std::int64_t m = a.shape[a.shape.ndim() - 2], n = a.shape.back();
  if (a.size() == 0) return;
  dispatch_real(a.dtype, "gelqf", [&]<class T>() {
    factors::each_matrix(factors::count_of(a.shape), n, [&](std::int64_t i) {
      const Matrix<T> q(a.as<T>() + i * m * n, m, n), l(m, m);
      kernels::lower_times_orthogonal(q.data(), m, n, l.data());
      if (call.out[0]) q.copy_to(call.out[0].as<T>() + i * m * n);
      if (call.out[1]) l.copy_to(call.out[1].as<T>() + i * m * m);
    });
  });
}

// With M = L^T dL - dQ Q^T, of which the lower triangle is mirrored: dA = L^-T (dQ + M Q) (Seeger,
// Hetzel, Dai, Meissner and Lawrence, Auto-differentiating linear algebra, 2017).
void lq_backward(const NoOptions& /*options*/, const GradientCall& call) {
  const Tensor& da = call.in_grad[0];
  const std::int64_t m = da.shape[da.shape.ndim() - 2], n = da.shape.back();
  if (da.size() == 0) return;
  dispatch_real(da.dtype, "gelqf", [&]<class T>() {
    factors::each_matrix(factors::count_of(da.shape), n, [&](std::int64_t i) {
      const Matrix<T> q(call.out[0].as<T>() + i * m * n, m, n);
      const Matrix<T> l(call.out[1].as<T>() + i * m * m, m, m);
      const Matrix<T> dq(matrix_of<T>(call.out_grad[0], i, m * n), m, n);
      const Matrix<T> dl(matrix_of<T>(call.out_grad[1], i, m * m), m, m);
      const Matrix<T> middle(m, m), of_l(m, m);
      middle.set_product(dq.view(), q.transposed());
      of_l.set_product(l.transposed(), dl.view());
      for (std::int64_t r = 0; r < m; ++r) {
        for (std::int64_t c = 0; c <= r; ++c) {
          middle.at(r, c) = middle.at(c, r) = of_l.at(r, c) - middle.at(r, c);
        }
      }
      dq.set_product(middle.view(), q.view(), true);
      kernels::solve_triangular({.transpose = true}, l.data(), m, dq.data(), m, n);
      dq.copy_to(da.as<T>() + i * m * n);
    });
  });
}

std::vector<NDArray> lq_derivative(const NoOptions& /*options*/, const DerivativeCall& call) {
  const NDArray &q = call.out[0], &l = call.out[1];
  if (q.size() == 0) return {derivative::zeros(q)};
  const auto or_zeros = [](const NDArray& head, const NDArray& like) {
    return head.defined() ? head : derivative::zeros(like);
  };
  const NDArray dq = or_zeros(call.out_grad[0], q), dl = or_zeros(call.out_grad[1], l);
  const NDArray m = ops::linalg_gemm2(l, dl, {.transpose_a = true}) -
                    ops::linalg_gemm2(dq, q, {.transpose_b = true});
  const std::int64_t n = l.shape().back();
  const NDArray below = m * triangular::triangle_of(n, true, 0.5, l);
  const NDArray sum = dq + ops::linalg_gemm2(below + triangular::swapped(below), q);
  return {ops::linalg_trsm(l, sum, {.transpose = true})};
}

const auto lq_op = define_op("_linalg_gelqf")
                       .aliases({"linalg_gelqf"})
                       .doc("Matrices as products of a lower triangular and an orthonormal one.")
                       .inputs({"A"})
                       .outputs({"output0", "output1"}, 2)
                       .infer(infer_lq)
                       .forward(lq)
                       .backward(lq_backward, Op::outputs)
                       .derivative(lq_derivative)
                       .sample({}, {{{3, 4}, {Fill::Kind::distinct, -2, 2}}})
                       .sample({}, {{{2, 2, 2}, {Fill::Kind::distinct, -2, 2}}})
                       .sample({}, {{{1, 1}, {Fill::Kind::uniform, 1, 2}}})
                       .sample({}, {{{0, 2, 3}}})
                       .sample({}, {{{2, 0, 3}}});

void infer_eigen(const NoOptions& /*options*/, Inference& s) {
  factors::expect_square(0, s);
  s.set_out(0, s.in(0));
  Shape values = s.in(0);
  values.erase(values.ndim() - 1);
  s.set_out(1, values);
}

void eigen(const NoOptions& /*options*/, const Call& call) {
  const Tensor& a = call.in[0];
  const std::int64_t n = a.shape.back();
  if (a.size() == 0) return;
  dispatch_real(a.dtype, "syevd", [&]<class T>() {
    factors::each_matrix(factors::count_of(a.shape), n, [&](std::int64_t i) {
      const Matrix<T> vectors(a.as<T>() + i * n * n, n, n), values(1, n);
      check(kernels::eigen_symmetric(vectors.data(), n, values.data()),
            "[_linalg_syevd] A: the eigenvalues of matrix ", i, " are not found");
      if (call.out[0]) vectors.copy_to(call.out[0].as<T>() + i * n * n);
      if (call.out[1]) values.copy_to(call.out[1].as<T>() + i * n);
    });
  });
}

// dA = U^T (S + diag(dlambda)) U, where S is the symmetric part of dU U^T with element (i, j)
// divided by lambda_i - lambda_j (the same source). Eigenvalues that are equal count as being
// apart a little, as in MXNet.
void eigen_backward(const NoOptions& /*options*/, const GradientCall& call) {
  const Tensor& da = call.in_grad[0];
  const std::int64_t n = da.shape.back();
  if (da.size() == 0) return;
  dispatch_real(da.dtype, "syevd", [&]<class T>() {
    constexpr T kApart = static_cast<T>(std::is_same_v<T, float> ? 1e-30 : 1e-100);
    factors::each_matrix(factors::count_of(da.shape), n, [&](std::int64_t m) {
      const Matrix<T> product(n, n), half(n, n), whole(n, n);
      const auto u = factors::square(call.out[0].as<T>() + m * n * n, n);
      const T* values = call.out[1].as<T>() + m * n;
      const T* heads = matrix_of<T>(call.out_grad[1], m, n);
      product.set_product(Matrix<T>(matrix_of<T>(call.out_grad[0], m, n * n), n, n).view(),
                          u.transposed());
      for (std::int64_t i = 0; i < n; ++i) {
        for (std::int64_t j = 0; j < i; ++j) {
          const T apart = std::max(values[i] - values[j], kApart);
          product.at(i, j) = product.at(j, i) = (product.at(i, j) - product.at(j, i)) / (2 * apart);
        }
        product.at(i, i) = heads == nullptr ? 0 : heads[i];
      }
      half.set_product(product.view(), u);
      whole.set_product(u.transposed(), half.view());
      whole.copy_to(da.as<T>() + m * n * n);
    });
  });
}

std::vector<NDArray> eigen_derivative(const NoOptions& /*options*/, const DerivativeCall& call) {
  const NDArray &u = call.out[0], &values = call.out[1];
  if (u.size() == 0) return {derivative::zeros(u)};
  NDArray sum = derivative::zeros(u);
  if (call.out_grad[0].defined()) {
    Shape as_columns = u.shape(), as_rows = u.shape();
    as_columns[u.ndim() - 1] = 1;
    as_rows[u.ndim() - 2] = 1;
    const NDArray unit = ops::linalg_makediag(derivative::zeros(values) + 1);
    const NDArray apart =
        derivative::reshaped(values, as_columns) - derivative::reshaped(values, as_rows) + unit;
    const NDArray product = ops::linalg_gemm2(call.out_grad[0], u, {.transpose_b = true});
    const NDArray shares = (1 - unit) * product / apart;
    sum = (shares + triangular::swapped(shares)) / 2;
  }
  if (call.out_grad[1].defined()) sum = sum + ops::linalg_makediag(call.out_grad[1]);
  return {ops::linalg_gemm2(u, ops::linalg_gemm2(sum, u), {.transpose_a = true})};
}

const auto eigen_op =
    define_op("_linalg_syevd")
        .doc("Eigenvectors, as rows, and eigenvalues of symmetric matrices.")
        .inputs({"A"})
        .outputs({"output0", "output1"}, 2)
        .infer(infer_eigen)
        .forward(eigen)
        .backward(eigen_backward, Op::outputs)
        .derivative(eigen_derivative)
        // Numbers drawn at random are no symmetric matrix: larger ones are in linalg_test.cc.
        .sample({}, {{{1, 1}}})
        .sample({}, {{{3, 1, 1}}})
        .sample({}, {{{0, 3, 3}}})
        .sample({}, {{{2, 0, 0}}});

}  // namespace
}  // namespace gluino
