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

using factors::Triangle;

void infer_potrf(const NoOptions& /*options*/, Inference& s) {
  factors::expect_square(0, s);
  s.set_out(0, s.in(0));
}

void potrf(const NoOptions& /*options*/, const Call& call) {
  const Tensor& a = call.in[0];
  const std::int64_t n = a.shape.back();
  if (a.size() == 0) return;
  dispatch_real(a.dtype, "potrf", [&]<class T>() {
    factors::each_matrix(factors::count_of(a.shape), n, [&](std::int64_t i, double* room) {
      std::copy_n(a.as<T>() + i * n * n, n * n, room);
      check(factors::cholesky(room, n), "[_linalg_potrf] A: matrix ", i,
            " is not positive definite");
      std::copy_n(room, n * n, call.out[0].as<T>() + i * n * n);
    });
  });
}

// With P the lower triangle of L^T dL, half its diagonal: S = L^-T P L^-1, dA = (S + S^T) / 2, as
// A is symmetric and stays so (Murray, 2016).
template <class T>
void potrf_gradient(const T* l, const T* dl, std::int64_t n, double* factor, T* da) {
  std::copy_n(l, n * n, factor);
  const Temporary<double> room(n * n);
  double* s = room.data();
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      double sum = 0;
      for (std::int64_t k = i; j <= i && k < n; ++k) sum += factor[k * n + i] * dl[k * n + j];
      s[i * n + j] = i == j ? sum / 2 : sum;
    }
  }
  // L^-T from the left, by columns, and L^-1 from the right, by rows: both solve with L^T.
  const Triangle transposed{.a = factor, .n = n, .lower = true, .transposed = true};
  for (std::int64_t j = 0; j < n; ++j) factors::solve(transposed, s + j, n);
  for (std::int64_t i = 0; i < n; ++i) factors::solve(transposed, s + i * n, 1);
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      da[i * n + j] = static_cast<T>((s[i * n + j] + s[j * n + i]) / 2);
    }
  }
}

void potrf_backward(const NoOptions& /*options*/, const GradientCall& call) {
  const Tensor& da = call.in_grad[0];
  const std::int64_t n = da.shape.back();
  if (da.size() == 0) return;
  dispatch_real(da.dtype, "potrf", [&]<class T>() {
    factors::each_matrix(factors::count_of(da.shape), n, [&](std::int64_t i, double* room) {
      potrf_gradient(call.out[0].as<T>() + i * n * n, call.out_grad[0].as<T>() + i * n * n, n, room,
                     da.as<T>() + i * n * n);
    });
  });
}

std::vector<NDArray> potrf_derivative(const NoOptions& /*options*/, const DerivativeCall& call) {
  const NDArray& l = call.out[0];
  if (l.size() == 0) return {derivative::zeros(l)};
  const NDArray product = ops::linalg_gemm2(l, call.out_grad[0], {.transpose_a = true});
  const NDArray p = product * triangular::triangle_of(l.shape().back(), true, 0.5, l);
  const NDArray left = ops::linalg_trsm(l, p, {.transpose = true});
  const NDArray s = ops::linalg_trsm(l, left, {.rightside = true});
  return {(s + triangular::swapped(s)) / 2};
}

const auto potrf_op =
    define_op("_linalg_potrf")
        .aliases({"linalg_potrf"})
        .doc("The lower triangular factors of positive definite matrices.")
        .inputs({"A"})
        .infer(infer_potrf)
        .forward(potrf)
        .backward(potrf_backward, Op::outputs)
        .derivative(potrf_derivative)
        // Larger ones that are positive definite are no numbers drawn at random: linalg_test.cc.
        .sample({}, {{{1, 1}, {Fill::Kind::uniform, 1, 3}}})
        .sample({}, {{{3, 1, 1}, {Fill::Kind::uniform, 1, 3}}})
        .sample({}, {{{0, 3, 3}}})
        .sample({}, {{{0, 0}}});

// b (rows, columns), in place, = the solution for it.
void solve_all(const TrsmOptions& o, const double* a, std::int64_t n, std::int64_t rows,
               std::int64_t columns, double* b) {
  // X op(A) = B is op(A)^T X^T = B^T.
  const Triangle t{.a = a, .n = n, .lower = o.lower, .transposed = o.transpose != o.rightside};
  for (std::int64_t i = 0; i < (o.rightside ? rows : columns); ++i) {
    factors::solve(t, o.rightside ? b + i * columns : b + i, o.rightside ? 1 : columns);
  }
}

void trsm(const TrsmOptions& o, const Call& call) {
  const Tensor& a = call.in[0];
  const Tensor& x = call.out[0];
  const std::int64_t n = a.shape.back();
  const std::int64_t rows = x.shape[x.shape.ndim() - 2], columns = x.shape.back();
  if (x.size() == 0) return;
  dispatch_real(a.dtype, "trsm", [&]<class T>() {
    factors::each_matrix(factors::count_of(a.shape), n, [&](std::int64_t m, double* room) {
      std::copy_n(a.as<T>() + m * n * n, n * n, room);
      const std::int64_t size = rows * columns;
      const Temporary<double> b(size);
      for (std::int64_t i = 0; i < size; ++i) {
        b.data()[i] = o.alpha * call.in[1].as<T>()[m * size + i];
      }
      solve_all(o, room, n, rows, columns, b.data());
      std::copy_n(b.data(), size, x.as<T>() + m * size);
    });
  });
}

// With Z = op(A)^-T dX: dB = alpha Z and dA = -Z X^T of the left, -X^T Z of the right side,
// transposed as A is, of its triangle.
template <class T>
void trsm_gradient(const TrsmOptions& o, const double* a, std::int64_t n, std::int64_t rows,
                   std::int64_t columns, const T* x, double* z, T* da) {
  TrsmOptions other = o;
  other.transpose = !o.transpose;
  solve_all(other, a, n, rows, columns, z);
  if (da == nullptr) return;
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      double sum = 0;
      const std::int64_t r = o.transpose ? j : i, c = o.transpose ? i : j;
      if (o.rightside) {
        for (std::int64_t k = 0; k < rows; ++k) sum -= x[k * n + r] * z[k * n + c];
      } else {
        for (std::int64_t k = 0; k < columns; ++k) sum -= z[r * columns + k] * x[c * columns + k];
      }
      da[i * n + j] = (o.lower ? j <= i : j >= i) ? static_cast<T>(sum) : T(0);
    }
  }
}

void trsm_backward(const TrsmOptions& o, const GradientCall& call) {
  const Tensor& a = call.in[0];
  const Tensor& dx = call.out_grad[0];
  const std::int64_t n = a.shape.back();
  const std::int64_t rows = dx.shape[dx.shape.ndim() - 2], columns = dx.shape.back();
  dispatch_real(a.dtype, "trsm", [&]<class T>() {
    factors::each_matrix(factors::count_of(a.shape), n, [&](std::int64_t m, double* room) {
      std::copy_n(a.as<T>() + m * n * n, n * n, room);
      const std::int64_t size = rows * columns;
      const Temporary<double> z(size);
      std::copy_n(dx.as<T>() + m * size, size, z.data());
      T* da = call.in_grad[0].as<T>();
      trsm_gradient(o, room, n, rows, columns, call.out[0].as<T>() + m * size, z.data(),
                    da == nullptr ? nullptr : da + m * n * n);
      for (std::int64_t i = 0; call.in_grad[1] && i < size; ++i) {
        call.in_grad[1].as<T>()[m * size + i] = static_cast<T>(o.alpha * z.data()[i]);
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
