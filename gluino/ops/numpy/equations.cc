#include <gluino/ops/elementwise/elementwise.h>
#include <gluino/ops/linalg/factors.h>
#include <gluino/ops/linalg/gemm.h>
#include <gluino/ops/numpy/arrays-inl.h>
#include <gluino/ops/reduce/reduce.h>

#include <algorithm>
#include <limits>

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

NDArray turned(const NDArray& a) { return ops::swapaxes(a, {.dim1 = -2, .dim2 = -1}); }

Shape turned(Shape shape) {
  std::swap(shape[shape.ndim() - 2], shape[shape.ndim() - 1]);
  return shape;
}

// U diag(s) V of matrices, or of the turned ones where they have more rows than columns.
struct SingularParts {
  explicit SingularParts(const NDArray& a) : tall(a.shape()[a.ndim() - 2] > a.shape().back()) {
    const NDArray wide = tall ? turned(a) : a;
    const NoOptions none;
    const auto parts = apply_all(Op::get<NoOptions>("_npi_svd"), &none, std::span(&wide, 1));
    u = parts[0];
    s = parts[1];
    v = parts[2];
  }
  bool tall;
  NDArray u, s, v;
};

// 1 where a singular value is above its matrix' limit; both along the last axis.
NDArray counting(const NDArray& s, const NDArray& limit) {
  const Shape shape = broadcast_shapes(s.shape(), limit.shape());
  return expanded(s, shape) > expanded(limit, shape);
}

NDArray largest_of(const NDArray& s) {
  return ops::max(s, {.axis = {s.ndim() - 1}, .keepdims = true});
}

// A number for each matrix along a last axis.
NDArray of_each(const NDArray& numbers, DType dtype) {
  return ops::expand_dims(as(numbers, dtype), {.axis = numbers.ndim()});
}

