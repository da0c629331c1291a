#include <gluino/base/convert.h>
#include <gluino/ops/numpy/places-inl.h>

#include <algorithm>
#include <numeric>
#include <set>

/// NumPy's parts that are put in or taken out along an axis.
namespace gluino {
namespace {

using namespace numpy;

// What insert and delete share: one place, or the places of a slice, along an axis, or none: flat.
struct SpanOptions {
  std::optional<std::int64_t> start{};
  std::optional<std::int64_t> stop{};
  std::optional<std::int64_t> step{};
  std::optional<std::int64_t> int_ind{};
  std::optional<std::int64_t> axis{};
};

struct DeleteOptions : SpanOptions {
  /// How many places an array leaves. Calls on arrays count them; a graph must be told.
  std::optional<std::int64_t> kept{};

  bool by_array() const { return !int_ind && !start && !stop && !step; }
};

struct InsertOptions : SpanOptions {
  std::optional<double> val{};
};

template <class O>
using Place = std::optional<std::int64_t> O::*;

// The places of start:stop:step, as Python counts them.
std::vector<std::int64_t> places_of_slice(const SpanOptions& o, std::int64_t size) {
  // Further than the axis is long is as far.
  const std::int64_t step = std::clamp(o.step.value_or(1), -size - 1, size + 1);
  check(step != 0, "ValueError: step: expected another number than 0");
  const auto bound = [&](std::optional<std::int64_t> given, std::int64_t otherwise) {
    if (!given) return otherwise;
    const std::int64_t at = *given < 0 ? *given + size : *given;
    return step > 0 ? std::clamp<std::int64_t>(at, 0, size)
                    : std::clamp<std::int64_t>(at, -1, size - 1);
  };
  const std::int64_t begin = bound(o.start, step > 0 ? 0 : size - 1);
  const std::int64_t end = bound(o.stop, step > 0 ? size : -1);
  std::vector<std::int64_t> places;
  for (std::int64_t i = begin; step > 0 ? i < end : i > end; i += step) places.push_back(i);
  return places;
}

std::int64_t one_place(std::int64_t index, std::int64_t size, std::int64_t most) {
  check(index >= -size && index <= most, "IndexError: index ", index,
        " is out of range for an axis of size ", size);
  return index < 0 ? index + size : index;
}

struct Laid {
  NDArray x;
  int axis;
};

Laid along(const NDArray& x, const std::optional<std::int64_t>& axis) {
  if (axis) return {x, axis_of(*axis, x.ndim())};
  return {flat(x), 0};
}

// The places that an array names. Throws Error for those outside.
std::vector<std::int64_t> places_of_array(const NDArray& obj, std::int64_t size,
                                          std::int64_t most) {
  std::vector<std::int64_t> places;
  dispatch(obj.dtype(), [&]<class T>() {
    const T* values = static_cast<const T*>(obj.data());
    for (std::int64_t i = 0; i < obj.size(); ++i) {
      places.push_back(one_place(convert<std::int64_t>(values[i]), size, most));
    }
  });
  return places;
}

// The places of an axis that stay.
std::vector<std::int64_t> kept_places(const DeleteOptions& o, In in, std::int64_t size) {
  const std::vector<std::int64_t> named = in.size() > 1 ? places_of_array(in[1], size, size - 1)
                                          : o.int_ind
                                              ? std::vector{one_place(*o.int_ind, size, size - 1)}
                                              : places_of_slice(o, size);
  const std::set<std::int64_t> gone(named.begin(), named.end());
  std::vector<std::int64_t> kept;
  for (std::int64_t i = 0; i < size; ++i) {
    if (!gone.contains(i)) kept.push_back(i);
  }
  return kept;
}

NDArray deleted(const DeleteOptions& o, In in) {
  const auto [x, axis] = along(in[0], o.axis);
  const std::int64_t size = x.shape()[axis];
  std::vector<std::int64_t> kept;
  if (in.size() > 1) {
    check(o.kept && *o.kept >= 0 && *o.kept <= size,
          "the elements of obj decide how many places there will be, which a graph does not know; "
          "call it on arrays, or say them in the option kept");
  }
  // Who asks for shapes alone has no elements to look at.
  const bool known = in.size() == 1 || !current_mode().dry_run;
  if (known) kept = kept_places(o, in, size);
  const std::int64_t count = known ? std::ssize(kept) : *o.kept;
  check(!o.kept || count == *o.kept, "obj leaves ", count, " places, kept says ",
        o.kept.value_or(0));
  return taken(x, axis, count, [&](std::int64_t i) { return kept[static_cast<std::size_t>(i)]; });
}

DeleteOptions with_kept(const DeleteOptions& o, In in) {
  DeleteOptions sized = o;
  if (o.kept || in.size() != 2) return o;
  const auto [x, axis] = along(in[0], o.axis);
  sized.kept = std::ssize(kept_places(o, in, x.shape()[axis]));
  return sized;
}

template <class O>
void add_span(OpDefinition<O>& d) {
  d.field("start", Place<O>(&O::start), "Where the places begin.")
      .field("stop", Place<O>(&O::stop), "Where they end, not included.")
      .field("step", Place<O>(&O::step), "How far they are apart.")
      .field("int_ind", Place<O>(&O::int_ind), "The one place, in their stead.")
      .field("axis", Place<O>(&O::axis), "Along which axis; None: the array laid flat.");
}

[[maybe_unused]] const bool delete_defined = [] {
  auto d = formula::define<DeleteOptions>("_npi_delete", deleted);
  d.doc("The array without what stands at a place, at those of a slice or those in an array.")
      .inputs({"arr", "obj"})
      .reads_places({1})
      .omits_last_when([](const DeleteOptions& o) { return !o.by_array(); })
      .with_sizes(with_kept)
      .infer_types([](const DeleteOptions& /*o*/, auto in, auto out) { out[0] = in[0]; });
  add_span(d);
  d.field("kept", &DeleteOptions::kept, "How many places obj leaves; None: as many as there are.");
  DeleteOptions o;
  o.axis = 1;
  o.kept = 3;
  d.sample(o, {{{3, 4}}, {{2}, {Fill::Kind::integers, 1, 2}}})
      .sample(o, {{{0, 4}}, {{1}, {Fill::Kind::integers, 0, 4}}});
  o.int_ind = 1;
  o.kept.reset();
  d.sample(o, {{{3, 4}}}).sample(o, {{{0, 4}}});
  o.axis.reset();
  d.sample(o, {{{3, 4}}});
  o.int_ind.reset();
  o.start = 0, o.stop = 4, o.step = 2;
  d.sample(o, {{{3, 4}}});
  return true;
}();

// Where things are put in: at one place, at those of a slice, or at those in an array.
enum class At { place, slice, array };

// What is put in at one place, with all axes; as NumPy has it, it lies along the axis with its
// first one, unless the place came in an array.
NDArray laid_along(const NDArray& values, int ndim, int axis, bool turned) {
  check(values.ndim() <= ndim, "ValueError: values: expected at most ", ndim, " axes, got ",
        values.shape());
  Shape aligned = Shape::filled(ndim, 1);
  const int lead = ndim - values.ndim();
  for (int i = 0; i < values.ndim(); ++i) aligned[lead + i] = values.shape()[i];
  const NDArray whole = reshaped(values, aligned);
  if (!turned || ndim < 2) return whole;
  Shape order;
  for (int i = 1; i <= axis; ++i) order.push_back(i);
  order.push_back(0);
  for (int i = axis + 1; i < ndim; ++i) order.push_back(i);
  return ops::transpose(whole, {.axes = order});
}

// What stands at each place of the result: of x, of `size` places, or, behind it, of the values.
std::vector<std::int64_t> merged(const std::vector<std::int64_t>& before, std::int64_t size) {
  std::vector<std::int64_t> order(before.size()), places;
  std::iota(order.begin(), order.end(), 0);
  const auto place_of = [&](std::int64_t i) { return before[static_cast<std::size_t>(i)]; };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::int64_t i, std::int64_t j) { return place_of(i) < place_of(j); });
  auto next = order.begin();
  for (std::int64_t i = 0; i <= size; ++i) {
    for (; next != order.end() && place_of(*next) <= i; ++next) places.push_back(size + *next);
    if (i < size) places.push_back(i);
  }
  return places;
}

