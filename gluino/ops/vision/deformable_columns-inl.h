#pragma once

#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/vision/bilinear_sampling-inl.h>
#include <gluino/ops/vision/window_geometry-inl.h>

#include <algorithm>

namespace gluino {

/// What moved taps find on the images of one sample, as columns of a matrix product, and the
/// gradients of that. Without a mask the last row and column reach a pixel further.
template <class T>
struct DeformableColumns {
  WindowGeometry g;
  std::int64_t channels, groups;
  const T* offset;  // (groups, taps, 2, windows)
  const T* mask;    // (groups, taps, windows), or null

  /// Columns: (channels, taps, windows).
  std::int64_t size() const { return channels * g.taps() * g.windows(); }

  void forward(const T* images, T* columns) const {
    each_channel([&](std::int64_t c, std::int64_t group) {
      const T* const plane = images + c * g.height * g.width;
      T* to = columns + c * g.taps() * g.windows();
      each_tap(group, [&](const SamplingPoint<T>& point, T factor, std::int64_t /*at*/) {
        *to++ = factor * point.value(plane);
      });
    });
  }

  void data_gradient(const T* dcolumns, T* dimages) const {
    each_channel([&](std::int64_t c, std::int64_t group) {
      T* const plane = dimages + c * g.height * g.width;
      std::fill_n(plane, g.height * g.width, T(0));
      const T* from = dcolumns + c * g.taps() * g.windows();
      each_tap(group, [&](const SamplingPoint<T>& point, T factor, std::int64_t /*at*/) {
        point.add(plane, factor * *from++);
      });
    });
  }

  /// Either gradient may be null.
  void offset_gradient(const T* images, const T* dcolumns, T* doffset, T* dmask) const {
    const std::int64_t windows = g.windows();
    const std::int64_t each = channels / groups;
    parallel_for(groups * g.taps(), kernels::row_grain(windows * each * 8, kernels::kMathGrain),
                 [&](std::int64_t row, std::int64_t end) {
                   for (; row < end; ++row) {
                     const std::int64_t group = row / g.taps(), tap = row % g.taps();
                     for (std::int64_t i = 0; i < windows; ++i) {
                       const auto point = point_of(group, tap, i);
                       T down = 0, right = 0, found = 0;
                       for (std::int64_t c = group * each; c < (group + 1) * each; ++c) {
                         const T* const plane = images + c * g.height * g.width;
                         const T by = dcolumns[(c * g.taps() + tap) * windows + i];
                         down += by * point.slope_y(plane);
                         right += by * point.slope_x(plane);
                         found += by * point.value(plane);
                       }
                       const T factor = mask ? mask[row * windows + i] : T(1);
                       if (doffset) {
                         doffset[2 * row * windows + i] = factor * down;
                         doffset[(2 * row + 1) * windows + i] = factor * right;
                       }
                       if (dmask) dmask[row * windows + i] = found;
                     }
                   }
                 });
  }

 private:
  // Where window i has the tap.
  SamplingPoint<T> point_of(std::int64_t group, std::int64_t tap, std::int64_t i) const {
    const std::int64_t windows = g.windows(), columns = g.columns();
    const std::int64_t row = group * g.taps() + tap;
    const std::int64_t y = i / columns * g.stride_h - g.pad_h + tap / g.kernel_w * g.dilate_h;
    const std::int64_t x = i % columns * g.stride_w - g.pad_w + tap % g.kernel_w * g.dilate_w;
    const T down = static_cast<T>(y) + offset[2 * row * windows + i];
    const T right = static_cast<T>(x) + offset[(2 * row + 1) * windows + i];
    if (mask) return {down, right, g.height, g.width};
    return SamplingPoint<T>::within(down, right, g.height, g.width);
  }

  // Calls f(point, what it is multiplied by, number of the window) for all taps of all windows.
  template <class F>
  void each_tap(std::int64_t group, F f) const {
    for (std::int64_t tap = 0; tap < g.taps(); ++tap) {
      const T* const factors = mask ? mask + (group * g.taps() + tap) * g.windows() : nullptr;
      for (std::int64_t i = 0; i < g.windows(); ++i) {
        f(point_of(group, tap, i), factors ? factors[i] : T(1), i);
      }
    }
  }

  // Calls f(channel, its group), on several threads.
  template <class F>
  void each_channel(F f) const {
    parallel_for(channels, kernels::row_grain(8 * g.taps() * g.windows(), kernels::kMathGrain),
                 [&](std::int64_t c, std::int64_t end) {
                   for (; c < end; ++c) f(c, c / (channels / groups));
                 });
  }
};

}  // namespace gluino
