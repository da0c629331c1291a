#include <gluino/ops/numpy/arrays-inl.h>

#include <algorithm>
#include <numeric>

/// NumPy's changes of shape: the same elements elsewhere.
namespace gluino {
namespace {

using namespace numpy;

const auto copied =
    formula::define<NoOptions>("_np_copy",
                               [](const NoOptions& /*o*/, In in) { return ops::identity(in[0]); })
        .doc("The array itself, in memory of its own.")
        .inputs({"a"})
        .row_wise()
        .sample({}, {{{3, 5}}})
        .sample({}, {{{0, 5}}});

struct NpReshapeOptions {
  Shape newshape{};
  std::string order = "C";
};

void check_order(const std::string& order) {
  check(order == "C", "order: expected \"C\", got \"", order, "\"");
}

// NumPy's codes: -1 is what is left.
Shape with_rest(Shape shape, std::int64_t size) {
  const auto rest = std::find(shape.begin(), shape.end(), -1);
  Shape others;
  for (std::int64_t& dim : shape) {
    check(dim >= -1, "newshape: expected sizes of at least 0, or -1, got ", shape);
    if (&dim != rest) {
      check(dim != -1, "newshape: only one size can be found, got ", shape);
      others.push_back(dim);
    }
  }
  if (rest != shape.end()) {
    const std::int64_t known = others.size();
    check(known > 0 && size % known == 0, "ValueError: an array of ", size,
          " elements has no shape ", shape);
    *rest = size / known;
  }
  check(shape.size() == size, "ValueError: an array of ", size, " elements has no shape ", shape);
  return shape;
}

const auto np_reshape =
    formula::define<NpReshapeOptions>("_np_reshape",
                                      [](const NpReshapeOptions& o, In in) {
                                        check_order(o.order);
                                        return reshaped(in[0], with_rest(o.newshape, in[0].size()));
                                      })
        .doc("The same elements under another shape.")
        .inputs({"a"})
        .field("newshape", &NpReshapeOptions::newshape, "The shape; -1 is what is left.")
        .required()
        .field("order", &NpReshapeOptions::order, "Only C: row by row.")
        .sample({.newshape = {4, -1}}, {{{3, 4}}})
        .sample({.newshape = {}}, {{{1, 1}}})
        .sample({.newshape = {5, 0}}, {{{0, 5}}});

struct NpxReshapeOptions {
  Shape newshape{};
  bool reverse = false;
  std::string order = "C";
};

// npx's codes: -1 is what is left, -2 copies a size, -3 drops a size of 1, -4 copies all that
// remain, -5 joins two, -6 splits one into the next two numbers.
Shape npx_shape(Shape from, Shape codes, bool reverse) {
  if (reverse) {
    std::reverse(from.begin(), from.end());
    std::reverse(codes.begin(), codes.end());
    // A code and its two numbers stand the other way around now.
    for (int i = 2; i < codes.ndim(); ++i) {
      if (codes[i] == -6)
        std::rotate(codes.begin() + i - 2, codes.begin() + i, codes.begin() + i + 1);
    }
  }
  Shape to;
  int next = 0;
  const auto take = [&] {
    check(next < from.ndim(), "newshape: ", codes, " names more axes than shape ", from, " has");
    return from[next++];
  };
  for (int i = 0; i < codes.ndim(); ++i) {
    const std::int64_t code = codes[i];
    if (code >= -1) {
      to.push_back(code);
      ++next;
    } else if (code == -2) {
      to.push_back(take());
    } else if (code == -3) {
      check(take() == 1, "newshape: -3 drops an axis of size 1, got shape ", from);
    } else if (code == -4) {
      while (next < from.ndim()) to.push_back(from[next++]);
    } else if (code == -5) {
      const std::int64_t first = take();
      to.push_back(first * take());
    } else {
      check(code == -6 && i + 2 < codes.ndim(), "newshape: expected sizes or codes from -1 to -6, ",
            "-6 with two numbers, got ", codes);
      const std::int64_t whole = take();
      std::int64_t a = codes[++i], b = codes[++i];
      check(a >= -1 && b >= -1 && (a > 0 || b > 0),
            "newshape: -6 needs two sizes, one may be -1, got ", codes);
      if (a == -1) a = whole / b;
      if (b == -1) b = whole / a;
      check(a * b == whole, "newshape: ", whole, " is not ", a, " times ", b);
      to.push_back(a);
      to.push_back(b);
    }
  }
  if (reverse) std::reverse(to.begin(), to.end());
  return to;
}

const auto npx_reshape =
    formula::define<NpxReshapeOptions>("_npx_reshape",
                                       [](const NpxReshapeOptions& o, In in) {
                                         check_order(o.order);
                                         const Shape shape =
                                             npx_shape(in[0].shape(), o.newshape, o.reverse);
                                         return reshaped(in[0], with_rest(shape, in[0].size()));
                                       })
        .aliases({"_npi_reshape"})
        .doc("The same elements under another shape, which may be told by codes.")
        .inputs({"a"})
        .field("newshape", &NpxReshapeOptions::newshape,
               "Sizes, or: -1 what is left, -2 copies one, -3 drops a 1, -4 copies the rest, -5 "
               "joins two, -6 splits one into the next two numbers.")
        .required()
        .field("reverse", &NpxReshapeOptions::reverse, "Read from the right end.")
        .field("order", &NpxReshapeOptions::order, "Only C: row by row.")
        .sample({.newshape = {-2, -1}}, {{{3, 4, 2}}})
        .sample({.newshape = {-5, -4}}, {{{3, 4, 2}}})
        .sample({.newshape = {-6, 2, -1, -4}}, {{{4, 3}}})
        .sample({.newshape = {-4, -6, 2, -1}, .reverse = true}, {{{3, 4}}})
        .sample({.newshape = {-2, -3}}, {{{0, 1}}});

struct NpSqueezeOptions {
  std::optional<Shape> axis{};
};

NDArray squeezed(const NpSqueezeOptions& o, In in) {
  const Shape& shape = in[0].shape();
  std::vector<bool> drop(static_cast<std::size_t>(shape.ndim()));
  for (int i = 0; !o.axis && i < shape.ndim(); ++i)
    drop[static_cast<std::size_t>(i)] = shape[i] == 1;
  for (const std::int64_t axis : o.axis.value_or(Shape())) {
    const int place = axis_of(axis, shape.ndim());
    check(shape[place] == 1, "ValueError: axis: expected axes of size 1, got ", axis, " of shape ",
          shape);
    drop[static_cast<std::size_t>(place)] = true;
  }
  Shape result;
  for (int i = 0; i < shape.ndim(); ++i) {
    if (!drop[static_cast<std::size_t>(i)]) result.push_back(shape[i]);
  }
  return reshaped(in[0], result);
}

const auto squeeze = formula::define<NpSqueezeOptions>("_np_squeeze", squeezed)
                         .doc("The array without axes of size 1.")
                         .inputs({"a"})
                         .field("axis", &NpSqueezeOptions::axis, "Which; None: all of size 1.")
                         .sample({}, {{{3, 1, 4, 1}}})
                         .sample({}, {{{1, 1}}})
                         .sample({.axis = Shape{-1}}, {{{0, 1, 1}}});

struct NpTransposeOptions {
  std::optional<Shape> axes{};
};

const auto transpose =
    formula::define<NpTransposeOptions>("_np_transpose",
                                        [](const NpTransposeOptions& o, In in) {
                                          Shape order = o.axes.value_or(Shape());
                                          if (order.empty()) {
                                            for (int i = in[0].ndim() - 1; i >= 0; --i)
                                              order.push_back(i);
                                          }
                                          check(order.ndim() == in[0].ndim(),
                                                "ValueError: axes: expected ", in[0].ndim(),
                                                " of them, got ", order);
                                          return permuted(in[0], order);
                                        })
        .doc("The array with its axes in another order.")
        .inputs({"a"})
        .field("axes", &NpTransposeOptions::axes, "Where each comes from; None reverses them.")
        .sample({}, {{{3, 4, 2}}})
        .sample({.axes = Shape{1, 0, 2}}, {{{3, 4, 2}}})
        .sample({}, {{{}}})
        .sample({}, {{{0, 5}}});

struct MoveAxisOptions {
  Shape source{};
  Shape destination{};
};

NDArray axes_moved(const MoveAxisOptions& o, In in) {
  const int ndim = in[0].ndim();
  check(o.source.ndim() == o.destination.ndim(),
        "ValueError: source and destination: expected as "
        "many, got ",
        o.source, " and ", o.destination);
  Shape order = Shape::filled(ndim, -1);
  std::uint32_t moved = 0;
  for (int i = 0; i < o.source.ndim(); ++i) {
    const int from = normalize_axis(o.source[i], ndim, "source");
    const int to = normalize_axis(o.destination[i], ndim, "destination");
    check((moved >> from & 1U) == 0 && order[to] == -1, "ValueError: an axis is named twice in ",
          o.source, " or ", o.destination);
    moved |= 1U << from;
    order[to] = from;
  }
  int next = 0;
  for (std::int64_t& axis : order) {
    if (axis != -1) continue;
    while (moved >> next & 1U) ++next;
    axis = next++;
  }
  return permuted(in[0], order);
}

const auto moveaxis = formula::define<MoveAxisOptions>("_np_moveaxis", axes_moved)
                          .doc("Axes moved to other places; the others keep their order.")
                          .inputs({"a"})
                          .field("source", &MoveAxisOptions::source, "Where they are.")
                          .required()
                          .field("destination", &MoveAxisOptions::destination, "Where they go.")
                          .required()
                          .sample({.source = {0}, .destination = {-1}}, {{{3, 4, 2}}})
                          .sample({.source = {0, 1}, .destination = {2, 0}}, {{{3, 4, 2}}})
                          .sample({.source = {0}, .destination = {1}}, {{{0, 5}}});

struct NpBroadcastToOptions {
  Shape shape{};
};

const auto broadcast_to =
    formula::define<NpBroadcastToOptions>("_npi_broadcast_to",
                                          [](const NpBroadcastToOptions& o, In in) {
                                            // MXNet keeps the sizes of -2.
                                            Shape shape = o.shape;
                                            const int lead = shape.ndim() - in[0].ndim();
                                            for (int i = std::max(lead, 0); i < shape.ndim(); ++i) {
                                              if (shape[i] == -2)
                                                shape[i] = in[0].shape()[i - lead];
                                            }
                                            check(shape.known(), "shape: expected sizes, got ",
                                                  shape);
                                            return ops::identity(expanded(in[0], shape));
                                          })
        .doc("The array repeated along axes of size 1 and new ones in front.")
        .inputs({"array"})
        .field("shape", &NpBroadcastToOptions::shape, "The shape; -2 keeps a size.")
        .sample({.shape = {2, 3, 4}}, {{{3, 1}}})
        .sample({.shape = {2, 3}}, {{{}}})
        .sample({.shape = {0, 3}}, {{{1, 3}}})
        .sample({.shape = {2, 0}}, {{{0}}});

}  // namespace
}  // namespace gluino
