#include <gluino/kernels/cpu/products/gemm.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/linalg/factors.h>
#include <gluino/ops/linalg/gemm.h>
#include <gluino/ops/linalg/orthogonal-inl.h>
#include <gluino/ops/linalg/triangles.h>
#include <gluino/ops/linalg/triangular-inl.h>

#include <type_traits>
#include <vector>

namespace gluino {
namespace {

// Numbers of a matrix in double; zeros of one that is absent.
class Matrix {
 public:
  Matrix(std::int64_t rows, std::int64_t columns)
      : rows_(rows), columns_(columns), room_(rows * columns) {}
  template <class T>
  Matrix(const T* from, std::int64_t rows, std::int64_t columns) : Matrix(rows, columns) {
    if (from == nullptr) {
      std::fill_n(data(), size(), 0.0);
    } else {
      std::copy_n(from, size(), data());
    }
  }
  double* data() const { return room_.data(); }
  std::int64_t size() const { return rows_ * columns_; }
  double& at(std::int64_t i, std::int64_t j) const { return data()[i * columns_ + j]; }
  kernels::MatrixView<double> view() const { return {data(), rows_, columns_, columns_, 1}; }
  kernels::MatrixView<double> transposed() const { return view().transposed(); }
  // this = a b, or this += a b.
  void set_product(const kernels::MatrixView<double>& a, const kernels::MatrixView<double>& b,
                   bool add = false) const {
    kernels::gemm<double>(a, b, data(), columns_, {.accumulate = add});
  }
  template <class T>
  void copy_to(T* to) const {
    std::copy_n(data(), size(), to);
  }

 private:
  std::int64_t rows_, columns_;
  Temporary<double> room_;
};

// Matrix i of a tensor, null if it is absent.
template <class T>
T* matrix_of(const Tensor& tensor, std::int64_t i, std::int64_t size) {
  return tensor ? tensor.as<T>() + i * size : nullptr;
}

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
    factors::each_matrix(factors::count_of(a.shape), n, [&](std::int64_t i, double* room) {
      const Matrix q(m, n);
      std::copy_n(a.as<T>() + i * m * n, m * n, room);
      factors::lower_times_orthogonal(room, m, n, q.data());
      if (call.out[0]) q.copy_to(call.out[0].as<T>() + i * m * n);
      for (std::int64_t row = 0; call.out[1] && row < m; ++row) {
        std::copy_n(room + row * n, m, call.out[1].as<T>() + (i * m + row) * m);
      }
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
    factors::each_matrix(factors::count_of(da.shape), n, [&](std::int64_t i, double* /*room*/) {
      const Matrix q(call.out[0].as<T>() + i * m * n, m, n);
      const Matrix l(call.out[1].as<T>() + i * m * m, m, m);
      const Matrix dq(matrix_of<T>(call.out_grad[0], i, m * n), m, n);
      const Matrix dl(matrix_of<T>(call.out_grad[1], i, m * m), m, m);
      const Matrix middle(m, m), of_l(m, m);
      middle.set_product(dq.view(), q.transposed());
      of_l.set_product(l.transposed(), dl.view());
      for (std::int64_t r = 0; r < m; ++r) {
        for (std::int64_t c = 0; c <= r; ++c) {
          middle.at(r, c) = middle.at(c, r) = of_l.at(r, c) - middle.at(r, c);
        }
      }
      dq.set_product(middle.view(), q.view(), true);
      const factors::Triangle t{.a = l.data(), .n = m, .lower = true, .transposed = true};
      for (std::int64_t c = 0; c < n; ++c) factors::solve(t, dq.data() + c, n);
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
    factors::each_matrix(factors::count_of(a.shape), n, [&](std::int64_t i, double* room) {
      const Matrix vectors(n, n), values(1, n);
      std::copy_n(a.as<T>() + i * n * n, n * n, room);
      factors::eigen(room, n, values.data(), vectors.data());
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
    constexpr double kApart = std::is_same_v<T, float> ? 1e-30 : 1e-100;
    factors::each_matrix(factors::count_of(da.shape), n, [&](std::int64_t m, double* room) {
      const Matrix u(call.out[0].as<T>() + m * n * n, n, n), half(n, n), product(n, n);
      const T* values = call.out[1].as<T>() + m * n;
      const T* heads = matrix_of<T>(call.out_grad[1], m, n);
      product.set_product(Matrix(matrix_of<T>(call.out_grad[0], m, n * n), n, n).view(),
                          u.transposed());
      for (std::int64_t i = 0; i < n; ++i) {
        for (std::int64_t j = 0; j < i; ++j) {
          const double apart = std::max(double{values[i]} - values[j], kApart);
          product.at(i, j) = product.at(j, i) = (product.at(i, j) - product.at(j, i)) / (2 * apart);
        }
        product.at(i, i) = heads == nullptr ? 0 : heads[i];
      }
      half.set_product(product.view(), u.view());
      kernels::gemm<double>(u.transposed(), half.view(), room, n);
      std::copy_n(room, n * n, da.as<T>() + m * n * n);
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
