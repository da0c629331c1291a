// Keys of NumPy's, read against the shape of an array.
#include "indexing_key.h"

#include <algorithm>
#include <cstring>

namespace gluino::python {
namespace {

std::int64_t index_from(nb::handle value) {
  const nb::object index = nb::steal(PyNumber_Index(value.ptr()));
  if (!index.is_valid()) throw nb::python_error();
  return int64_from(index);
}

Run run_of_slice(nb::handle slice, std::int64_t size) {
  Py_ssize_t start = 0;
  Py_ssize_t stop = 0;
  Py_ssize_t step = 0;
  if (PySlice_Unpack(slice.ptr(), &start, &stop, &step) < 0) throw nb::python_error();
  Run run;
  if (!slice.attr("start").is_none()) run.from = start;
  if (!slice.attr("stop").is_none()) run.to = stop;
  run.count = PySlice_AdjustIndices(static_cast<Py_ssize_t>(size), &start, &stop, step);
  run.begin = start;
  run.step = step;
  return run;
}

Run run_of_index(std::int64_t index, std::int64_t size, int axis) {
  Run run{checked(index, size, axis), 1, 1, true, index};
  if (index != -1) run.to = index + 1;
  return run;
}

bool is_truth_type(const NDArray& array) { return array.dtype() == boolean; }

bool is_row(nb::handle part) {
  static const nb::handle type = imported("numpy", "ndarray");
  return is_array(part.ptr()) || PyList_Check(part.ptr()) || PyTuple_Check(part.ptr()) ||
         PyRange_Check(part.ptr()) || nb::isinstance(part, type);
}

// A part of a key that is an array, as an array here.
NDArray row_from(nb::handle part) {
  if (is_array(part.ptr())) return array_in(part.ptr());
  const nb::object row = nb::module_::import_("numpy").attr("asarray")(part);
  const auto kind = nb::cast<std::string>(row.attr("dtype").attr("kind"));
  if (kind == "b") return array_from(row, boolean, cpu());
  if (kind != "i" && kind != "u" && kind != "f" && nb::cast<std::int64_t>(row.attr("size")) != 0) {
    fail(
        "IndexError: expected an index to be a whole number, a slice, Ellipsis, None, or an array "
        "of whole numbers or truths, got ",
        nb::cast<std::string>(nb::repr(part)));
  }
  return array_from(row.attr("astype")("int64"), int64, cpu());
}

// Calls f(i) for the elements of a mask that are true: eight at once are passed where none is.
template <class F>
void each_true(const NDArray& mask, F f) {
  const auto* const truths = static_cast<const bool*>(mask.data());
  for (std::int64_t at = 0; at < mask.size(); at += 8) {
    const std::int64_t count = std::min<std::int64_t>(8, mask.size() - at);
    std::uint64_t eight = 0;
    std::memcpy(&eight, truths + at, static_cast<std::size_t>(count));
    if (eight == 0) continue;
    for (std::int64_t i = at; i < at + count; ++i) {
      if (truths[i]) f(i);
    }
  }
}

NDArray true_elements(const NDArray& mask) {
  const auto* const truths = static_cast<const bool*>(mask.data());
  NDArray places(Shape(std::count(truths, truths + mask.size(), true)), int64, cpu());
  auto* to = static_cast<std::int64_t*>(places.data());
  each_true(mask, [&](std::int64_t i) { *to++ = i; });
  return places;
}

Places places_of_indices(const NDArray& indices, std::int64_t size, int axis) {
  const InnerMode plain(false);
  NDArray places = indices.as_in_context(cpu()).astype(int64);
  auto* const first = static_cast<std::int64_t*>(places.data());
  for (std::int64_t i = 0; i < places.size(); ++i) first[i] = checked(first[i], size, axis);
  return {places};
}

class KeyReader {
 public:
  KeyReader(const NDArray& array, Face face)
      : shape_(array.shape()), ndim_(array.ndim()), face_(face) {}

  Key read(nb::handle key) {
    std::vector<nb::object> items;
    if (PyTuple_Check(key.ptr())) {
      for (nb::handle item : nb::borrow<nb::tuple>(key)) items.push_back(nb::borrow(item));
    } else {
      items.push_back(nb::borrow(key));
    }
    int axes = 0;
    for (const nb::object& item : items) axes += axes_of(item);
    check(axes <= ndim_, "IndexError: too many indices for array: the array is ", ndim_,
          "-dimensional, but ", axes, " were indexed");
    bool elided = false;
    for (const nb::object& item : items) {
      if (item.is(nb::ellipsis())) {
        check(!elided, "IndexError: an index can only have a single ellipsis ('...')");
        elided = true;
        if (ndim_ == axes) key_.parts.emplace_back(NoAxis{});
        take_whole(ndim_ - axes);
      } else {
        take(item);
      }
    }
    take_whole(shape_.ndim() - axis_);
    key_.shape = shape_;
    return std::move(key_);
  }

