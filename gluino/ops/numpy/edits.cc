#include <gluino/ops/indexing/indexing.h>
#include <gluino/ops/numpy/arrays-inl.h>
#include <gluino/ops/numpy/places-inl.h>
#include <gluino/ops/reduce/reduce.h>

#include <algorithm>
#include <numeric>

/// NumPy's margins, and parts that are put in or taken out along an axis.
namespace gluino {

void numpy::parse_value(const std::string& text, PairsOfWidths& value) {
  std::string row = "(";
  for (const char c : text) {
    if (c != '(' && c != ')' && c != '[' && c != ']') row += c;
  }
  std::vector<std::optional<std::int64_t>> numbers;
  gluino::parse_value(row + ")", numbers);
  check(numbers.size() % 2 == 0, "expected pairs of numbers, got \"", text, "\"");
  value.pairs.clear();
  for (std::size_t i = 0; i < numbers.size(); i += 2) {
    check(numbers[i] && numbers[i + 1], "expected pairs of numbers, got \"", text, "\"");
    value.pairs.emplace_back(*numbers[i], *numbers[i + 1]);
  }
}

std::string numpy::format_value(const PairsOfWidths& value) {
  std::string text;
  for (const auto& [before, after] : value.pairs) {
    text += str(text.empty() ? "" : ", ", "(", before, ", ", after, ")");
  }
  return str("(", text, value.pairs.size() == 1 ? ",)" : ")");
}

namespace {

using namespace numpy;

struct NpPadOptions {
  /// Numbers of elements before and after, for each axis.
  PairsOfWidths pad_width{};
  std::string mode = "constant";
  double constant_value = 0;
  std::string reflect_type = "even";
};

// The extreme of all rows on an axis, n times.
NDArray extremes(const NDArray& x, int axis, bool largest, std::int64_t n) {
  const ReduceOptions along{.axis = {axis}, .keepdims = true};
  const NDArray one = largest ? ops::max(x, along) : ops::min(x, along);
  Shape shape = one.shape();
  shape[axis] = n;
  return expanded(one, shape);
}

// Which element stands at place i, which may lie before 0 or behind the last.
std::int64_t place_of(std::int64_t i, std::int64_t size, const std::string& mode) {
  if (mode == "edge" || size == 1) return std::clamp<std::int64_t>(i, 0, size - 1);
  // A mirror that shows the outermost element again, or does not.
  const std::int64_t period = mode == "symmetric" ? 2 * size : 2 * size - 2;
  const std::int64_t at = ((i % period) + period) % period;
  return at < size ? at : mode == "symmetric" ? period - 1 - at : period - at;
}

NDArray padded(const NDArray& x, int axis, std::int64_t before, std::int64_t after,
               const NpPadOptions& o) {
  constexpr std::int64_t kMost = std::int64_t{1} << 40;
  check(before >= 0 && after >= 0 && before < kMost && after < kMost,
        "ValueError: pad_width: expected from 0 to 2^40, got ", before, " and ", after);
  if (before + after == 0) return x;
  const std::int64_t size = x.shape()[axis];
  Shape shape = x.shape();
  if (o.mode == "constant") {
    Arrays parts;
    for (const std::int64_t width : {before, size, after}) {
      shape[axis] = width;
      const bool is_x = parts.size() == 1;
      parts.push_back(is_x ? x : filled(shape, o.constant_value, x.dtype(), x.context()));
    }
    std::erase_if(parts, [&](const NDArray& part) { return part.shape()[axis] == 0; });
    return parts.size() == 1 ? parts[0] : ops::concat(parts, {.dim = axis});
  }
  check(size > 0, "ValueError: pad_width: axis ", axis, " of shape ", x.shape(),
        " has no elements to repeat");
  if (o.mode == "maximum" || o.mode == "minimum") {
    const bool largest = o.mode == "maximum";
    Arrays parts;
    if (before > 0) parts.push_back(extremes(x, axis, largest, before));
    parts.push_back(x);
    if (after > 0) parts.push_back(extremes(x, axis, largest, after));
    return ops::concat(parts, {.dim = axis});
  }
  return taken(x, axis, size + before + after,
               [&](std::int64_t i) { return place_of(i - before, size, o.mode); });
}

NDArray pad_of(const NpPadOptions& o, In in) {
  NDArray x = in[0];
  const auto& widths = o.pad_width.pairs;
  check(o.reflect_type == "even", "reflect_type: expected \"even\", got \"", o.reflect_type, "\"");
  check(widths.size() == static_cast<std::size_t>(x.ndim()), "ValueError: pad_width: expected ",
        x.ndim(), " pairs, got ", widths.size());
  for (int axis = 0; axis < x.ndim(); ++axis) {
    const auto& [before, after] = widths[static_cast<std::size_t>(axis)];
    x = padded(x, axis, before, after, o);
  }
  return x.same_as(in[0]) ? ops::identity(x) : x;
}

const auto pad =
    formula::define<NpPadOptions>("_npi_pad", pad_of)
        .doc("The array with a margin.")
        .inputs({"data"})
        .types(Types::numbers)
        .field("pad_width", &NpPadOptions::pad_width, "Numbers of elements before and after.")
        .required()
        .field("mode", &NpPadOptions::mode, "What stands there.",
               {"constant", "edge", "maximum", "minimum", "reflect", "symmetric"})
        .field("constant_value", &NpPadOptions::constant_value, "The number of mode constant.")
        .field("reflect_type", &NpPadOptions::reflect_type, "Only \"even\".")
        .sample({.pad_width = {{{1, 2}, {0, 1}}}, .constant_value = 3}, {{{3, 4}}})
        .sample({.pad_width = {{{1, 2}, {0, 6}}}, .mode = "reflect"}, {{{3, 4}}})
        .sample({.pad_width = {{{1, 2}, {5, 1}}}, .mode = "symmetric"}, {{{3, 4}}})
        .sample({.pad_width = {{{1, 2}, {0, 1}}}, .mode = "edge"}, {{{3, 4}}})
        .sample({.pad_width = {{{1, 2}, {0, 1}}}, .mode = "maximum"},
                {{{3, 4}, {Fill::Kind::distinct, -2, 2}}})
        .sample({.pad_width = {{{1, 0}, {0, 1}}}}, {{{0, 4}}});

// What insert and delete share: one place, or the places of a slice, along an axis, or none: flat.
struct SpanOptions {
  std::optional<std::int64_t> start{};
  std::optional<std::int64_t> stop{};
  std::optional<std::int64_t> step{};
  std::optional<std::int64_t> int_ind{};
  std::optional<std::int64_t> axis{};
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
  if (axis) return {x, normalize_axis(*axis, x.ndim())};
  return {flat(x), 0};
}

NDArray deleted(const SpanOptions& o, In in) {
  const auto [x, axis] = along(in[0], o.axis);
  const std::int64_t size = x.shape()[axis];
  const std::vector<std::int64_t> gone =
      o.int_ind ? std::vector{one_place(*o.int_ind, size, size - 1)} : places_of_slice(o, size);
  std::vector<std::int64_t> kept;
  for (std::int64_t i = 0; i < size; ++i) {
    if (std::find(gone.begin(), gone.end(), i) == gone.end()) kept.push_back(i);
  }
  return taken(x, axis, static_cast<std::int64_t>(kept.size()),
               [&](std::int64_t i) { return kept[static_cast<std::size_t>(i)]; });
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
  auto d = formula::define<SpanOptions>("_npi_delete", deleted);
  d.doc("The array without what stands at a place, or at those of a slice.").inputs({"arr"});
  add_span(d);
  d.sample({.int_ind = 1, .axis = 0}, {{{3, 4}}})
      .sample({.start = 0, .stop = 4, .step = 2, .axis = 1}, {{{3, 4}}})
      .sample({.int_ind = -1}, {{{3, 4}}})
      .sample({.int_ind = 1, .axis = 1}, {{{0, 4}}});
  return true;
}();

NDArray inserted(const InsertOptions& o, In in, bool slice) {
  const auto [x, axis] = along(in[0], o.axis);
  const std::int64_t size = x.shape()[axis];
  NDArray values = o.val ? filled({}, *o.val, x.dtype(), x.context()) : as(in[1], x.dtype());
  Shape shape = x.shape();
  std::vector<std::int64_t> before;
  bool backwards = false;
  if (slice) {
    before = places_of_slice(o, size);
    backwards = !before.empty() && before.front() > before.back();
    std::sort(before.begin(), before.end());
  } else {
    // As NumPy has it, what is put in at one place lies along the axis with its first one.
    const std::int64_t place = one_place(o.int_ind.value_or(0), size, size);
    Shape aligned = Shape::filled(x.ndim(), 1);
    check(values.ndim() <= x.ndim(), "ValueError: values: expected at most ", x.ndim(),
          " axes, got ", values.shape());
    const int lead = x.ndim() - values.ndim();
    for (int i = 0; i < values.ndim(); ++i) aligned[lead + i] = values.shape()[i];
    values = reshaped(values, aligned);
    if (values.ndim() > 1) {
      Shape order;
      for (int i = 1; i <= axis; ++i) order.push_back(i);
      order.push_back(0);
      for (int i = axis + 1; i < x.ndim(); ++i) order.push_back(i);
      values = ops::transpose(values, {.axes = order});
    }
    before.assign(static_cast<std::size_t>(values.shape()[axis]), place);
  }
  const auto count = static_cast<std::int64_t>(before.size());
  shape[axis] = count;
  values = expanded(values, shape);
  const NDArray both = ops::concat({x, values}, {.dim = axis});
  // What stands at each place of the result: of x, or, behind it, of the values.
  std::vector<std::int64_t> places;
  std::int64_t next = 0;
  for (std::int64_t i = 0; i <= size; ++i) {
    for (; next < count && before[static_cast<std::size_t>(next)] <= i; ++next) {
      places.push_back(size + (backwards ? count - 1 - next : next));
    }
    if (i < size) places.push_back(i);
  }
  return taken(both, axis, size + count,
               [&](std::int64_t i) { return places[static_cast<std::size_t>(i)]; });
}

void define_insert(const char* name, const char* doc, bool slice) {
  auto d = formula::define<InsertOptions>(
      name, [slice](const InsertOptions& o, In in) { return inserted(o, in, slice); });
  d.doc(doc)
      .inputs({"arr", "values"})
      .omits_last_when([](const InsertOptions& o) { return o.val.has_value(); })
      .field("val", &InsertOptions::val, "The number that is put in, if not an array.");
  add_span(d);
  InsertOptions o;
  o.axis = 1;
  if (slice) {
    o.start = 0, o.stop = 4, o.step = 2;
  } else {
    o.int_ind = 1;
  }
  d.sample(o, {{{3, 4}}, {{3, slice ? 2 : 1}}}).sample(o, {{{0, 4}}, {{1}}});
  if (slice) {
    InsertOptions backwards = o;
    backwards.start = 3, backwards.stop = 0, backwards.step = -1;
    d.sample(backwards, {{{3, 4}}, {{3, 3}}});
  }
  o.val = 2;
  o.axis.reset();
  d.sample(o, {{{3, 4}}});
}

[[maybe_unused]] const bool inserts = [] {
  define_insert("_npi_insert_scalar", "The array with values put in at one place.", false);
  define_insert("_npi_insert_slice", "The array with values put in before the places of a slice.",
                true);
  return true;
}();

}  // namespace
}  // namespace gluino