NDArray inserted(const InsertOptions& o, In in, At at) {
  const auto [x, axis] = along(in[0], o.axis);
  const std::int64_t size = x.shape()[axis];
  NDArray values = o.val ? filled({}, *o.val, x.dtype(), x.context()) : as(in[1], x.dtype());
  std::vector<std::int64_t> before;
  if (at == At::slice) before = places_of_slice(o, size);
  if (at == At::place) before = {one_place(o.int_ind.value_or(0), size, size)};
  std::int64_t count = std::ssize(before);
  if (at == At::array) {
    count = in.back().size();
    if (!current_mode().dry_run) before = places_of_array(in.back(), size, size);
  }
  if (at == At::place || (at == At::array && count == 1)) {
    values = laid_along(values, x.ndim(), axis, at == At::place);
    count = values.shape()[axis];
    if (!before.empty()) before.assign(static_cast<std::size_t>(count), before[0]);
  }
  Shape shape = x.shape();
  shape[axis] = count;
  values = expanded(values, shape);
  const auto elsewhere = [&](std::int64_t place) { return place != before[0]; };
  if (!before.empty() && x.size() > 0 && std::none_of(before.begin(), before.end(), elsewhere)) {
    Arrays parts{values};
    if (before[0] > 0) parts.insert(parts.begin(), part_of(x, axis, 0, before[0]));
    if (before[0] < size) parts.push_back(part_of(x, axis, before[0], size));
    return ops::concat(parts, {.dim = axis});
  }
  const NDArray both = ops::concat({x, values}, {.dim = axis});
  const std::vector<std::int64_t> places = merged(before, size);
  return taken(both, axis, size + count,
               [&](std::int64_t i) { return places[static_cast<std::size_t>(i)]; });
}

