#include <gluino/ops/elementwise/elementwise.h>
#include <gluino/ops/linalg/factors.h>
#include <gluino/ops/linalg/gemm.h>
#include <gluino/ops/numpy/arrays-inl.h>
#include <gluino/ops/reduce/reduce.h>

/// NumPy's systems of equations and inverses.
namespace gluino {
namespace {

using namespace numpy;

NDArray inverse(const NDArray& a) { return ops::linalg_inverse(a); }

// Arrays of matrices that are repeated along each other's axes.
NDArray solution(const NDArray& a, const NDArray& b) {
  check(a.ndim() >= 2 && a.shape().back() == a.shape()[a.ndim() - 2],
        "ValueError: A: expected square matrices (..., N, N), got ", a.shape());
  // One right side for each matrix has an axis less.
  if (b.ndim() == a.ndim() - 1) {
    return reshaped(solution(a, ops::expand_dims(b, {.axis = b.ndim()})), b.shape());
  }
  check(b.ndim() >= 2 && b.shape()[b.ndim() - 2] == a.shape().back(), "ValueError: B: expected ",
        a.shape().back(), " rows, as A has, got ", b.shape());
  const auto outer = [](const NDArray& x) {
    Shape shape;
    for (int i = 0; i + 2 < x.ndim(); ++i) shape.push_back(x.shape()[i]);
    return shape;
  };
  const Shape count = broadcast_shapes(outer(a), outer(b));
  const auto repeated = [&](const NDArray& x) {
    Shape shape = count;
    shape.push_back(x.shape()[x.ndim() - 2]);
    shape.push_back(x.shape().back());
    return expanded(x, shape);
  };
  return ops::linalg_solve(repeated(a), repeated(b));
}

constexpr Fill kDistinct{Fill::Kind::distinct, 1, 3};

const auto cholesky =
    formula::define<NoOptions>(
        "_npi_cholesky", [](const NoOptions& /*o*/, In in) { return ops::linalg_potrf(in[0]); })
        .doc("The lower triangular factors of positive definite matrices.")
        .tolerates("lower", {"1", "True"})  // MXNet 2 writes it.
        .inputs({"A"})
        .types(Types::real)
        .sample({}, {{{1, 1}, kDistinct}})
        .sample({}, {{{0, 3, 3}}});

const auto solve =
    formula::define<NoOptions>("_npi_solve",
                               [](const NoOptions& /*o*/, In in) { return solution(in[0], in[1]); })
        .doc("X with A X = B.")
        .inputs({"A", "B"})
        .types(Types::real)
        .sample({}, {{{2, 2}, kDistinct}, {{2}}})
        .sample({}, {{{3, 2, 2}, kDistinct}, {{3, 2, 1}}})
        .sample({}, {{{0, 3, 3}}, {{0, 3, 2}}});

struct TensorinvOptions {
  std::int64_t ind = 2;
};

Shape part_of(const Shape& shape, int begin, int end) {
  Shape part;
  for (int i = begin; i < end; ++i) part.push_back(shape[i]);
  return part;
}

const auto tensorinv =
    formula::define<TensorinvOptions>(
        "_npi_tensorinv",
        [](const TensorinvOptions& o, In in) {
          const Shape& shape = in[0].shape();
          check(o.ind > 0 && o.ind <= shape.ndim(), "ValueError: ind: expected from 1 to ",
                shape.ndim(), ", got ", o.ind);
          const auto ind = static_cast<int>(o.ind);
          Shape result = part_of(shape, ind, shape.ndim());
          const std::int64_t n = result.size();
          check(shape.size_between(0, ind) == n, "LinAlgError: the first ", ind, " axes of ", shape,
                " have not as many elements as the rest");
          for (int i = 0; i < ind; ++i) result.push_back(shape[i]);
          return reshaped(inverse(reshaped(in[0], {n, n})), result);
        })
        .doc(
            "The inverse of an array taken as a matrix: its first axes as rows, the rest as "
            "columns.")
        .inputs({"a"})
        .types(Types::real)
        .field("ind", &TensorinvOptions::ind, "How many axes are the rows'.")
        .sample({.ind = 1}, {{{4, 2, 2}, kDistinct}})
        .sample({.ind = 2}, {{{1, 2, 2}, kDistinct}})
        .sample({.ind = 1}, {{{0, 0}}});

struct TensorsolveOptions {
  Shape a_axes{};
};

const auto tensorsolve =
    formula::define<TensorsolveOptions>(
        "_npi_tensorsolve",
        [](const TensorsolveOptions& o, In in) {
          NDArray a = in[0];
          const NDArray& b = in[1];
          Shape order, moved;
          for (const std::int64_t axis : o.a_axes) moved.push_back(axis_of(axis, a.ndim()));
          for (int i = 0; i < a.ndim(); ++i) {
            if (std::find(moved.begin(), moved.end(), i) == moved.end()) order.push_back(i);
          }
          for (const std::int64_t axis : moved) order.push_back(axis);
          check(order.ndim() == a.ndim(), "ValueError: a_axes: an axis is named twice in ",
                o.a_axes);
          if (a.ndim() > 1) a = ops::transpose(a, {.axes = order});
          const Shape unknowns = part_of(a.shape(), std::min(b.ndim(), a.ndim()), a.ndim());
          const std::int64_t n = unknowns.size();
          check(a.size() == n * n && b.size() == n, "LinAlgError: ", b.size(), " equations for ", n,
                " unknowns, of shapes ", a.shape(), " and ", b.shape());
          return reshaped(solution(reshaped(a, {n, n}), reshaped(b, {n})), unknowns);
        })
        .doc("x with tensordot(a, x, x.ndim) = b.")
        .inputs({"a", "b"})
        .types(Types::real)
        .field("a_axes", &TensorsolveOptions::a_axes, "Axes of a that are moved to its end first.")
        .sample({}, {{{2, 1, 2}, kDistinct}, {{2, 1}}})
        .sample({.a_axes = {0}}, {{{2, 2}, kDistinct}, {{2}}})
        .sample({}, {{{0, 0}}, {{0}}});

// V diag(1 / s) U^T, where s is above rcond times the largest.
NDArray pseudo_inverse(const NDArray& a, const NDArray& rcond) {
  check(a.ndim() >= 2, "LinAlgError: A: expected matrices, got ", a.shape());
  const std::int64_t rows = a.shape()[a.ndim() - 2], columns = a.shape().back();
  Shape shape = a.shape();
  std::swap(shape[a.ndim() - 2], shape[a.ndim() - 1]);
  if (a.size() == 0) return filled(shape, 0, a.dtype(), a.context());
  const bool tall = rows > columns;
  const NDArray wide = tall ? ops::swapaxes(a, {.dim1 = -2, .dim2 = -1}) : a;
  const NoOptions none;
  const auto parts = apply_all(Op::get<NoOptions>("_npi_svd"), &none, std::span(&wide, 1));
  const NDArray &u = parts[0], &s = parts[1], &v = parts[2];
  const NDArray largest = ops::max(s, {.axis = {s.ndim() - 1}, .keepdims = true});
  const NDArray least = largest * as(ops::expand_dims(rcond, {.axis = rcond.ndim()}), a.dtype());
  const NDArray counts = s > expanded(least, s.shape());
  const NDArray inverted = counts / (s + (1.0 - counts));
  const NDArray scaled = v * ops::expand_dims(inverted, {.axis = inverted.ndim()});
  const NDArray result = ops::linalg_gemm2(scaled, u, {.transpose_a = true, .transpose_b = true});
  return tall ? ops::swapaxes(result, {.dim1 = -2, .dim2 = -1}) : result;
}

NDArray product(const NDArray& a, const NDArray& b, const Gemm2Options& options = {}) {
  return ops::linalg_gemm2(a, b, options);
}

// Of P = pinv(A) of constant rank (Golub and Pereyra, 1973), with heads G:
// -P'G P' + (I - A P) G' P P' + P' P G' (I - P A).
const auto pseudo_inverse_gradients = [](const DerivativeCall& call) -> Arrays {
  const NDArray &a = call.in[0], &p = call.out[0], &g = call.out_grad[0];
  Arrays gradients(call.in.size());
  if (a.size() == 0) {
    gradients[0] = filled(a.shape(), 0, a.dtype(), a.context());
    return gradients;
  }
  const NDArray right = product(product(g, p, {.transpose_a = true}), p, {.transpose_b = true});
  const NDArray left = product(p, product(p, g, {.transpose_b = true}), {.transpose_a = true});
  const NDArray middle = product(product(p, g, {.transpose_a = true}), p, {.transpose_b = true});
  gradients[0] =
      right - product(a, product(p, right)) + left - product(product(left, p), a) - middle;
  return gradients;
};

// The definition of such an operator, with that gradient.
template <class O, class F>
OpDefinition<O> define_pseudo_inverse(const char* name, F f) {
  auto definition = formula::define_without_gradient<O>(name, f);
  definition.doc("The pseudo-inverses of matrices.")
      .backward(
          [](const O& /*o*/, const GradientCall& call) {
            formula::backward_by(call, pseudo_inverse_gradients);
          },
          Op::inputs | Op::outputs)
      .derivative([](const O& /*o*/, const DerivativeCall& call) {
        return pseudo_inverse_gradients(call);
      });
  return definition;
}

struct PinvOptions {
  bool hermitian = false;
};

struct PinvScalarOptions {
  double rcond = 1e-15;
  bool hermitian = false;
};

const auto pinv =
    define_pseudo_inverse<PinvOptions>(
        "_npi_pinv", [](const PinvOptions& /*o*/, In in) { return pseudo_inverse(in[0], in[1]); })
        .inputs({"A", "rcond"})
        .types(Types::real)
        .looks_up({1})
        .field("hermitian", &PinvOptions::hermitian, "A is symmetric; not needed.")
        .sample({}, {{{2, 3, 4}, kDistinct}, {{2}, {Fill::Kind::uniform, 0, 0.01}}})
        .sample({}, {{{0, 3}}, {{}, {Fill::Kind::uniform, 0, 0.01}}});

const auto pinv_scalar =
    define_pseudo_inverse<PinvScalarOptions>(
        "_npi_pinv_scalar_rcond",
        [](const PinvScalarOptions& o, In in) {
          return pseudo_inverse(in[0], filled({}, o.rcond, in[0].dtype(), in[0].context()));
        })
        .inputs({"A"})
        .types(Types::real)
        .field("rcond", &PinvScalarOptions::rcond,
               "Singular values up to this part of the largest count as 0.")
        .field("hermitian", &PinvScalarOptions::hermitian, "A is symmetric; not needed.")
        .sample({}, {{{4, 2}, kDistinct}})
        .sample({.rcond = 0.01}, {{{2, 3, 4}, kDistinct}})
        .sample({}, {{{0, 3}}});

}  // namespace
}  // namespace gluino
