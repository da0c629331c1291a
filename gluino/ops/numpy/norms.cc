#include <gluino/ops/elementwise/unary.h>
#include <gluino/ops/numpy/axes-inl.h>

#include <cmath>

/// NumPy's norms of vectors and of matrices.
namespace gluino {
namespace {

using namespace numpy;

struct NpNormOptions {
  double ord = 2;
  std::optional<Shape> axis{};
  bool keepdims = false;
  /// -2: of the array laid flat; 1: the root of the sum of squares; 2: the sum of the singular
  /// values; 0 or -1: the norm `ord`, of vectors along one axis, of matrices along two.
  std::int64_t flag = -2;
};

NDArray root_of_squares(const NDArray& x, const Shape& axes) {
  const NormOptions options{.axis = axes, .keepdims = true};
  return ops::norm(x, options);
}

// All of these keep the axes, of size 1.
NDArray vector_norm(const NDArray& x, double ord, const Shape& axes) {
  const NDArray size = ops::abs(x);
  if (ord == 2) return root_of_squares(x, axes);
  if (ord == 1) return over("sum", size, axes, true);
  if (ord == 0) return over("sum", x != 0.0, axes, true);
  if (std::isinf(ord)) return over(ord > 0 ? "max" : "min", size, axes, true);
  return ops::power(over("sum", ops::power(size, ord), axes, true), 1 / ord);
}

// x with two axes at its end, and of these not more rows than columns.
NDArray singular_values(const NDArray& x, const Shape& axes) {
  Shape order;
  for (int i = 0; i < x.ndim(); ++i) {
    if (i != axes[0] && i != axes[1]) order.push_back(i);
  }
  const bool tall = x.shape()[static_cast<int>(axes[0])] > x.shape()[static_cast<int>(axes[1])];
  order.push_back(axes[tall ? 1 : 0]);
  order.push_back(axes[tall ? 0 : 1]);
  const NDArray matrices = permuted(x, order);
  const NoOptions none;
  return apply_all(Op::get<NoOptions>("_npi_svd"), &none, std::span(&matrices, 1))[1];
}

NDArray of_singular_values(const char* what, const NDArray& x, const Shape& axes) {
  const NDArray values = singular_values(x, axes);
  Shape kept = x.shape();
  for (const std::int64_t axis : axes) kept[static_cast<int>(axis)] = 1;
  return reshaped(over(what, values, {values.ndim() - 1}, false), kept);
}

NDArray matrix_norm(const NDArray& x, double ord, const Shape& axes) {
  if (ord == 2 || ord == -2) return of_singular_values(ord > 0 ? "max" : "min", x, axes);
  const bool columns = std::abs(ord) == 1;
  check(columns || std::isinf(ord),
        "ValueError: ord: matrices have the norms 1, 2 and inf, and these below 0, got ", ord);
  const NDArray sums = over("sum", ops::abs(x), {axes[columns ? 0 : 1]}, true);
  return over(ord > 0 ? "max" : "min", sums, {axes[columns ? 1 : 0]}, true);
}

NDArray norm_of(const NpNormOptions& o, In in) {
  const NDArray x = real(in[0]);
  const Shape axes = axes_of(o.flag == -2 ? std::nullopt : o.axis, x.ndim());
  check(o.flag >= -2 && o.flag <= 2, "flag: expected from -2 to 2, got ", o.flag);
  const bool whole = o.flag == -2 || (o.flag == 1 && !o.axis);
  check(whole || axes.ndim() == 1 || axes.ndim() == 2,
        "ValueError: axis: expected one or two, got ", axes.ndim());
  check(o.flag != 2 || axes.ndim() == 2, "ValueError: axis: expected two, got ", axes.ndim());
  NDArray kept;
  if (x.ndim() == 0) {
    kept = ops::abs(x);
  } else if (o.flag == -2 || o.flag == 1) {
    kept = root_of_squares(x, axes);
  } else if (o.flag == 2) {
    kept = of_singular_values("sum", x, axes);
  } else {
    kept = axes.ndim() == 1 ? vector_norm(x, o.ord, axes) : matrix_norm(x, o.ord, axes);
  }
  return reshaped(kept, reduced(x.shape(), axes, o.keepdims));
}

constexpr Fill kPositive{Fill::Kind::distinct, 1, 2};

NpNormOptions options_of(double ord, Shape axis, std::int64_t flag, bool keepdims = false) {
  return {.ord = ord, .axis = std::move(axis), .keepdims = keepdims, .flag = flag};
}

const auto norm =
    formula::define<NpNormOptions>("_npi_norm", norm_of)
        .doc("Norms of vectors and matrices.")
        .inputs({"data"})
        .types(Types::numbers)
        .field("ord", &NpNormOptions::ord, "Which norm, where the flag is -1 or 0.")
        .field("axis", &NpNormOptions::axis, "One axis of vectors, two of matrices; None: all.")
        .field("keepdims", &NpNormOptions::keepdims, "Keep reduced axes with size 1.")
        .field("flag", &NpNormOptions::flag,
               "-2: of the array laid flat; 1: root of the sum of squares; 2: sum of the singular "
               "values; -1 or 0: the norm ord.")
        .infer_types([](const NpNormOptions& /*o*/, auto in, auto out) {
          if (in[0]) out[0] = real_type(*in[0]);
        })
        .sample({}, {{{3, 4}}})
        .sample({}, {{{}, {Fill::Kind::uniform, 1, 2}}})
        .sample(options_of(1, {1}, -1, true), {{{3, 4}, kPositive}})
        .sample(options_of(3, {0}, -1), {{{3, 4}, kPositive}})
        .sample(options_of(1, {2, 0}, -1), {{{3, 2, 4}, kPositive}})
        .sample(options_of(2, {0, 1}, 1, true), {{{3, 4, 2}}})
        .sample({}, {{{0, 4}}});

}  // namespace
}  // namespace gluino
