#include <gluino/ops/core/define.h>
#include <gluino/ops/linalg/factors-inl.h>

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
        .sample({}, {{{1, 1}, kPositive}})
        .sample({}, {{{3, 1, 1}, kPositive}})
        .sample({}, {{{2, 2}, kPositive}})
        .sample({}, {{{0, 3, 3}}});

const auto eigvals = define_op("_npi_eigvals")
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
                         .sample({}, {{{1, 1}, kPositive}})
                         .sample({}, {{{2, 2}, kPositive}})
                         .sample({}, {{{0, 3, 3}}});

}  // namespace
}  // namespace gluino
