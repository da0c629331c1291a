#include <gluino/ops/elementwise/unary.h>
#include <gluino/ops/linalg/dot.h>
#include <gluino/ops/numpy/arrays-inl.h>
#include <gluino/ops/numpy/einsum-inl.h>

#include <numeric>

/// NumPy's products of arrays, all of them products of matrices.
namespace gluino {
namespace {

using namespace numpy;

// Sums over the last axis of a and the first of b, of matrices that are the arrays laid out so.
NDArray contracted(const NDArray& a, const NDArray& b, int axes) {
  Shape shape;
  std::int64_t rows = 1, columns = 1;
  for (int i = 0; i < a.ndim() - axes; ++i) shape.push_back(a.shape()[i]);
  for (int i = 0; i < a.ndim() - axes; ++i) rows *= a.shape()[i];
  for (int i = axes; i < b.ndim(); ++i) shape.push_back(b.shape()[i]);
  for (int i = axes; i < b.ndim(); ++i) columns *= b.shape()[i];
  const std::int64_t depth = b.shape().size_between(0, axes);
  if (shape.size() == 0 || depth == 0) return filled(shape, 0, a.dtype(), a.context());
  return reshaped(ops::dot(reshaped(a, {rows, depth}), reshaped(b, {depth, columns})), shape);
}

template <class O, class F>
OpDefinition<O> define_product(const char* name, const char* doc, F f) {
  auto d = formula::define<O>(name, [f](const O& o, In in) {
    const Arrays both = together(in);
    return f(o, both[0], both[1]);
  });
  d.doc(doc)
      .inputs({"a", "b"})
      .types(Types::numbers)
      .infer_types([](const O& /*o*/, auto in, auto out) {
        if (in[0] && in[1]) out[0] = promoted(in);
      });
  return d;
}

const auto dot =
    define_product<NoOptions>(
        "_np_dot", "The sum of products over the last axis of a and the last but one of b.",
        [](const NoOptions& /*o*/, const NDArray& a, const NDArray& b) {
          if (a.ndim() == 0 || b.ndim() == 0) return a * b;
          const int axis = std::max(b.ndim() - 2, 0);
          check(a.shape().back() == b.shape()[axis], "ValueError: shapes ", a.shape(), " and ",
                b.shape(), " do not fit: ", a.shape().back(), " and ", b.shape()[axis]);
          Shape order = {axis};
          for (int i = 0; i < b.ndim(); ++i) {
            if (i != axis) order.push_back(i);
          }
          return contracted(a, permuted(b, order), 1);
        })
        .sample({}, {{{3, 4}}, {{4, 5}}})
        .sample({}, {{{4}}, {{4}}})
        .sample({}, {{{2, 3, 4}}, {{2, 4, 5}}})
        .sample({}, {{{3, 4}}, {{}}})
        .sample({}, {{{0, 4}}, {{4, 5}}});

Shape without_matrix(const Shape& shape) {
  Shape result;
  for (int i = 0; i < shape.ndim() - 2; ++i) result.push_back(shape[i]);
  return result;
}

Shape joined(Shape shape, std::initializer_list<std::int64_t> more) {
  for (const std::int64_t size : more) shape.push_back(size);
  return shape;
}

NDArray matmul_of(const NoOptions& /*o*/, const NDArray& lhs, const NDArray& rhs) {
  check(lhs.ndim() > 0 && rhs.ndim() > 0,
        "ValueError: matmul: expected arrays of at least one axis; multiply takes numbers");
  const bool row = lhs.ndim() == 1, column = rhs.ndim() == 1;
  NDArray a = row ? reshaped(lhs, {1, lhs.size()}) : lhs;
  NDArray b = column ? reshaped(rhs, {rhs.size(), 1}) : rhs;
  const std::int64_t rows = a.shape()[a.ndim() - 2], depth = a.shape().back();
  const std::int64_t columns = b.shape().back();
  check(b.shape()[b.ndim() - 2] == depth, "ValueError: matmul: shapes ", lhs.shape(), " and ",
        rhs.shape(), " do not fit: ", depth, " and ", b.shape()[b.ndim() - 2]);
  const Shape many = broadcast_shapes(without_matrix(a.shape()), without_matrix(b.shape()));
  Shape shape = many;
  if (!row) shape.push_back(rows);
  if (!column) shape.push_back(columns);
  if (b.ndim() == 2 && depth > 0 && shape.size() > 0) {  // One matrix for all rows.
    return reshaped(contracted(a, b, 1), shape);
  }
  const std::int64_t count = many.size();
  if (shape.size() == 0 || depth == 0) return filled(shape, 0, a.dtype(), a.context());
  a = reshaped(expanded(a, joined(many, {rows, depth})), {count, rows, depth});
  b = reshaped(expanded(b, joined(many, {depth, columns})), {count, depth, columns});
  return reshaped(batch_product(a, b), shape);
}

const auto matmul =
    define_product<NoOptions>("_npi_matmul",
                              "Products of matrices, of all pairs that are broadcast.", matmul_of)
        .sample({}, {{{3, 4}}, {{4, 5}}})
        .sample({}, {{{4}}, {{4}}})
        .sample({}, {{{2, 1, 3, 4}}, {{3, 4, 2}}})
        .sample({}, {{{4}}, {{2, 4, 3}}})
        .sample({}, {{{0, 3, 4}}, {{4, 5}}})
        .sample({}, {{{2, 3, 0}}, {{2, 0, 5}}});

struct TensordotOptions {
  Shape a_axes_summed{};
  Shape b_axes_summed{};
};

struct TensordotIntOptions {
  std::int64_t axes = 0;
};

NDArray in_order(const NDArray& x, const Shape& order) {
  for (int i = 0; i < order.ndim(); ++i) {
    if (order[i] != i) return permuted(x, order);
  }
  return x;
}

NDArray tensordot_of(const TensordotOptions& o, const NDArray& a, const NDArray& b) {
  const Shape &of_a = o.a_axes_summed, &of_b = o.b_axes_summed;
  check(of_a.ndim() == of_b.ndim(), "ValueError: expected as many axes of a as of b, got ", of_a,
        " and ", of_b);
  std::uint32_t summed_a = 0, summed_b = 0;
  Shape order_a, order_b, last;
  for (int i = 0; i < of_a.ndim(); ++i) {
    const int x = normalize_axis(of_a[i], a.ndim(), "a_axes_summed");
    const int y = normalize_axis(of_b[i], b.ndim(), "b_axes_summed");
    check((summed_a >> x & 1U) == 0 && (summed_b >> y & 1U) == 0,
          "ValueError: an axis is named twice in ", of_a, " or ", of_b);
    check(a.shape()[x] == b.shape()[y], "ValueError: axis ", x, " of a has the size ", a.shape()[x],
          ", axis ", y, " of b ", b.shape()[y]);
    summed_a |= 1U << x;
    summed_b |= 1U << y;
    last.push_back(x);
    order_b.push_back(y);
  }
  for (int i = 0; i < a.ndim(); ++i) {
    if ((summed_a >> i & 1U) == 0) order_a.push_back(i);
  }
  for (const std::int64_t axis : last) order_a.push_back(axis);
  for (int i = 0; i < b.ndim(); ++i) {
    if ((summed_b >> i & 1U) == 0) order_b.push_back(i);
  }
  return contracted(in_order(a, order_a), in_order(b, order_b), of_a.ndim());
}

const auto tensordot =
    define_product<TensordotOptions>("_npi_tensordot", "The sum of products over pairs of axes.",
                                     tensordot_of)
        .field("a_axes_summed", &TensordotOptions::a_axes_summed, "Axes of a.")
        .required()
        .field("b_axes_summed", &TensordotOptions::b_axes_summed, "Their partners of b.")
        .required()
        .sample({.a_axes_summed = {0, 2}, .b_axes_summed = {1, 0}}, {{{3, 2, 4}}, {{4, 3}}})
        .sample({.a_axes_summed = {-1}, .b_axes_summed = {0}}, {{{3, 4}}, {{4, 2}}})
        .sample({}, {{{3}}, {{2}}})
        .sample({.a_axes_summed = {0}, .b_axes_summed = {0}}, {{{0, 4}}, {{0, 2}}});

const auto tensordot_int =
    define_product<TensordotIntOptions>(
        "_npi_tensordot_int_axes",
        "The sum of products over the last axes of a and the first of b.",
        [](const TensordotIntOptions& o, const NDArray& a, const NDArray& b) {
          check(o.axes >= 0 && o.axes <= std::min(a.ndim(), b.ndim()),
                "ValueError: axes: expected from 0 to ", std::min(a.ndim(), b.ndim()), ", got ",
                o.axes);
          TensordotOptions pairs;
          for (int i = 0; i < o.axes; ++i) {
            pairs.a_axes_summed.push_back(a.ndim() - o.axes + i);
            pairs.b_axes_summed.push_back(i);
          }
          return tensordot_of(pairs, a, b);
        })
        .field("axes", &TensordotIntOptions::axes, "How many axes.")
        .required()
        .sample({.axes = 1}, {{{3, 4}}, {{4, 2}}})
        .sample({.axes = 2}, {{{3, 4}}, {{3, 4}}})
        .sample({.axes = 0}, {{{2}}, {{0, 3}}});

// The sizes of x on every second axis, those that it lacks being 1, and 1 on the others.
Shape apart(const NDArray& x, int ndim, bool first) {
  Shape shape;
  for (int i = x.ndim() - ndim; i < x.ndim(); ++i) {
    const std::int64_t size = i < 0 ? 1 : x.shape()[i];
    shape.push_back(first ? size : 1);
    shape.push_back(first ? 1 : size);
  }
  return shape;
}

const auto kron = define_product<NoOptions>(
                      "_npi_kron", "Each element of a times the whole of b, side by side.",
                      [](const NoOptions& /*o*/, const NDArray& a, const NDArray& b) {
                        const int ndim = std::max(a.ndim(), b.ndim());
                        const Shape of_a = apart(a, ndim, true), of_b = apart(b, ndim, false);
                        Shape shape;
                        for (int i = 0; i < 2 * ndim; i += 2) {
                          shape.push_back(of_a[i] * of_b[i + 1]);
                        }
                        return reshaped(reshaped(a, of_a) * reshaped(b, of_b), shape);
                      })
                      .sample({}, {{{3, 2}}, {{2, 4}}})
                      .sample({}, {{{2, 3, 2}}, {{3}}})
                      .sample({}, {{{}}, {{2, 2}}})
                      .sample({}, {{{0, 2}}, {{2, 2}}});

struct CrossOptions {
  std::int64_t axisa = -1;
  std::int64_t axisb = -1;
  std::int64_t axisc = -1;
};

// An axis moved to another place.
NDArray moved(const NDArray& x, int from, int to) {
  Shape order;
  for (int i = 0; i < x.ndim(); ++i) {
    if (i != from) order.push_back(i);
  }
  order.insert(to, from);
  return in_order(x, order);
}

NDArray cross_of(const CrossOptions& o, const NDArray& a, const NDArray& b) {
  const NDArray both[] = {moved(a, axis_of(o.axisa, a.ndim()), a.ndim() - 1),
                          moved(b, axis_of(o.axisb, b.ndim()), b.ndim() - 1)};
  for (const NDArray& x : both) {
    check(x.shape().back() == 2 || x.shape().back() == 3,
          "ValueError: cross: expected vectors of two or three numbers, got ", x.shape().back());
  }
  const auto part = [&](int which, std::int64_t i) {
    const NDArray& x = both[which];
    if (i < x.shape().back()) return part_of(x, x.ndim() - 1, i, i + 1);
    Shape shape = x.shape();
    shape[x.ndim() - 1] = 1;
    return filled(shape, 0, x.dtype(), x.context());
  };
  const auto across = [&](std::int64_t i, std::int64_t j) {
    return part(0, i) * part(1, j) - part(0, j) * part(1, i);
  };
  const NDArray last = across(0, 1);
  if (both[0].shape().back() == 2 && both[1].shape().back() == 2) {
    Shape shape = last.shape();
    shape.erase(shape.ndim() - 1);
    return reshaped(last, shape);
  }
  const int axis = last.ndim() - 1;
  const NDArray all = ops::concat({across(1, 2), across(2, 0), last}, {.dim = axis});
  return moved(all, axis, axis_of(o.axisc, all.ndim()));
}

const auto cross =
    define_product<CrossOptions>(
        "_npi_cross",
        "The vector at right angles to two in space, or the third number of that to two in a "
        "plane.",
        cross_of)
        .field("axisa", &CrossOptions::axisa, "The axis of a with the vectors.")
        .field("axisb", &CrossOptions::axisb, "That of b.")
        .field("axisc", &CrossOptions::axisc, "That of the result.")
        .sample({}, {{{2, 3}}, {{2, 3}}})
        .sample({.axisa = 0, .axisc = 0}, {{{3, 2}}, {{4, 1, 2}}})
        .sample({}, {{{2}}, {{2}}})
        .sample({}, {{{0, 3}}, {{1, 3}}});

struct EinsumOptions {
  std::string subscripts{};
  int optimize = 0;
};

const auto einsum =
    formula::define<EinsumOptions>(
        "_npi_einsum",
        [](const EinsumOptions& o, In in) { return einsum_of(o.subscripts, together(in)); })
        .doc("The sum of products that the letters say: \"ij,jk->ik\" multiplies matrices.")
        .variadic("data")
        .types(Types::numbers)
        .field("subscripts", &EinsumOptions::subscripts, "A letter for each axis.")
        .field("optimize", &EinsumOptions::optimize, "Pairs are multiplied from left to right.")
        .infer_types([](const EinsumOptions& /*o*/, auto in, auto out) {
          if (const auto type = promoted(in)) out[0] = type;
        })
        .sample({.subscripts = "ij,jk->ik"}, {{{3, 4}}, {{4, 5}}})
        .sample({.subscripts = "bij,bkj"}, {{{2, 3, 4}}, {{2, 5, 4}}})
        .sample({.subscripts = "ii->i"}, {{{3, 3}}})
        .sample({.subscripts = "i,j,k->kji"}, {{{2}}, {{3}}, {{4}}})
        .sample({.subscripts = "...ij,...j->i..."}, {{{2, 3, 4}}, {{4}}})
        .sample({.subscripts = "ij->"}, {{{0, 4}}});

}  // namespace
}  // namespace gluino
