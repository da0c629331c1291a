// x[key] and x[key] = value, with NumPy's keys: whole numbers, slices, Ellipsis, None, and arrays
// of places or truths.
#include <gluino/ndarray/storage.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <variant>

#include "indexing_key.h"
#include "recorded.h"

namespace gluino::python {
namespace {

// ---- What a key without places gives ----

struct Region {
  std::vector<Run> runs;  // per axis
  Shape shape;            // of the result
};

// In a world without zero-dimensional arrays x[0, 0] has the shape (1,).
Shape of_old_rules(Shape shape, Face face) {
  if (shape.empty() && face == Face::nd && !is_np_shape()) return Shape(1);
  return shape;
}

Region region_of(const Key& key) {
  Region region;
  for (const Part& part : key.parts) {
    if (const auto* run = std::get_if<Run>(&part)) {
      region.runs.push_back(*run);
      if (!run->dropped) region.shape.push_back(run->count);
    } else if (std::holds_alternative<NewAxis>(part)) {
      region.shape.push_back(1);
    }
  }
  return region;
}

bool is_empty(const Region& region) {
  return std::ranges::any_of(region.runs, [](const Run& run) { return run.count == 0; });
}

// Where the region begins, if it is one run of memory.
std::optional<std::int64_t> contiguous_from(const Region& region, const Shape& shape) {
  std::int64_t begin = 0;
  std::int64_t stride = 1;
  bool whole = true;  // the axes behind are taken whole
  for (int i = shape.ndim() - 1; i >= 0; --i) {
    const Run& run = region.runs[static_cast<std::size_t>(i)];
    if (run.count > 1 && (run.step != 1 || !whole)) return {};
    if (run.count != shape[i]) whole = false;
    begin += run.begin * stride;
    stride *= shape[i];
  }
  return begin;
}

bool has_history(const NDArray& array) {
  const Recorder* const recorder = current_mode().recorder;
  return recorder != nullptr && (array.autograd_entry() != nullptr || recorder->remembers(array));
}

// With a code of reshape for one of the sizes from the axis `first` on, the first that is not 1:
// it is inferred.
Shape with_inferred(Shape shape, int first) {
  for (int i = first; i < shape.ndim(); ++i) {
    if (shape[i] == 1) continue;
    shape[i] = -1;
    break;
  }
  return shape;
}

// What leads from one shape to another as codes of reshape, which hold in graphs for other sizes,
// too: sizes in front that stay are copied.
Shape reshape_codes(const Shape& from, const Shape& to) {
  Shape codes = to;
  int kept = 0;
  while (kept < std::min(from.ndim(), to.ndim()) && from[kept] == to[kept]) codes[kept++] = 0;
  return with_inferred(codes, kept);
}

NDArray reshaped_to(const NDArray& array, const Shape& shape, const Shape& codes) {
  if (array.shape() == shape) return array;
  if (!has_history(array)) return array.view(shape);
  // A size of 0 would be read as a code; there is none, the array has elements.
  return ops::reshape(array, {.shape = codes});
}

NDArray reshaped_to(const NDArray& array, const Shape& shape) {
  return reshaped_to(array, shape, reshape_codes(array.shape(), shape));
}

NDArray sliced(const NDArray& array, const Region& region) {
  SliceOptions options;
  Shape taken;
  bool is_whole = true;
  for (std::size_t i = 0; i < region.runs.size(); ++i) {
    const Run& run = region.runs[i];
    taken.push_back(run.count);
    is_whole = is_whole && run.step == 1 && run.count == array.shape()[static_cast<int>(i)];
    options.begin.push_back(run.from);
    options.end.push_back(run.to);
    options.step.emplace_back(run.step);
  }
  return is_whole ? array : ops::slice(array, options);
}

// An array without elements, of which the history of `array` knows as well.
NDArray nothing_of(const NDArray& array, const Shape& shape) {
  if (!has_history(array)) return NDArray(shape, array.dtype(), array.context());
  // The one reshape that takes a 0 for a size.
  const auto reshape = [](const NDArray& x, const Shape& to) {
    return nd::invoke("_npx_reshape", {x}, {{"newshape", str(to)}})[0];
  };
  const NDArray row = reshape(array, {array.size()});
  return reshape(ops::slice_axis(row, {.axis = 0, .begin = 0, .end = 0}), shape);
}

// Where it has to be computed the interpreter is let go, if `lets_go`: if it is held.
NDArray basic_item(const NDArray& array, const Key& key, Face face, bool lets_go) {
  const Region region = region_of(key);
  const Shape shape = of_old_rules(region.shape, face);
  if (is_empty(region)) return nothing_of(array, shape);
  const auto begin = contiguous_from(region, array.shape());
  if (begin && !has_history(array) && array.is_dense()) {
    const auto* first = static_cast<const std::byte*>(array.data());
    const auto offset = static_cast<std::size_t>(first - array.storage()->data()) +
                        static_cast<std::size_t>(*begin) * size_of(array.dtype());
    return NDArray(array.storage(), offset, shape, array.dtype());
  }
  const ReleaseGil release(lets_go && shape.size() >= kWorthReleasing);
  return reshaped_to(sliced(array, region), shape);
}

// ---- What a key with places gives ----

// The places of all axes with places, brought to one shape, as numbers in the axes taken together.
struct Gathered {
  NDArray at;  // of one axis
  Shape shape;
  std::vector<int> axes;  // of what remains after runs are taken
  bool adjacent = true;
  int first = 0;  // where the places' axes stand in the result, if adjacent
};

NDArray repeated(const NDArray& places, const Shape& shape) {
  if (places.shape() == shape) return places;
  // broadcast_to would read a size of 0 as a code.
  return shape.size() == 0 ? NDArray(shape, int64, cpu()) : places.broadcast_to(shape);
}

// With places, a number counts as the place of one element, as in NumPy.
void numbers_become_places(Key& key) {
  for (Part& part : key.parts) {
    const auto* run = std::get_if<Run>(&part);
    if (run == nullptr || !run->dropped) continue;
    NDArray place(Shape(), int64, cpu());
    *static_cast<std::int64_t*>(place.data()) = run->begin;
    part = Places{place};
  }
}

Shape together(const Shape& one, const Shape& other) {
  try {
    return broadcast_shapes(one, other);
  } catch (const Error& error) {
    fail("IndexError: arrays of places for several axes: ", error.what());
  }
}

Gathered gather(const Key& key, const Shape& shape) {
  Gathered result;
  std::vector<NDArray> rows;
  int axis = 0;
  int last = -1;  // the part at which the last places stand
  int at = 0;
  int before = 0;  // axes of the result before the places
  for (const Part& part : key.parts) {
    if (const auto* places = std::get_if<Places>(&part)) {
      if (rows.empty()) {
        result.first = before;
      } else if (last != at - 1) {
        result.adjacent = false;
      }
      last = at;
      rows.push_back(places->indices);
      result.axes.push_back(axis);
      const Shape& own = rows.back().shape();
      result.shape = rows.size() == 1 ? own : together(result.shape, own);
    } else if (!std::holds_alternative<NoAxis>(part)) {
      ++before;
    }
    if (std::holds_alternative<Run>(part) || std::holds_alternative<Places>(part)) ++axis;
    ++at;
  }
  if (!result.adjacent) result.first = 0;
  // Nothing of this is a step of what is recorded.
  const InnerMode plain(false);
  for (NDArray& row : rows) row = repeated(row, result.shape);
  result.at = rows.size() == 1 ? rows[0] : rows[0].copy();
  auto* const to = static_cast<std::int64_t*>(result.at.data());
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const auto* const own = static_cast<const std::int64_t*>(rows[i].data());
    const std::int64_t size = shape[result.axes[i]];
    for (std::int64_t j = 0; j < result.at.size(); ++j) to[j] = to[j] * size + own[j];
  }
  result.at = result.at.view({result.at.size()});
  return result;
}

// The array with the runs taken; axes with places stay whole.
NDArray runs_taken(const NDArray& array, const Key& key) {
  Region region;
  int axis = 0;
  for (const Part& part : key.parts) {
    if (const auto* run = std::get_if<Run>(&part)) {
      region.runs.push_back(*run);
    } else if (std::holds_alternative<Places>(part)) {
      region.runs.push_back({0, 1, array.shape()[axis]});
    } else {
      continue;
    }
    ++axis;
  }
  for (const Run& run : region.runs) region.shape.push_back(run.count);
  if (is_empty(region)) return nothing_of(array, region.shape);
  return sliced(array, region);
}

// The sizes of the result's axes that do not come from places.
Shape run_sizes(const Key& key) {
  Shape sizes;
  for (const Part& part : key.parts) {
    if (const auto* run = std::get_if<Run>(&part)) sizes.push_back(run->count);
    if (std::holds_alternative<NewAxis>(part)) sizes.push_back(1);
  }
  return sizes;
}

Shape joined(const Shape& a, const Shape& b) {
  Shape all = a;
  for (const std::int64_t size : b) all.push_back(size);
  return all;
}

// Axes [first, first + count) of the result come from the front.
Shape moved_from_front(int ndim, int count, int first) {
  Shape axes;
  for (int i = 0; i < first; ++i) axes.push_back(count + i);
  for (int i = 0; i < count; ++i) axes.push_back(i);
  for (int i = first + count; i < ndim; ++i) axes.push_back(i);
  return axes;
}

NDArray gathered_item(const NDArray& array, Key key, Face face) {
  numbers_become_places(key);
  const NDArray rest = runs_taken(array, key);
  const Gathered places = gather(key, rest.shape());
  const Shape sizes = run_sizes(key);
  const Shape shape = joined(places.shape, sizes);
  const auto finished = [&](const NDArray& result) {
    if (places.first == 0 || places.shape.empty()) return result;
    return result.transpose(moved_from_front(shape.ndim(), places.shape.ndim(), places.first));
  };
  if (shape.size() == 0) {
    Shape empty;
    for (int i = 0; i < places.first; ++i) empty.push_back(sizes[i]);
    empty = joined(empty, places.shape);
    for (int i = places.first; i < sizes.ndim(); ++i) empty.push_back(sizes[i]);
    return nothing_of(rest, empty);
  }
  // The axes with places go to the front and become one, from which rows are taken.
  Shape order;
  std::int64_t rows = 1;
  for (const int axis : places.axes) {
    order.push_back(axis);
    rows *= rest.shape()[axis];
  }
  std::int64_t width = 1;
  bool in_place = true;
  for (int i = 0; i < rest.ndim(); ++i) {
    if (std::ranges::find(places.axes, i) != places.axes.end()) continue;
    order.push_back(i);
    width *= rest.shape()[i];
  }
  for (int i = 0; i < rest.ndim(); ++i) in_place = in_place && order[i] == i;
  NDArray table = in_place ? rest : rest.transpose(order);
  const Shape two = {rows, width};
  const bool one_axis = places.axes.size() == 1;
  table = reshaped_to(table, two, one_axis ? Shape{0, -1} : Shape{rows, -1});
  const NDArray taken = ops::take(table, places.at.as_in_context(array.context()));
  return finished(reshaped_to(taken, of_old_rules(shape, face),
                              of_old_rules(with_inferred(shape, places.shape.ndim()), face)));
}

// ---- Assignment ----

// Where the key's elements stand in the array, in the order of its result.
std::pair<std::vector<std::int64_t>, Shape> elements_of(const Key& key, Face face) {
  NDArray numbers(key.shape, int64, cpu());
  auto* const first = static_cast<std::int64_t*>(numbers.data());
  std::iota(first, first + numbers.size(), std::int64_t{0});
  const InnerMode plain(false);
  const NDArray item =
      key.has_places ? gathered_item(numbers, key, face) : basic_item(numbers, key, face, false);
  return {item.to_vector<std::int64_t>(), item.shape()};
}

void check_may_change(const NDArray& array) {
  const Recorder* const recorder = current_mode().recorder;
  if (recorder != nullptr && (recorder->remembers(array) || array.grad().defined())) {
    refuse_in_place(
        "an array that was recorded, or has a gradient, cannot be assigned to while autograd "
        "records; do it outside autograd.record()");
  }
}

// The value as an array of the target's type and shape.
NDArray fitted(const NDArray& value, const Shape& shape, const NDArray& target) {
  NDArray source = value.detach().as_in_context(target.context());
  if (source.dtype() != target.dtype()) source = source.astype(target.dtype());
  if (source.shape() == shape) return source;
  Shape from = source.shape();
  // Leading axes of size 1 may be more than the target has.
  while (from.ndim() > shape.ndim() && from[0] == 1) from.erase(0);
  try {
    check(from.ndim() <= shape.ndim() && broadcast_shapes(from, shape) == shape, "");
  } catch (const Error&) {
    fail("[__setitem__] ValueError: could not broadcast input array from shape ", value.shape(),
         " into shape ", shape);
  }
  return source.view(from).broadcast_to(shape);
}

void scatter(const NDArray& array, const std::vector<std::int64_t>& at, const NDArray& values) {
  const std::size_t size = size_of(array.dtype());
  auto* const to = static_cast<std::byte*>(array.data());
  const auto* const from = static_cast<const std::byte*>(values.data());
  for (std::size_t i = 0; i < at.size(); ++i) {
    std::memcpy(to + static_cast<std::size_t>(at[i]) * size, from + i * size, size);
  }
  array.note_change();
}

NDArray value_from(nb::handle value, const NDArray& target) {
  check(!value.is_none(), "TypeError: None is no value of an array's elements");
  if (is_array(value.ptr())) return array_in(value.ptr());
  return array_from(value, target.dtype(), target.context());
}

bool is_whole_slice(PyObject* key) {
  if (PySlice_Check(key) == 0) return false;
  const nb::handle slice(key);
  return slice.attr("start").is_none() && slice.attr("stop").is_none() &&
         slice.attr("step").is_none();
}

}  // namespace

