#include <gluino/ops/elementwise/unary.h>
#include <gluino/ops/numpy/arrays-inl.h>
#include <gluino/ops/reduce/reduce.h>

#include <algorithm>
#include <cmath>
#include <limits>

/// NumPy's norms: of vectors along one axis, of matrices along two.
namespace gluino {
namespace {

using namespace numpy;

struct NpNormOptions {
  double ord = 2;
  /// None: the last two, or the only one.
  std::optional<Shape> axis{};
  bool keepdims = false;
  /// What MXNet's files call the norms that are told by name; others are those of `ord`.
  std::int64_t flag = -1;
};

// The root of the sum of all squares, or of those along the axes; the sum of the singular values.
constexpr std::int64_t kOfAll = -2, kSquares = 1, kNuclear = 2;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Shape axes_of(const NpNormOptions& o, int ndim) {
  Shape axes;
  if (o.axis && o.flag != kOfAll) {
    for (const std::int64_t axis : *o.axis) axes.push_back(normalize_axis(axis, ndim));
  } else {
    const int first = o.flag == kOfAll ? 0 : std::max(ndim - 2, 0);
    for (int axis = first; axis < ndim; ++axis) axes.push_back(axis);
  }
  check(axes.ndim() != 2 || axes[0] != axes[1], "ValueError: axis: ", axes, " names one twice");
  return axes;
}

NDArray along(const char* name, const NDArray& x, std::int64_t axis) {
  const ReduceOptions options{.axis = {axis}, .keepdims = true};
  return apply(Op::get<ReduceOptions>(name), &options, std::span(&x, 1));
}

NDArray of_squares(const NDArray& x, const Shape& axes) {
  return x.ndim() == 0 ? ops::abs(x) : ops::norm(x, {.ord = 2, .axis = axes, .keepdims = true});
}

// Of no magnitudes the largest is 0, as their sum is; a smallest one there is not.
NDArray end_along(bool largest, const NDArray& sizes, std::int64_t axis) {
  const bool none = sizes.shape()[static_cast<int>(axis)] == 0;
  check(largest || !none, "ValueError: ord: an axis without elements has no smallest magnitude");
  return along(!largest ? "min" : none ? "sum" : "max", sizes, axis);
}

NDArray of_vectors(const NDArray& x, double ord, std::int64_t axis) {
  if (ord == 2) return of_squares(x, {axis});
  if (ord == 0) return along("sum", x != 0, axis);
  const NDArray sizes = ops::abs(x);
  if (std::isinf(ord)) return end_along(ord > 0, sizes, axis);
  if (ord == 1) return along("sum", sizes, axis);
  return ops::power(along("sum", ops::power(sizes, ord), axis), 1 / ord);
}

// The singular values of the matrices that lie along two axes, (..., M).
NDArray singular_values(const NDArray& x, const Shape& axes) {
  Shape order;
  for (int axis = 0; axis < x.ndim(); ++axis) {
    if (axis != axes[0] && axis != axes[1]) order.push_back(axis);
  }
  const bool tall = x.shape()[static_cast<int>(axes[0])] > x.shape()[static_cast<int>(axes[1])];
  order.push_back(axes[tall ? 1 : 0]);
  order.push_back(axes[tall ? 0 : 1]);
  const NoOptions none;
  const NDArray wide = permuted(x, order);
  return apply_all(Op::get<NoOptions>("_npi_svd"), &none, std::span(&wide, 1))[1];
}

NDArray of_matrices(const NDArray& x, const NpNormOptions& o, const Shape& axes) {
  const bool largest = o.ord > 0;
  const double size = std::abs(o.ord);
  if (size == 2) {
    const NDArray values = singular_values(x, axes);
    const int axis = values.ndim() - 1;
    return o.flag == kNuclear ? along("sum", values, axis) : end_along(largest, values, axis);
  }
  check(size == 1 || size == kInfinity,
        "ValueError: ord: expected 1, 2 or inf of matrices, or the ", "same below 0, got ", o.ord);
  // The largest sum of a column, or of a row.
  const int summed = size == 1 ? 0 : 1;
  return end_along(largest, along("sum", ops::abs(x), axes[summed]), axes[1 - summed]);
}

NDArray norm_of(const NpNormOptions& o, const NDArray& x) {
  const Shape axes = axes_of(o, x.ndim());
  NDArray kept;
  if (o.flag == kOfAll || o.flag == kSquares || x.ndim() == 0) {
    kept = of_squares(x, axes);
  } else if (axes.ndim() == 1) {
    kept = of_vectors(x, o.ord, axes[0]);
  } else {
    check(axes.ndim() == 2, "ValueError: axis: expected one or two axes, got ", axes);
    kept = of_matrices(x, o, axes);
  }
  Shape shape;
  for (int axis = 0; axis < x.ndim(); ++axis) {
    const bool gone = std::find(axes.begin(), axes.end(), axis) != axes.end();
    if (!gone) shape.push_back(x.shape()[axis]);
    if (gone && o.keepdims) shape.push_back(1);
  }
  return reshaped(kept, shape);
}

constexpr Fill kDistinct{Fill::Kind::distinct, -2, 2};

const auto norm =
    formula::define<NpNormOptions>("_npi_norm",
                                   [](const NpNormOptions& o, In in) { return norm_of(o, in[0]); })
        .doc("The norms of vectors along one axis, of matrices along two.")
        .inputs({"data"})
        .nameless()
        .types(Types::real)
        .field("ord", &NpNormOptions::ord, "Which norm: a power, inf, 0; of matrices 1, 2, inf.")
        .field("axis", &NpNormOptions::axis, "The axes; None: the last two, or the only one.")
        .field("keepdims", &NpNormOptions::keepdims, "Keeps them with size 1.")
        .field("flag", &NpNormOptions::flag,
               "-2: the root of the sum of all squares; 1: of those along the axes; 2: the sum of "
               "singular values; others: as ord says.")
        .sample({.flag = kOfAll}, {{{3, 4}, kDistinct}})
        .sample({.flag = kOfAll}, {{{}, {Fill::Kind::uniform, 1, 2}}})
        .sample({.flag = kOfAll}, {{{0, 4}}})
        .sample({.axis = Shape{0, 2}, .keepdims = true, .flag = kSquares}, {{{2, 3, 4}, kDistinct}})
        .sample({.ord = 3, .axis = Shape{-1}}, {{{3, 4}, kDistinct}})
        .sample({.ord = kInfinity, .axis = Shape{0}}, {{{3, 4}, kDistinct}})
        .sample({.ord = -1}, {{{2, 3, 4}, kDistinct}});

}  // namespace
}  // namespace gluino
