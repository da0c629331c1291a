#include <gluino/ops/linalg/factors-inl.h>
#include <gluino/ops/linalg/factors.h>
#include <gluino/ops/linalg/gemm.h>
#include <gluino/ops/numpy/arrays-inl.h>

#include <vector>

/// NumPy's eigenvalues of symmetric matrices, singular values, and triangles.
namespace gluino {
namespace {

using namespace numpy;

struct EighOptions {
  std::string uplo = "L";
};

Shape without_last(Shape shape) {
  shape.erase(shape.ndim() - 1);
  return shape;
}

void eigh_forward(const EighOptions& o, const Call& call, bool vectors) {
  const Tensor& a = call.in[0];
  if (a.size() == 0) return;
  const std::int64_t n = a.shape.back();
  const bool lower = o.uplo == "L";
  dispatch_real(a.dtype, "eigh", [&]<class T>() {
    factors::each_matrix(factors::count_of(a.shape), n, [&](std::int64_t m) {
      const factors::Matrix<T> v(n, n);
      const T* from = a.as<T>() + m * n * n;
      for (std::int64_t i = 0; i < n; ++i) {
        for (std::int64_t j = 0; j <= i; ++j)
          v.at(i, j) = lower ? from[i * n + j] : from[j * n + i];
      }
      check(kernels::eigen_symmetric(v.data(), n, call.out[0].as<T>() + m * n),
            "LinAlgError: the eigenvalues of matrix ", m, " are not found");
      for (std::int64_t i = 0; vectors && i < n; ++i) {
        for (std::int64_t j = 0; j < n; ++j) {
          call.out[1].as<T>()[(m * n + i) * n + j] = v.at(j, i);
        }
      }
    });
  });
}

NDArray times(const NDArray& a, const NDArray& b, bool transpose_a = false,
              bool transpose_b = false) {
  return ops::linalg_gemm2(a, b, {.transpose_a = transpose_a, .transpose_b = transpose_b});
}

NDArray swapped(const NDArray& x) { return ops::swapaxes(x, {.dim1 = -2, .dim2 = -1}); }

NDArray as_row(const NDArray& x) { return ops::expand_dims(x, {.axis = -2}); }
NDArray as_column(const NDArray& x) { return ops::expand_dims(x, {.axis = -1}); }

NDArray unit_of(const NDArray& like, std::int64_t n) {
  static const Op& op = Op::get<EyeOptions>("_eye");
  const EyeOptions options{.n = n, .ctx = like.context(), .dtype = like.dtype()};
  Shape shape = Shape::filled(like.ndim(), 1);
  shape[like.ndim() - 1] = shape[like.ndim() - 2] = n;
  return reshaped(apply(op, &options, In()), shape);
}

// Numbers x_j - x_i inverted, 0 where there is no difference.
NDArray inverse_differences(const NDArray& x) {
  const NDArray away = as_row(x) - as_column(x);
  const NDArray same = away == 0.0;
  return (1.0 - same) / (away + same);
}

// A = V diag(w) V^T: dA = V (diag(dw) + F o V^T dV) V^T, F_ij = 1 / (w_j - w_i), symmetric as A is
// and stays (Giles, 2008).
NDArray eigh_derivative(const NDArray& w, const NDArray& v, const NDArray& dw, const NDArray& dv) {
  const std::int64_t n = v.shape().back();
  NDArray inner;
  if (dv.defined()) inner = inverse_differences(w) * times(v, dv, true);
  if (dw.defined()) {
    const NDArray diagonal = as_row(dw) * unit_of(v, n);
    inner = inner.defined() ? inner + diagonal : diagonal;
  }
  const NDArray whole = times(times(v, inner), v, false, true);
  return (whole + swapped(whole)) / 2;
}

constexpr Fill kPositive{Fill::Kind::uniform, 1, 3};

void check_uplo(const EighOptions& o, const Inference& s) {
  s.expect(o.uplo == "L" || o.uplo == "U", -1, "UPLO: expected \"L\" or \"U\", got \"", o.uplo,
           "\"");
}

std::vector<NDArray> no_elements(const DerivativeCall& call) {
  return {derivative::zeros(call.in[0])};
}

std::vector<NDArray> derivative_of_eigh(const EighOptions& /*o*/, const DerivativeCall& call) {
  if (call.in[0].size() == 0) return no_elements(call);
  return {eigh_derivative(call.out[0], call.out[1], call.out_grad[0],
                          call.out_grad.size() > 1 ? call.out_grad[1] : NDArray())};
}

[[maybe_unused]] const bool eigh = [] {
  define_op<EighOptions>("_npi_eigh")
      .doc("Eigenvalues, rising, and eigenvectors, as columns, of symmetric matrices.")
      .inputs({"A"})
      .outputs({"w", "v"}, 2)
      .field("UPLO", &EighOptions::uplo, "Which triangle of A is read: L or U.")
      .infer(+[](const EighOptions& o, Inference& s) {
        check_uplo(o, s);
        factors::expect_square(0, s);
        s.set_out(0, without_last(s.in(0)));
        s.set_out(1, s.in(0));
      })
      .forward([](const EighOptions& o, const Call& call) {
        eigh_forward(o, call, static_cast<bool>(call.out[1]));
      })
      .backward(
          [](const EighOptions& o, const GradientCall& call) {
            formula::backward_by(
                call, [&](const DerivativeCall& again) { return derivative_of_eigh(o, again); });
          },
          Op::outputs)
      .derivative(derivative_of_eigh)
      .sample({}, {{{1, 1}, kPositive}})
      .sample({.uplo = "U"}, {{{3, 1, 1}, kPositive}})
      .sample({}, {{{0, 3, 3}}})
      .sample({}, {{{0, 0}}});
  return true;
}();

const auto eigvalsh =
    formula::define<EighOptions>("_npi_eigvalsh",
                                 [](const EighOptions& o, In in) {
                                   return apply_all(Op::get<EighOptions>("_npi_eigh"), &o, in)[0];
                                 })
        .doc("The eigenvalues, rising, of symmetric matrices.")
        .inputs({"A"})
        .types(Types::real)
        .field("UPLO", &EighOptions::uplo, "Which triangle of A is read: L or U.")
        .sample({}, {{{1, 1}, kPositive}})
        .sample({.uplo = "U"}, {{{3, 1, 1}, kPositive}})
        .sample({}, {{{0, 3, 3}}});

void infer_svd(const NoOptions& /*o*/, Inference& s) {
  const Shape& a = s.in(0);
  s.expect(a.ndim() >= 2 && a[a.ndim() - 2] <= a.back(), 0,
           "expected matrices (..., M, N) of no more rows than columns, got ", a);
  Shape rows = without_last(a);
  s.set_out(1, rows);
  rows.push_back(rows.back());
  s.set_out(0, rows);
  s.set_out(2, a);
}

void svd_forward(const NoOptions& /*o*/, const Call& call) {
  const Tensor& a = call.in[0];
  const std::int64_t n = a.shape.back(), m = a.shape[a.shape.ndim() - 2];
  if (m == 0) return;
  dispatch_real(a.dtype, "svd", [&]<class T>() {
    factors::each_matrix(factors::count_of(a.shape), n, [&](std::int64_t i) {
      const factors::Matrix<T> room(a.as<T>() + i * m * n, m, n);
      check(kernels::singular_values(room.data(), m, n, call.out[0].as<T>() + i * m * m,
                                     call.out[1].as<T>() + i * m, call.out[2].as<T>() + i * m * n),
            "LinAlgError: the singular values of matrix ", i, " are not found");
    });
  });
}

// A = U diag(s) V, V (M, N): dA = U ((J + J^T) s + s (K + K^T) + diag(ds)) V
// + U s^-1 dV (1 - V^T V), J = F o U^T dU, K = F o V dV^T, F_ij = 1 / (s_j^2 - s_i^2)
// (Townsend, 2016).
std::vector<NDArray> svd_derivative(const NoOptions& /*o*/, const DerivativeCall& call) {
  if (call.in[0].size() == 0) return no_elements(call);
  const NDArray &u = call.out[0], &s = call.out[1], &v = call.out[2];
  const NDArray &du = call.out_grad[0], &ds = call.out_grad[1], &dv = call.out_grad[2];
  const NDArray factors = inverse_differences(s * s);
  NDArray inner = u * 0.0;
  if (ds.defined()) inner = inner + as_row(ds) * unit_of(u, u.shape().back());
  if (du.defined()) {
    const NDArray j = factors * times(u, du, true);
    inner = inner + (j + swapped(j)) * as_row(s);
  }
  if (dv.defined()) {
    const NDArray k = factors * times(v, dv, false, true);
    inner = inner + as_column(s) * (k + swapped(k));
  }
  NDArray gradient = times(times(u, inner), v);
  if (dv.defined()) {
    const NDArray outside = dv - times(times(dv, v, false, true), v);
    gradient = gradient + times(u, outside / as_column(s));
  }
  return {gradient};
}

const auto svd =
    define_op("_npi_svd")
        .doc(
            "Matrices (..., M, N), M <= N, as U diag(L) V: singular values, falling, between "
            "orthonormal ones, of each row of V the largest element positive.")
        .inputs({"A"})
        .outputs({"UT", "L", "V"}, 3)
        .infer(infer_svd)
        .forward(svd_forward)
        .backward(
            [](const NoOptions& o, const GradientCall& call) {
              formula::backward_by(
                  call, [&](const DerivativeCall& again) { return svd_derivative(o, again); });
            },
            Op::outputs)
        .derivative(svd_derivative)
        .sample({}, {{{1, 3}, kPositive}})
        .sample({}, {{{2, 1, 1}, kPositive}})
        .sample({}, {{{0, 3, 4}}})
        .sample({}, {{{0, 0}}});

// Of the first columns, no more than rows, by the transposed: it is a triangle before rows that are
// orthonormal. Of the others r is what is left of them among these.
Arrays qr_of(const NoOptions& /*o*/, In in) {
  const NDArray& a = in[0];
  check(a.ndim() >= 2, "ValueError: expected matrices (..., M, N), got ", a.shape());
  const std::int64_t rows = a.shape()[a.ndim() - 2], columns = a.shape().back();
  const std::int64_t count = std::min(rows, columns);
  if (a.size() == 0) {
    Shape q = a.shape(), r = a.shape();
    q[a.ndim() - 1] = r[a.ndim() - 2] = count;
    return {filled(q, 0, a.dtype(), a.context()), filled(r, 0, a.dtype(), a.context())};
  }
  const int last = a.ndim() - 1;
  const auto lq = ops::linalg_gelqf(swapped(part_of(a, last, 0, count)));
  const NDArray q = swapped(lq[0]), r = swapped(lq[1]);
  if (count == columns) return {q, r};
  return {q, ops::concat({r, times(q, part_of(a, last, count, columns), true)}, {.dim = last})};
}

const auto qr = formula::define<NoOptions>("_npi_qr", qr_of)
                    .doc("Matrices as products of orthonormal and upper triangular ones.")
                    .inputs({"A"})
                    .outputs({"q", "r"}, 2)
                    .types(Types::real)
                    .sample({}, {{{3, 3}, {Fill::Kind::distinct, -2, 2}}})
                    .sample({}, {{{2, 4, 2}, {Fill::Kind::distinct, -2, 2}}})
                    .sample({}, {{{2, 3}, {Fill::Kind::distinct, -2, 2}}})
                    .sample({}, {{{0, 2, 3}}});

}  // namespace
}  // namespace gluino
