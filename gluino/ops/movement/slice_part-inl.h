#pragma once

#include <gluino/kernels/cpu/movement/movement.h>
#include <gluino/ops/core/inference.h>
#include <gluino/ops/core/tensor.h>
#include <gluino/ops/movement/movement.h>

#include <algorithm>
#include <cstdint>
#include <optional>

/// Parts of arrays, such as x[1:3, ::-2]: what is taken out, and what is written into.
namespace gluino {

/// A part of a dense array: where it begins, and its strides, in elements.
struct Part {
  Shape shape;
  std::int64_t offset = 0;
  kernels::Strides strides{};
};

/// Copies a part out of an array, or into it.
inline void copy_part(const Tensor& whole, const Part& part, const Tensor& dense, bool into_whole) {
  const std::size_t size = size_of(whole.dtype);
  char* place = static_cast<char*>(whole.data) + part.offset * static_cast<std::int64_t>(size);
  const auto dense_strides = kernels::dense_strides(part.shape);
  if (into_whole) {
    kernels::copy_strided(dense.data, dense_strides, place, part.strides, part.shape, size);
  } else {
    kernels::copy_strided(place, part.strides, dense.data, dense_strides, part.shape, size);
  }
}

/// Indices [begin, begin + count) of one axis.
inline Part along(const Shape& whole, int axis, std::int64_t begin, std::int64_t count) {
  Part part{whole, 0, kernels::dense_strides(whole)};
  part.shape[axis] = count;
  part.offset = begin * part.strides[static_cast<std::size_t>(axis)];
  return part;
}

/// The gradient of a part: zero but in the part.
inline void scatter_part(const Tensor& dx, const Part& part, const Tensor& dy) {
  std::fill_n(static_cast<char*>(dx.data), dx.size() * static_cast<std::int64_t>(size_of(dx.dtype)),
              char{0});
  copy_part(dx, part, dy, true);
}

/// Python's rule for x[begin:end:step] of an axis of `size`: the first index and their number.
struct Range {
  std::int64_t first, count;
};

inline Range resolve(std::optional<std::int64_t> begin, std::optional<std::int64_t> end,
                     std::int64_t step, std::int64_t size) {
  const auto bound = [&](std::int64_t index) {
    if (index < 0) index += size;
    return step > 0 ? std::clamp<std::int64_t>(index, 0, size)
                    : std::clamp<std::int64_t>(index, -1, size - 1);
  };
  const std::int64_t first = begin ? bound(*begin) : step > 0 ? 0 : size - 1;
  const std::int64_t last = end ? bound(*end) : step > 0 ? size : -1;
  const std::int64_t reach = step > 0 ? last - first : first - last;
  // The least number has no opposite; no step beyond the size leads further.
  const std::int64_t stride = step > 0 ? step : -std::max(step, -size - 1);
  return {first, reach > 0 ? (reach - 1) / stride + 1 : 0};
}

/// The part that the options name.
inline Part part_of(const SliceOptions& o, const Shape& in) {
  // Throws Error for elements that cannot be counted: then strides cannot, either.
  static_cast<void>(in.size());
  Part part{in, 0, kernels::dense_strides(in)};
  for (std::size_t i = 0; i < o.begin.size(); ++i) {
    const std::int64_t step = i < o.step.size() ? o.step[i].value_or(1) : 1;
    const int axis = static_cast<int>(i);
    const Range range = resolve(o.begin[i], o.end[i], step, in[axis]);
    part.shape[axis] = range.count;
    if (range.count > 0) part.offset += range.first * part.strides[i];
    part.strides[i] *= range.count > 1 ? step : 1;
  }
  return part;
}

/// The shape of the part of input 0. Throws Error where the options do not fit it.
inline Shape infer_part(const SliceOptions& o, const Inference& s) {
  const Shape& in = s.in(0);
  s.expect(o.begin.size() == o.end.size(), -1, "begin and end name ", o.begin.size(), " and ",
           o.end.size(), " axes");
  s.expect(o.step.empty() || o.step.size() == o.begin.size(), -1, "begin and step name ",
           o.begin.size(), " and ", o.step.size(), " axes");
  s.expect(o.begin.size() <= static_cast<std::size_t>(in.ndim()), 0, "has only ", in.ndim(),
           " axes, begin names ", o.begin.size());
  for (const auto& step : o.step) s.expect(step.value_or(1) != 0, -1, "a step of 0 leads nowhere");
  return part_of(o, in).shape;
}

}  // namespace gluino