void define_insert(const char* name, const char* doc, At at) {
  const bool by_array = at == At::array;
  auto d = formula::define<InsertOptions>(
      name, [at](const InsertOptions& o, In in) { return inserted(o, in, at); });
  d.doc(doc)
      .inputs(by_array ? std::vector<std::string>{"arr", "values", "obj"}
                       : std::vector<std::string>{"arr", "values"})
      .inputs_by(
          [by_array](const InsertOptions& o) {
            std::vector<std::string> names{"arr"};
            if (!o.val) names.emplace_back("values");
            if (by_array) names.emplace_back("obj");
            return names;
          },
          [](const InsertOptions& /*o*/) { return 0; })
      .reads_places({2})
      .infer_types([](const InsertOptions& /*o*/, auto in, auto out) { out[0] = in[0]; })
      .field("val", &InsertOptions::val, "The number that is put in, if not an array.");
  add_span(d);
  InsertOptions o;
  o.axis = 1;
  if (by_array) {
    const Fill anywhere{Fill::Kind::integers, 0, 5};
    d.sample(o, {{{3, 4}}, {{3, 2}}, {{2}, anywhere}})
        .sample(o, {{{0, 4}}, {{1}}, {{3}, anywhere}});
    o.val = 2;
    d.sample(o, {{{3, 4}}, {{1}, anywhere}});
    return;
  }
  if (at == At::slice) {
    o.start = 0, o.stop = 4, o.step = 2;
  } else {
    o.int_ind = 1;
  }
  d.sample(o, {{{3, 4}}, {{3, at == At::slice ? 2 : 1}}}).sample(o, {{{0, 4}}, {{1}}});
  if (at == At::slice) {
    InsertOptions backwards = o;
    backwards.start = 3, backwards.stop = 0, backwards.step = -1;
    d.sample(backwards, {{{3, 4}}, {{3, 3}}});
  }
  o.val = 2;
  o.axis.reset();
  d.sample(o, {{{3, 4}}});
}

[[maybe_unused]] const bool inserts = [] {
  define_insert("_npi_insert_scalar", "The array with values put in at one place.", At::place);
  define_insert("_npi_insert_slice", "The array with values put in before the places of a slice.",
                At::slice);
  define_insert("_npi_insert_tensor", "The array with values put in before the places in an array.",
                At::array);
  return true;
}();

}  // namespace
}  // namespace gluino
