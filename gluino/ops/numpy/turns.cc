#include <gluino/ops/movement/repeat.h>
#include <gluino/ops/numpy/places-inl.h>

#include <algorithm>

/// NumPy's turns: elements that are reversed, rotated or rolled along axes.
namespace gluino {
namespace {

using namespace numpy;

struct FlipOptions {
  std::optional<Shape> axis{};
};

NDArray reversed(const NDArray& x, const Shape& axes) {
  if (axes.empty() || x.size() == 0) return ops::identity(x);
  SliceOptions whole;
  whole.begin.resize(static_cast<std::size_t>(x.ndim()));
  whole.end = whole.step = whole.begin;
  for (const std::int64_t axis : axes) whole.step[static_cast<std::size_t>(axis)] = -1;
  return ops::slice(x, whole);
}

const auto flip =
    formula::define<FlipOptions>("_npi_flip",
                                 [](const FlipOptions& o, In in) {
                                   Shape axes;
                                   const int ndim = in[0].ndim();
                                   for (int i = 0; !o.axis && i < ndim; ++i) {
                                     axes.push_back(i);
                                   }
                                   for (const std::int64_t axis : o.axis.value_or(Shape{})) {
                                     axes.push_back(axis_of(axis, ndim));
                                   }
                                   return reversed(in[0], axes);
                                 })
        .doc("The elements along axes the other way around.")
        .inputs({"data"})
        .field("axis", &FlipOptions::axis, "Which axes; None: all.")
        .required()
        .sample({.axis = Shape{0}}, {{{3, 4}}})
        .sample({.axis = Shape{0, -1}}, {{{3, 4, 2}}})
        .sample({.axis = Shape{1}}, {{{0, 4}}});

struct Rot90Options {
  std::int64_t k = 1;
  std::optional<Shape> axes{};
};

NDArray rotated(const Rot90Options& o, In in) {
  const NDArray& x = in[0];
  const Shape axes = o.axes.value_or(Shape{0, 1});
  check(axes.ndim() == 2, "ValueError: axes: expected two, got ", axes);
  const int a = normalize_axis(axes[0], x.ndim(), "axes");
  const int b = normalize_axis(axes[1], x.ndim(), "axes");
  check(a != b, "ValueError: axes: expected two different ones, got ", axes);
  const std::int64_t turns = (o.k % 4 + 4) % 4;
  if (turns == 0) return ops::identity(x);
  if (turns == 2) return reversed(x, {a, b});
  Shape order;
  for (int i = 0; i < x.ndim(); ++i) order.push_back(i == a ? b : i == b ? a : i);
  return turns == 1 ? permuted(reversed(x, {b}), order) : reversed(permuted(x, order), {b});
}

const auto rot90 = formula::define<Rot90Options>("_npi_rot90", rotated)
                       .doc("The plane of two axes turned by 90 degrees, k times.")
                       .inputs({"data"})
                       .field("k", &Rot90Options::k, "How often.")
                       .field("axes", &Rot90Options::axes, "From the first to the second.")
                       .sample({.axes = Shape{0, 1}}, {{{3, 4}}})
                       .sample({.k = 2, .axes = Shape{0, 2}}, {{{3, 4, 2}}})
                       .sample({.k = -1, .axes = Shape{2, 1}}, {{{3, 4, 2}}})
                       .sample({.axes = Shape{0, 1}}, {{{0, 4}}});

struct RollOptions {
  std::optional<Shape> shift{};
  std::optional<Shape> axis{};
};

NDArray rolled(NDArray x, std::int64_t shift, int axis) {
  const std::int64_t n = x.shape()[axis];
  if (n == 0) return x;
  const std::int64_t by = (shift % n + n) % n;
  if (by == 0) return x;
  return ops::concat({part_of(x, axis, n - by, n), part_of(x, axis, 0, n - by)}, {.dim = axis});
}

NDArray roll_of(const RollOptions& o, In in) {
  check(o.shift && !o.shift->empty(), "TypeError: shift: expected how far, got None");
  const Shape& shift = *o.shift;
  NDArray x = in[0];
  if (x.size() == 0) return x;
  if (!o.axis) {
    check(shift.ndim() == 1, "ValueError: shift: expected one number without axes, got ", shift);
    return reshaped(rolled(flat(x), shift[0], 0), x.shape());
  }
  const int count = std::max(shift.ndim(), o.axis->ndim());
  const auto fits = [&](const Shape& s) { return s.ndim() == count || s.ndim() == 1; };
  check(fits(shift) && fits(*o.axis), "ValueError: shift and axis: expected as many, got ", shift,
        " and ", *o.axis);
  for (int i = 0; i < count; ++i) {
    const std::int64_t axis = (*o.axis)[o.axis->ndim() == 1 ? 0 : i];
    x = rolled(x, shift[shift.ndim() == 1 ? 0 : i], axis_of(axis, x.ndim()));
  }
  return x;
}

const auto roll = formula::define<RollOptions>("_np_roll", roll_of)
                      .doc("The elements moved along axes; what falls out comes in at the front.")
                      .inputs({"data"})
                      .field("shift", &RollOptions::shift, "How far, for each axis.")
                      .field("axis", &RollOptions::axis, "Which axes; None: the array laid flat.")
                      .sample({.shift = Shape{2}}, {{{3, 4}}})
                      .sample({.shift = Shape{1, -1}, .axis = Shape{0, 1}}, {{{3, 4}}})
                      .sample({.shift = Shape{1}, .axis = Shape{1}}, {{{0, 4}}});

struct RollaxisOptions {
  std::int64_t axis = 0;
  std::int64_t start = 0;
};

NDArray axis_rolled(const RollaxisOptions& o, In in) {
  const int ndim = in[0].ndim();
  const int axis = axis_of(o.axis, ndim);
  const std::int64_t start = o.start < 0 ? o.start + ndim : o.start;
  check(start >= 0 && start <= ndim, "AxisError: start: expected from ", -ndim, " to ", ndim,
        ", got ", o.start);
  Shape order;
  for (int i = 0; i < ndim; ++i) {
    if (i == start) order.push_back(axis);
    if (i != axis) order.push_back(i);
  }
  if (start == ndim) order.push_back(axis);
  return permuted(in[0], order);
}

const auto rollaxis = formula::define<RollaxisOptions>("_npi_rollaxis", axis_rolled)
                          .doc("An axis moved before another place; the others keep their order.")
                          .inputs({"a"})
                          .field("axis", &RollaxisOptions::axis, "Which axis.")
                          .required()
                          .field("start", &RollaxisOptions::start, "Before which it goes.")
                          .sample({.axis = 2}, {{{3, 4, 2}}})
                          .sample({.axis = 0, .start = 2}, {{{3, 4, 2}}})
                          .sample({.axis = -1, .start = -2}, {{{0, 4, 2}}});

struct RepeatsOptions {
  std::vector<std::optional<std::int64_t>> repeats{};
  std::optional<std::int64_t> axis{};
};

NDArray repeated(const RepeatsOptions& o, In in) {
  const NDArray x = o.axis ? in[0] : flat(in[0]);
  const int axis = axis_of(o.axis.value_or(0), x.ndim());
  const auto size = static_cast<std::size_t>(x.shape()[axis]);
  const std::size_t given = o.repeats.size();
  check(given == 1 || given == size, "ValueError: repeats: expected one number or ", size, ", got ",
        given);
  const auto times = [&](std::size_t i) { return o.repeats[given == 1 ? 0 : i].value_or(0); };
  for (std::size_t i = 0; i < given; ++i) {
    check(times(i) >= 0, "ValueError: repeats: expected at least 0, got ", times(i));
  }
  if (given == 1) return ops::repeat(x, {.repeats = times(0), .axis = axis});
  // Up to where each place stands.
  std::vector<std::int64_t> ends;
  std::int64_t count = 0;
  for (std::size_t i = 0; i < size; ++i) {
    check(!__builtin_add_overflow(count, times(i), &count), "ValueError: repeats: too many");
    ends.push_back(count);
  }
  return taken(x, axis, count, [&](std::int64_t i) {
    return std::upper_bound(ends.begin(), ends.end(), i) - ends.begin();
  });
}

const auto repeats =
    formula::define<RepeatsOptions>("_npi_repeats", repeated)
        .doc("Each place of an axis so often, one after the other.")
        .inputs({"data"})
        .field("repeats", &RepeatsOptions::repeats, "How often: one number, or one per place.")
        .required()
        .field("axis", &RepeatsOptions::axis, "The axis; None takes the array as one row.")
        .sample({.repeats = {2}}, {{{3, 4}}})
        .sample({.repeats = {1, 0, 3}, .axis = 0}, {{{3, 4}}})
        .sample({.repeats = {0, 0}, .axis = -1}, {{{3, 2}}})
        .sample({.repeats = {2}, .axis = 1}, {{{0, 4}}});

}  // namespace
}  // namespace gluino