 private:
  int axes_of(const nb::object& item) const {
    if (item.is_none() || item.is(nb::ellipsis()) || is_truth(item)) return 0;
    if (is_mask(item)) return row_from(item).ndim();
    return 1;
  }

  // One truth alone, of Python or NumPy. MXNet's old interface takes it for a number.
  bool is_truth(const nb::object& item) const {
    static const nb::handle type = imported("numpy", "bool_");
    return face_ == Face::np && (PyBool_Check(item.ptr()) || nb::isinstance(item, type));
  }

  bool is_mask(const nb::object& item) const {
    if (PyBool_Check(item.ptr()) || !is_row(item)) return false;
    if (is_array(item.ptr())) return is_truth_type(array_in(item.ptr()));
    return nb::cast<std::string>(
               nb::module_::import_("numpy").attr("asarray")(item).attr("dtype").attr("kind")) ==
           "b";
  }

  void take_whole(int count) {
    for (int i = 0; i < count; ++i) key_.parts.emplace_back(Run{0, 1, shape_[axis_++]});
  }

  void take(const nb::object& item) {
    if (item.is_none()) {
      key_.parts.emplace_back(NewAxis{});
    } else if (is_truth(item)) {
      take_truth(nb::cast<bool>(item.attr("__bool__")()));
    } else if (PySlice_Check(item.ptr())) {
      key_.parts.emplace_back(run_of_slice(item, shape_[axis_]));
      ++axis_;
    } else if (PyIndex_Check(item.ptr()) && !is_row(item)) {
      key_.parts.emplace_back(run_of_index(index_from(item), shape_[axis_], axis_));
      ++axis_;
    } else if (is_row(item)) {
      take_row(item);
    } else {
      fail(face_ == Face::np ? "IndexError" : "ValueError",
           ": expected an index to be a whole number, a slice, Ellipsis, None, a list or an array, "
           "got ",
           nb::cast<std::string>(nb::repr(item)));
    }
  }

  void take_truth(bool truth) {
    key_.has_places = true;
    shape_.insert(axis_++, 1);
    NDArray place(Shape(truth ? 1 : 0), int64, cpu());
    if (truth) place.assign(0);
    key_.parts.emplace_back(Places{place});
  }

  void take_row(const nb::object& item) {
    key_.has_places = true;
    const NDArray row = row_from(item);
    if (!is_truth_type(row)) {
      key_.parts.emplace_back(places_of_indices(row, shape_[axis_], axis_));
      ++axis_;
      return;
    }
    check(face_ == Face::np || is_np_shape(),
          "ValueError: an array is indexed by truths in mx.np only; here they would be places 0 "
          "and 1. Use mx.npx.set_np(), or nd.where");
    if (row.ndim() == 0) return take_truth(row.to_vector<std::int64_t>()[0] != 0);
    take_mask(row);
  }

  // The axes of a mask become one, of which its elements are the places.
  void take_mask(const NDArray& mask) {
    for (int i = 0; i < mask.ndim(); ++i) {
      check(axis_ + i < shape_.ndim() && mask.shape()[i] == shape_[axis_ + i],
            "IndexError: boolean index of shape ", mask.shape(),
            " does not fit the indexed array of shape ", shape_);
    }
    for (int i = 1; i < mask.ndim(); ++i) shape_.erase(axis_);
    shape_[axis_++] = mask.size();
    key_.parts.emplace_back(Places{true_elements(mask)});
  }

  Shape shape_;
  int ndim_;  // of the array
  Face face_;
  Key key_;
  int axis_ = 0;
};

}  // namespace

std::int64_t checked(std::int64_t index, std::int64_t size, int axis) {
  check(index >= -size && index < size, "IndexError: index ", index, " is out of bounds for axis ",
        axis, " with size ", size);
  return index < 0 ? index + size : index;
}

Key key_of(nb::handle key, const NDArray& array, Face face) {
  return KeyReader(array, face).read(key);
}

}  // namespace gluino::python
