#include <gluino/ops/core/types.h>
#include <gluino/ops/elementwise/unary.h>
#include <gluino/ops/linalg/factors-inl.h>
#include <gluino/ops/linalg/factors.h>
#include <gluino/ops/linalg/gemm.h>
#include <gluino/ops/linalg/triangles.h>
#include <gluino/ops/numpy/arrays-inl.h>

#include <cmath>
#include <type_traits>

/// NumPy's eigenvalues of matrices that are not symmetric, where they are real.
namespace gluino {
namespace {

void infer_eig(const NoOptions& /*o*/, Inference& s) {
  factors::expect_square(0, s);
  Shape values = s.in(0);
  values.erase(values.ndim() - 1);
  s.set_out(0, values);
  s.set_out(1, s.in(0));
}

void eig_forward(const NoOptions& /*o*/, const Call& call) {
  const Tensor& a = call.in[0];
  const std::int64_t n = a.shape.back();
  if (a.size() == 0) return;
  dispatch_numbers(a.dtype, [&]<class T>() {
    using Real = std::conditional_t<std::is_same_v<T, float>, float, double>;
    factors::each_matrix(factors::count_of(a.shape), n, [&](std::int64_t i) {
      const factors::Matrix<Real> room(n, n);
      std::copy_n(a.as<T>() + i * n * n, n * n, room.data());
      check(std::all_of(room.data(), room.data() + n * n, [](Real x) { return std::isfinite(x); }),
            "[_npi_eig] LinAlgError: matrix ", i, " has elements that are not finite");
      const auto found = kernels::eigen_general(room.data(), n, call.out[0].as<Real>() + i * n,
                                                factors::matrix_of<Real>(call.out[1], i, n * n));
      check(found != kernels::Eigen::complex, "[_npi_eig] LinAlgError: matrix ", i,
            " has eigenvalues that are not real, and there are no complex arrays");
      check(found == kernels::Eigen::real, "[_npi_eig] LinAlgError: the eigenvalues of matrix ", i,
            " are not found");
    });
  });
}

// Of A V = V diag(w) with columns of length 1 (Boeddeker et al., 2017), with heads g of w and G of
// V: V^-T (diag(g) + (V'G - V'V diag(V'G)) / E) V', where E is w[j] - w[i] in row i, column j, and
// the quotient 0 on the diagonal.
NDArray eig_gradient(const NDArray& w, const NDArray& v, const NDArray& of_w, const NDArray& of_v) {
  if (v.size() == 0) return v * 0.0;
  const auto product = [](const NDArray& a, const NDArray& b, const Gemm2Options& options) {
    return ops::linalg_gemm2(a, b, options);
  };
  NDArray middle = of_w.defined() ? ops::linalg_makediag(of_w) : v * 0.0;
  if (of_v.defined()) {
    const NDArray turned = product(v, of_v, {.transpose_a = true});
    const NDArray own = ops::linalg_makediag(ops::linalg_extractdiag(turned));
    const NDArray rest = turned - product(product(v, v, {.transpose_a = true}), own, {});
    const int n = w.ndim();
    const NDArray on_diagonal =
        ops::linalg_makediag(numpy::filled(w.shape(), 1, w.dtype(), w.context()));
    const NDArray apart =
        ops::expand_dims(w, {.axis = n - 1}) - ops::expand_dims(w, {.axis = n}) + on_diagonal;
    middle = middle + rest / apart * (1 - on_diagonal);
  }
  const NDArray transposed = ops::swapaxes(v, {.dim1 = -2, .dim2 = -1});
  return ops::linalg_solve(transposed, product(middle, v, {.transpose_b = true}));
}

const auto eig_gradients = [](const DerivativeCall& call) -> numpy::Arrays {
  return {eig_gradient(call.out[0], call.out[1], call.out_grad[0], call.out_grad[1])};
};

const auto eigvals_gradients = [](const DerivativeCall& call) -> numpy::Arrays {
  const NoOptions none;
  const auto found = apply_all(Op::get<NoOptions>("_npi_eig"), &none, call.in.first(1));
  return {eig_gradient(found[0], found[1], call.out_grad[0], {})};
};

DType eig_type(DType a) { return is_floating(a) ? a : float64; }

constexpr Fill kPositive{Fill::Kind::uniform, 1, 3};

// Numbers drawn at random may have no real eigenvalues: larger ones are in the tests.
const auto eig =
    define_op("_npi_eig")
        .doc("Eigenvalues and eigenvectors, as columns, of matrices that have real ones.")
        .inputs({"A"})
        .outputs({"w", "v"}, 2)
        .types(Types::numbers)
        .infer_types([](const NoOptions& /*o*/, auto in, auto out) {
          if (in[0]) out[0] = out[1] = eig_type(*in[0]);
        })
        .infer(infer_eig)
        .forward(eig_forward)
        .backward([](const NoOptions& /*o*/,
                     const GradientCall& call) { formula::backward_by(call, eig_gradients); },
                  Op::outputs)
        .derivative(
            [](const NoOptions& /*o*/, const DerivativeCall& call) { return eig_gradients(call); })
        .sample({}, {{{1, 1}, kPositive}})
        .sample({}, {{{3, 1, 1}, kPositive}})
        .sample({}, {{{2, 2}, kPositive}})
        .sample({}, {{{0, 3, 3}}});

const auto eigvals =
    define_op("_npi_eigvals")
        .doc("The eigenvalues of matrices that have real ones.")
        .inputs({"A"})
        .types(Types::numbers)
        .infer_types([](const NoOptions& /*o*/, auto in, auto out) {
          if (in[0]) out[0] = eig_type(*in[0]);
        })
        .infer(+[](const NoOptions& /*o*/, Inference& s) {
          factors::expect_square(0, s);
          Shape values = s.in(0);
          values.erase(values.ndim() - 1);
          s.set_out(0, values);
        })
        .forward([](const NoOptions& o, const Call& call) {
          const Tensor out[] = {call.out[0], {}};
          eig_forward(o, {.in = call.in, .out = out, .context = call.context});
        })
        .backward([](const NoOptions& /*o*/,
                     const GradientCall& call) { formula::backward_by(call, eigvals_gradients); },
                  Op::inputs)
        .derivative([](const NoOptions& /*o*/, const DerivativeCall& call) {
          return eigvals_gradients(call);
        })
        .sample({}, {{{1, 1}, kPositive}})
        .sample({}, {{{2, 2}, kPositive}})
        .sample({}, {{{0, 3, 3}}});

}  // namespace
}  // namespace gluino