// V diag(1 / s) U^T, where s is above rcond times the largest.
NDArray pseudo_inverse(const NDArray& a, const NDArray& rcond) {
  check(a.ndim() >= 2, "LinAlgError: A: expected matrices, got ", a.shape());
  if (a.size() == 0) return filled(turned(a.shape()), 0, a.dtype(), a.context());
  const SingularParts parts(a);
  const NDArray counts = counting(parts.s, largest_of(parts.s) * of_each(rcond, a.dtype()));
  check(counts.shape() == parts.s.shape(), "rcond: expected a number, or one for each matrix of ",
        a.shape(), ", got shape ", rcond.shape());
  const NDArray inverted = counts / (parts.s + (1.0 - counts));
  const NDArray scaled = parts.v * ops::expand_dims(inverted, {.axis = inverted.ndim()});
  const NDArray result =
      ops::linalg_gemm2(scaled, parts.u, {.transpose_a = true, .transpose_b = true});
  return parts.tall ? turned(result) : result;
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

// What rounding leaves of a number of 1.
double precision_of(DType dtype) {
  return dtype == float64 ? std::numeric_limits<double>::epsilon()
                          : std::numeric_limits<float>::epsilon();
}

NDArray rank_above(const NDArray& s, const NDArray& limit) {
  const NDArray counts = as(counting(s, limit), int64);
  Shape shape = counts.shape();
  shape.erase(shape.ndim() - 1);
  return reshaped(ops::sum(counts, {.axis = {counts.ndim() - 1}}), shape);
}

// A row, or a number, has the rank 1 unless all of it is 0; a matrix without elements the rank 0.
template <class Limit>
NDArray rank_of(const NDArray& m, Limit limit) {
  if (m.ndim() < 2) {
    const NDArray truths = as(flat(m) != 0.0, int64);
    return reshaped(
        m.size() == 0 ? ops::sum(truths, {.axis = {0}}) : ops::max(truths, {.axis = {0}}), {});
  }
  if (m.size() == 0) {
    Shape count;
    for (int i = 0; i + 2 < m.ndim(); ++i) count.push_back(m.shape()[i]);
    return filled(count, 0, int64, m.context());
  }
  const NDArray s = SingularParts(m).s;
  return rank_above(s, limit(s));
}

struct RankOptions {
  bool hermitian = false;
};

template <class F>
OpDefinition<RankOptions> define_rank(const char* name, F f) {
  auto definition = formula::define_without_gradient<RankOptions>(name, f);
  definition.doc("How many rows, or columns, of matrices are independent.")
      .types(Types::real)
      .field("hermitian", &RankOptions::hermitian, "M is symmetric; not needed.")
      .infer_types([](const RankOptions& /*o*/, auto /*in*/, auto out) { out[0] = int64; });
  return definition;
}

const auto rank = define_rank("_npi_matrix_rank",
                              [](const RankOptions& /*o*/, In in) {
                                return rank_of(in[0], [&](const NDArray& s) {
                                  return of_each(in[1], s.dtype());
                                });
                              })
                      .inputs({"M", "tol"})
                      .sample({}, {{{2, 3, 4}, kDistinct}, {{2}, {Fill::Kind::uniform, 0, 0.01}}})
                      .sample({}, {{{3, 1}, kDistinct}, {{}, {Fill::Kind::uniform, 0, 0.01}}})
                      .sample({}, {{{0, 3}}, {{}}});

const auto matrix_rank_none_tol =
    define_rank("_npi_matrix_rank_none_tol",
                [](const RankOptions& /*o*/, In in) {
                  const NDArray& m = in[0];
                  return rank_of(m, [&](const NDArray& s) {
                    const std::int64_t side =
                        std::max(m.shape()[m.ndim() - 2], m.shape()[m.ndim() - 1]);
                    return largest_of(s) * (static_cast<double>(side) * precision_of(m.dtype()));
                  });
                })
        .inputs({"M"})
        .tolerates({"finfoEps32", "finfoEps64"})
        .sample({}, {{{2, 3, 4}, kDistinct}})
        .sample({}, {{{3}, kDistinct}})
        .sample({}, {{{2, 0, 3}}});

struct LstsqOptions {
  double rcond = -1;
  bool new_default = false;
  /// Whether there are residuals, which a matrix without full rank has not. Calls on arrays find
  /// out; a graph takes it for one that has.
  std::optional<bool> residuals{};
};

double rcond_of(const LstsqOptions& o, const NDArray& a) {
  const double precision = precision_of(a.dtype());
  const std::int64_t side = std::max(a.shape()[0], a.shape()[1]);
  if (o.new_default) return static_cast<double>(side) * precision;
  return o.rcond < 0 ? precision : o.rcond;
}

bool is_tall(const NDArray& a) { return a.ndim() == 2 && a.shape()[0] > a.shape()[1]; }

// Singular values, and how many of them count.
Arrays rank_and_values(const LstsqOptions& o, const NDArray& a) {
  if (a.size() == 0) {
    return {filled({}, 0, int64, a.context()), filled({0}, 0, a.dtype(), a.context())};
  }
  const NDArray s = SingularParts(a).s;
  return {rank_above(s, largest_of(s) * rcond_of(o, a)), s};
}

// x with the least squares of B - A x, of those the shortest: the pseudo-inverse times B.
Arrays least_squares(const LstsqOptions& o, In in) {
  const NDArray& a = in[0];
  check(a.ndim() == 2, "LinAlgError: A: expected a matrix, got shape ", a.shape());
  check(in[1].ndim() == 1 || in[1].ndim() == 2,
        "LinAlgError: B: expected a row or a matrix, got shape ", in[1].shape());
  check(in[1].shape()[0] == a.shape()[0], "LinAlgError: B: expected ", a.shape()[0],
        " rows, as A has, got ", in[1].shape());
  const NDArray b = in[1].ndim() == 2 ? in[1] : reshaped(in[1], {in[1].size(), 1});
  const std::int64_t unknowns = a.shape()[1], columns = b.shape()[1];
  const bool has_residuals = o.residuals.value_or(true) && is_tall(a);
  Arrays results = {filled({unknowns, columns}, 0, a.dtype(), a.context()),
                    filled({has_residuals ? columns : 0}, 0, a.dtype(), a.context())};
  NDArray rest = b;
  if (a.size() > 0 && columns > 0) {
    const PinvScalarOptions options{.rcond = rcond_of(o, a)};
    const NDArray inverse =
        apply(Op::get<PinvScalarOptions>("_npi_pinv_scalar_rcond"), &options, std::span(&a, 1));
    results[0] = product(inverse, b);
    rest = b - product(a, results[0]);
  }
  if (has_residuals && columns > 0) results[1] = ops::sum(rest * rest, {.axis = {0}});
  if (in[1].ndim() == 1) results[0] = reshaped(results[0], {unknowns});
  for (NDArray& result : rank_and_values(o, a)) results.push_back(std::move(result));
  return results;
}

const auto lstsq =
    formula::define<LstsqOptions>("_npi_lstsq", least_squares)
        .doc("x with the least squares of B - A x, their sums, the rank of A, its singular values.")
        .inputs({"A", "B"})
        .outputs({"x", "residuals", "rank", "s"}, 4)
        .types(Types::real)
        .field("rcond", &LstsqOptions::rcond,
               "Singular values up to this part of the largest count as 0; below 0: the precision.")
        .field("new_default", &LstsqOptions::new_default,
               "In place of rcond the precision times the longer side of A.")
        .field("residuals", &LstsqOptions::residuals,
               "Whether there are residuals of an A with more rows than columns; None: if its rank "
               "is full.")
        .tolerates({"finfoEps32", "finfoEps64"})
        .with_sizes([](const LstsqOptions& o, std::span<const NDArray> in) {
          LstsqOptions sized = o;
          const bool is_open = !o.residuals && in.size() == 2 && is_tall(in[0]) &&
                               in[0].size() > 0 && is_floating(in[0].dtype());
          if (!is_open) return sized;
          const NDArray counted = rank_and_values(o, in[0])[0];
          sized.residuals = counted.asscalar<std::int64_t>() == in[0].shape()[1];
          return sized;
        })
        .infer_types([](const LstsqOptions& /*o*/, auto in, auto out) {
          for (auto& type : out) type = in[0];
          out[2] = int64;
        })
        .sample({}, {{{4, 2}, kDistinct}, {{4, 3}}})
        .sample({.rcond = 0.01}, {{{2, 3}, kDistinct}, {{2}}})
        .sample({.new_default = true}, {{{3, 1}, kDistinct}, {{3}}})
        .sample({}, {{{0, 3}}, {{0, 2}}});

}  // namespace
}  // namespace gluino
