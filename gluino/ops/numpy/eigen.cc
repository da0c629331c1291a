#include <gluino/ops/numpy/arrays-inl.h>
#include <gluino/ops/numpy/eigen-inl.h>

/// NumPy's eigenvalues of matrices that are not symmetric, where they are real.
namespace gluino {
namespace {

using namespace numpy;

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
  const auto write = [&]<class T>(const Schur& schur, std::int64_t matrix) {
    for (std::int64_t j = 0; j < n; ++j) {
      call.out[0].as<T>()[matrix * n + j] = static_cast<T>(schur.value(j));
      if (!call.out[1]) continue;
      const std::vector<double> vector = schur.vector(j);
      for (std::int64_t i = 0; i < n; ++i) {
        call.out[1].as<T>()[(matrix * n + i) * n + j] =
            static_cast<T>(vector[static_cast<std::size_t>(i)]);
      }
    }
  };
  dispatch_numbers(a.dtype, [&]<class T>() {
    using Real = std::conditional_t<std::is_same_v<T, float>, float, double>;
    factors::each_matrix(factors::count_of(a.shape), n, [&](std::int64_t matrix, double* room) {
      std::copy_n(a.as<T>() + matrix * n * n, n * n, room);
      check(std::all_of(room, room + n * n, [](double x) { return std::isfinite(x); }),
            "[_npi_eig] LinAlgError: matrix ", matrix, " has elements that are not finite");
      Schur schur(room, n);
      check(schur.find_real(), "[_npi_eig] LinAlgError: matrix ", matrix,
            " has eigenvalues that are not real, and there are no complex arrays");
      write.template operator()<Real>(schur, matrix);
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
