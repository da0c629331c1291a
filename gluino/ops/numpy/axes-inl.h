#pragma once

#include <gluino/ops/numpy/arrays-inl.h>
#include <gluino/ops/reduce/reduce.h>

#include <algorithm>
#include <optional>

/// What NumPy's reductions over axes share: all axes give an array of none.
namespace gluino::numpy {

/// The axes, counted from the front. Throws Error for one that is not there or named twice.
inline Shape axes_of(const std::optional<Shape>& axis, int ndim) {
  Shape axes;
  std::uint32_t seen = 0;
  if (!axis) {
    for (int i = 0; i < ndim; ++i) axes.push_back(i);
    return axes;
  }
  for (const std::int64_t one : *axis) {
    const int place = axis_of(one, ndim);
    check((seen >> place & 1U) == 0, "ValueError: axis: ", one, " is named twice in ", *axis);
    seen |= 1U << place;
    axes.push_back(place);
  }
  return axes;
}

inline Shape reduced(const Shape& shape, const Shape& axes, bool keepdims) {
  Shape result;
  for (int i = 0; i < shape.ndim(); ++i) {
    const bool gone = std::find(axes.begin(), axes.end(), i) != axes.end();
    if (!gone) result.push_back(shape[i]);
    if (gone && keepdims) result.push_back(1);
  }
  return result;
}

inline std::int64_t count_of(const Shape& shape, const Shape& axes) {
  std::int64_t count = 1;
  for (const std::int64_t axis : axes) count *= shape[static_cast<int>(axis)];
  return count;
}

/// An operator of nd, which has no arrays without axes.
inline NDArray over(const char* name, const NDArray& x, const Shape& axes, bool keepdims) {
  if (axes.empty()) return ops::identity(x);
  const ReduceOptions options{.axis = axes, .keepdims = true};
  const NDArray kept = apply(Op::get<ReduceOptions>(name), &options, std::span(&x, 1));
  return reshaped(kept, reduced(x.shape(), axes, keepdims));
}

}  // namespace gluino::numpy
