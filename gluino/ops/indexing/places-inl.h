#pragma once

#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/inference.h>
#include <gluino/ops/indexing/whole_numbers-inl.h>

#include <algorithm>
#include <cstdint>
#include <vector>

/// Parts of an array at places that indices name along its first axes, as gather_nd has them.
namespace gluino {

/// How many parts there are, and the elements of each.
struct Parts {
  std::int64_t count, size;
};

/// Of an array whose first axes, as many as `indices` has rows, are indexed.
inline Parts parts_of(const Shape& shape, const Shape& indices) {
  return {.count = indices.size_between(1, indices.ndim()),
          .size = shape.size_between(static_cast<int>(indices[0]), shape.ndim())};
}

/// Where each part begins. Throws Error on a place outside.
inline Temporary<std::int64_t> begins_of(const char* who, const Shape& shape,
                                         const Tensor& indices) {
  const Parts parts = parts_of(shape, indices.shape);
  const auto numbers = whole_numbers(indices);
  Temporary<std::int64_t> begins(parts.count);
  std::fill_n(begins.data(), parts.count, std::int64_t{0});
  for (int axis = 0; axis < indices.shape[0]; ++axis) {
    const std::int64_t n = shape[axis];
    for (std::int64_t i = 0; i < parts.count; ++i) {
      const std::int64_t given = numbers.data()[axis * parts.count + i];
      check(given >= -n && given < n, "[", who, "] IndexError: indices: ", given,
            " is no place on axis ", axis, " of ", shape);
      begins.data()[i] = begins.data()[i] * n + (given < 0 ? given + n : given);
    }
  }
  for (std::int64_t i = 0; i < parts.count; ++i) begins.data()[i] *= parts.size;
  return begins;
}

/// Throws Error unless input `i` can hold places on the first axes of an array of `shape`.
inline void expect_places(const Shape& shape, int i, const Inference& s) {
  const Shape& indices = s.in(i);
  s.expect(indices.ndim() >= 2, i, "expected at least 2 dimensions (axes, ...), got ", indices);
  s.expect(indices[0] <= shape.ndim(), i, "there are places on ", indices[0],
           " axes, but the array has shape ", shape);
}

/// The shape of the parts that are taken from an array of `shape`.
inline Shape parts_shape(const Shape& shape, const Shape& indices) {
  Shape out;
  for (int i = 1; i < indices.ndim(); ++i) out.push_back(indices[i]);
  for (auto i = static_cast<int>(indices[0]); i < shape.ndim(); ++i) out.push_back(shape[i]);
  return out;
}

/// y = the parts of x, whose first elements are given.
template <class W>
void gather(const W* x, const std::int64_t* begins, const Parts& parts, W* y) {
  parallel_for(parts.count, kernels::row_grain(parts.size, kernels::kCopyGrain),
               [=](std::int64_t i, std::int64_t end) {
                 for (; i < end; ++i) std::copy_n(x + begins[i], parts.size, y + i * parts.size);
               });
}

/// dx = dy of the parts that came last where they stand, else 0.
template <class T>
void last_parts(const T* dy, const std::int64_t* begins, const Parts& parts, std::int64_t places,
                T* dx) {
  std::vector<std::int64_t> last(static_cast<std::size_t>(places));
  for (std::int64_t i = 0; i < parts.count; ++i) {
    last[static_cast<std::size_t>(begins[i] / parts.size)] = i;
  }
  gather(dy, begins, parts, dx);
  for (std::int64_t i = 0; i < parts.count; ++i) {
    if (last[static_cast<std::size_t>(begins[i] / parts.size)] == i) continue;
    std::fill_n(dx + i * parts.size, parts.size, T(0));
  }
}

}  // namespace gluino
