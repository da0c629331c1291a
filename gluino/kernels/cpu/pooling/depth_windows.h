#pragma once

#include <gluino/kernels/cpu/pooling/window_axis.h>

#include <cstdint>

namespace gluino::kernels {

/// The windows of volumes (planes, depth, height, width) along their depth, after each slice was
/// pooled by itself: rows are what was left of a slice, `row` numbers. An axis without windows is
/// done with that: a maximum of maxima, a sum of sums.
struct DepthWindows {
  std::int64_t planes = 0;
  std::int64_t row = 0;
  WindowAxis depth{};
};

/// y (planes, depth.out, row) = the sums over the windows of x (planes, depth.in, row), divided by
/// the windows' sizes for an `average`; 0 where a window is empty.
template <class T>
void sum_depth(const T* x, T* y, const DepthWindows& windows, bool average);
template <class T>
void sum_depth_gradient(const T* dy, T* dx, const DepthWindows& windows, bool average);

/// y = the largest of each window of x, and in `argmax`, unless it is null, its place in the
/// volume: `places` are those in the slices, of `slice` elements each. NaN is larger than any
/// number; the lowest finite number and -1 where a window is empty. A volume holds less than 2^31
/// elements (else Error).
template <class T>
void max_depth(const T* x, const std::int32_t* places, T* y, std::int32_t* argmax,
               const DepthWindows& windows, std::int64_t slice);

/// dx (planes, volume) = dy (planes, windows) added up to the places in `argmax`.
template <class T>
void max_volume_gradient(const T* dy, const std::int32_t* argmax, T* dx, std::int64_t planes,
                         std::int64_t windows, std::int64_t volume);

}  // namespace gluino::kernels
