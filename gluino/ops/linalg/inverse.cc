#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/linalg/factors-inl.h>
#include <gluino/ops/linalg/factors.h>
#include <gluino/ops/linalg/gemm.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

namespace gluino {
namespace {

using factors::Matrix;
using kernels::Determinant;

// A matrix as LAPACK factors it.
template <class T>
class Factored {
 public:
  Factored(const T* a, std::int64_t n)
      : n_(n), factors_(a, n, n), pivots_(n), determinant_(kernels::factor(data(), n, pivots())) {}

  const Determinant& determinant() const { return determinant_; }
  T* inverted() const {
    kernels::invert_factored(data(), n_, pivots());
    return data();
  }

 private:
  T* data() const { return factors_.data(); }
  int* pivots() const { return pivots_.data(); }

  std::int64_t n_;
  Matrix<T> factors_;
  Temporary<int> pivots_;
  Determinant determinant_;
};

void infer_inverse(const NoOptions& /*options*/, Inference& s) {
  factors::expect_square(0, s);
  s.set_out(0, s.in(0));
}

void inverse(const NoOptions& /*options*/, const Call& call) {
  const Tensor& a = call.in[0];
  const std::int64_t n = a.shape.back();
  if (a.size() == 0) return;
  dispatch_real(a.dtype, "inverse", [&]<class T>() {
    factors::each_matrix(factors::count_of(a.shape), n, [&](std::int64_t i) {
      const Factored<T> factored(a.as<T>() + i * n * n, n);
      check(factored.determinant().sign != 0, "[_linalg_inverse] A: matrix ", i, " has no inverse");
      std::copy_n(factored.inverted(), n * n, call.out[0].as<T>() + i * n * n);
    });
  });
}

// dA = -Y^T dY Y^T.
void inverse_backward(const NoOptions& /*options*/, const GradientCall& call) {
  const Tensor& da = call.in_grad[0];
  const std::int64_t n = da.shape.back();
  if (da.size() == 0) return;
  dispatch_real(da.dtype, "inverse", [&]<class T>() {
    factors::each_matrix(factors::count_of(da.shape), n, [&](std::int64_t m) {
      const auto y = factors::square(call.out[0].as<T>() + m * n * n, n).transposed();
      const Matrix<T> half(n, n), whole(n, n);
      half.set_product(y, factors::square(call.out_grad[0].as<T>() + m * n * n, n));
      whole.set_product(half.view(), y);
      std::transform(whole.data(), whole.data() + n * n, da.as<T>() + m * n * n, std::negate());
    });
  });
}

std::vector<NDArray> inverse_derivative(const NoOptions& /*options*/, const DerivativeCall& call) {
  const NDArray& y = call.out[0];
  if (y.size() == 0) return {derivative::zeros(y)};
  const NDArray left = ops::linalg_gemm2(y, call.out_grad[0], {.transpose_a = true, .alpha = -1});
  return {ops::linalg_gemm2(left, y, {.transpose_b = true})};
}

const auto inverse_op = define_op("_linalg_inverse")
                            .aliases({"linalg_inverse", "_npi_inv"})
                            .doc("The inverses of matrices.")
                            .inputs({"A"})
                            .infer(infer_inverse)
                            .forward(inverse)
                            .backward(inverse_backward, Op::outputs)
                            .derivative(inverse_derivative)
                            .sample({}, {{{3, 3}, {Fill::Kind::distinct, -2, 2}}})
                            .sample({}, {{{2, 2, 2}, {Fill::Kind::distinct, -2, 2}}})
                            .sample({}, {{{0, 3, 3}}})
                            .sample({}, {{{0, 0}}});

// Of one matrix an array without axes, or where those are unknown a row of one.
template <bool kAlwaysARow>
void infer_det(const NoOptions& /*options*/, Inference& s) {
  factors::expect_square(0, s);
  Shape out = s.in(0);
  out.erase(out.ndim() - 1);
  out.erase(out.ndim() - 1);
  if (kAlwaysARow && out.empty()) out.push_back(1);
  for (int i = 0; i < s.num_outputs(); ++i) s.set_out(i, out);
}

// Calls write(i, determinant) for all matrices; that of no rows is 1.
template <class F>
void each_determinant(const Tensor& a, F write) {
  const std::int64_t n = a.shape.back();
  dispatch_real(a.dtype, "det", [&]<class T>() {
    factors::each_matrix(factors::count_of(a.shape), n, [&](std::int64_t i) {
      write(i, Factored<T>(a.as<T>() + i * n * n, n).determinant());
    });
  });
}

void det(const NoOptions& /*options*/, const Call& call) {
  const Tensor& out = call.out[0];
  each_determinant(call.in[0], [&](std::int64_t i, const Determinant& d) {
    const double value = d.sign * std::exp(d.logarithm);
    dispatch_real(out.dtype, "det",
                  [&]<class T>() { out.as<T>()[i] = static_cast<T>(d.sign == 0 ? 0 : value); });
  });
}

void slogdet(const NoOptions& /*options*/, const Call& call) {
  each_determinant(call.in[0], [&](std::int64_t i, const Determinant& d) {
    dispatch_real(call.in[0].dtype, "slogdet", [&]<class T>() {
      if (call.out[0]) call.out[0].as<T>()[i] = static_cast<T>(d.sign);
      if (call.out[1]) call.out[1].as<T>()[i] = static_cast<T>(d.logarithm);
    });
  });
}

// dA = factor A^-T, the factor by matrix number and determinant; 0 where there is no inverse, as in
// MXNet.
template <class F>
void inverse_gradient(const GradientCall& call, F factor_of) {
  const Tensor& a = call.in[0];
  const Tensor& da = call.in_grad[0];
  const std::int64_t n = a.shape.back();
  dispatch_real(a.dtype, "det", [&]<class T>() {
    factors::each_matrix(factors::count_of(a.shape), n, [&](std::int64_t m) {
      T* const to = da.as<T>() + m * n * n;
      const Factored<T> factored(a.as<T>() + m * n * n, n);
      const Determinant& d = factored.determinant();
      if (d.sign == 0) return static_cast<void>(std::fill_n(to, n * n, T(0)));
      const T* const inverted = factored.inverted();
      const double factor = factor_of.template operator()<T>(m, d);
      for (std::int64_t i = 0; i < n; ++i) {
        for (std::int64_t j = 0; j < n; ++j) {
          to[i * n + j] = static_cast<T>(factor * inverted[j * n + i]);
        }
      }
    });
  });
}

void det_backward(const NoOptions& /*options*/, const GradientCall& call) {
  inverse_gradient(call, [&]<class T>(std::int64_t m, const Determinant& d) {
    return d.sign * std::exp(d.logarithm) * call.out_grad[0].as<T>()[m];
  });
}

void slogdet_backward(const NoOptions& /*options*/, const GradientCall& call) {
  inverse_gradient(call, [&]<class T>(std::int64_t m, const Determinant& /*det*/) {
    return call.out_grad[1] ? double{call.out_grad[1].as<T>()[m]} : 0.0;
  });
}

// factor A^-T, the factor being one number per matrix.
NDArray times_inverse(const NDArray& a, const NDArray& factor) {
  Shape shape = a.shape();
  shape[a.ndim() - 2] = 1;
  shape[a.ndim() - 1] = 1;
  if (a.size() == 0) return derivative::zeros(a);
  Shape order;
  for (int axis = 0; axis < a.ndim(); ++axis) order.push_back(axis);
  std::swap(order[a.ndim() - 1], order[a.ndim() - 2]);
  return ops::linalg_inverse(a).transpose(order) * derivative::reshaped(factor, shape);
}

std::vector<NDArray> det_derivative(const NoOptions& /*options*/, const DerivativeCall& call) {
  const NDArray& a = call.in[0];
  return {times_inverse(a, call.out[0] * call.out_grad[0])};
}

std::vector<NDArray> slogdet_derivative(const NoOptions& /*options*/, const DerivativeCall& call) {
  if (!call.out_grad[1].defined()) return {NDArray()};
  return {times_inverse(call.in[0], call.out_grad[1])};
}

constexpr Fill kDistinct{Fill::Kind::distinct, -2, 2};

template <bool kAlwaysARow>
OpDefinition<NoOptions> define_det(const char* name) {
  auto definition = define_op(name);
  definition.doc("The determinants of matrices.")
      .inputs({"A"})
      .output_names_by(
          [](const NoOptions& /*options*/) { return std::vector<std::string>{"output0"}; })
      .outputs_in_files(3)
      .infer(infer_det<kAlwaysARow>)
      .forward(det)
      .backward(det_backward, Op::inputs | Op::outputs)
      .derivative(det_derivative)
      .sample({}, {{{3, 3}, kDistinct}})
      .sample({}, {{{2, 2, 2}, kDistinct}})
      .sample({}, {{{0, 3, 3}}});
  return definition;
}

template <bool kAlwaysARow>
OpDefinition<NoOptions> define_slogdet(const char* name) {
  auto definition = define_op(name);
  definition.doc("The signs of determinants, and their magnitudes' logarithms.")
      .inputs({"A"})
      .outputs({"output0", "output1"}, 2)
      .outputs_in_files(4)
      .infer(infer_det<kAlwaysARow>)
      .forward(slogdet)
      .backward(slogdet_backward, Op::inputs)
      .derivative(slogdet_derivative)
      .sample({}, {{{3, 3}, kDistinct}})
      .sample({}, {{{2, 2, 2}, kDistinct}})
      .sample({}, {{{0, 3, 3}}});
  return definition;
}

const auto det_op = define_det<true>("_linalg_det").aliases({"linalg_det"});
const auto slogdet_op = define_slogdet<true>("_linalg_slogdet").aliases({"linalg_slogdet"});
const auto np_det_op = define_det<false>("_npi_det");
const auto np_slogdet_op = define_slogdet<false>("_npi_slogdet");

}  // namespace
}  // namespace gluino