PyObject* get_item(PyObject* self, PyObject* key) {
  return guarded([&] {
    const NDArray& array = array_in(self);
    const Face face = face_of(self);
    // The common case, a number, without taking the key apart. One that counts from the end does so
    // in graphs, too.
    if (PyLong_CheckExact(key) && array.ndim() > 0 && (face == Face::nd || array.ndim() > 1)) {
      const std::int64_t index = int64_from(key);
      const std::int64_t row = checked(index, array.shape()[0], 0);
      const bool is_plain = index >= 0 || !has_history(array);
      if (is_plain && (array.ndim() > 1 || !is_np_shape())) return wrap(array[row], face);
    }
    Key parts = key_of(key, array, face);
    if (!parts.has_places) return wrap(basic_item(array, parts, face, true), face);
    NDArray item = unlocked(array.size(), [&] {
      // A reshape would read a size of 0 as a code.
      const bool is_nothing = array.size() == 0 && parts.shape != array.shape();
      const NDArray source =
          is_nothing ? nothing_of(array, parts.shape) : reshaped_to(array, parts.shape);
      return gathered_item(source, std::move(parts), face);
    });
    return wrap(std::move(item), face);
  });
}

void set_item(PyObject* self, PyObject* key, PyObject* value) {
  const NDArray& array = array_in(self);
  const Face face = face_of(self);
  check_may_change(array);
  if (is_array(value) && is_recorded_value(array_in(value))) {
    if (!is_whole_slice(key) && key != Py_Ellipsis) {
      refuse_in_place(
          "the value has a gradient, which a part of an array does not pass on; join arrays by "
          "concat, stack or where");
    }
    assign_recorded(array, array_in(value));
    return;
  }
  const InnerMode plain(false);
  check(face == Face::np || PyBool_Check(key) == 0,
        "IndexError: x[True] = ... and x[False] = ... write to the whole of an array in MXNet; "
        "expected x[:], x[1] or x[0]");
  // x[:] = y is for all arrays of mx.nd; NumPy has no such axis.
  const bool whole = face == Face::nd && array.shape().ndim() == 0 && is_whole_slice(key);
  Key parts = key_of(whole ? Py_Ellipsis : key, array, face);
  if (!parts.has_places) {
    const Region region = region_of(parts);
    if (is_empty(region)) return;
    if (const auto begin = contiguous_from(region, array.shape())) {
      const auto* first = static_cast<const std::byte*>(array.data());
      const auto offset = static_cast<std::size_t>(first - array.storage()->data()) +
                          static_cast<std::size_t>(*begin) * size_of(array.dtype());
      const NDArray part(array.storage(), offset, region.shape, array.dtype());
      if (PyFloat_Check(value) || PyLong_Check(value)) {
        assign_number(part, value);
      } else {
        const NDArray given = value_from(value, array);
        unlocked(part.size(), [&] { part.assign(fitted(given, region.shape, array)); });
      }
      return;
    }
  }
  const NDArray given = value_from(value, array);
  const ReleaseGil release(array.size() >= kWorthReleasing);
  const auto [at, shape] = elements_of(parts, face);
  NDArray values = fitted(given, shape, array);
  // x[::2] = x[1:4]: what is read must not be what was just written.
  if (values.storage() == array.storage()) values = values.copy();
  scatter(array, at, values);
}

}  // namespace gluino::python
