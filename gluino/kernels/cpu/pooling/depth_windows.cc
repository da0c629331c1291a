#include <gluino/base/error.h>
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/pooling/depth_windows.h>
#include <gluino/kernels/cpu/support/grain.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace gluino::kernels {
namespace {

// work(plane, place of the window or slice) for each of them.
template <class F>
void for_rows(const DepthWindows& w, std::int64_t per_plane, F work) {
  parallel_for(w.planes * per_plane, row_grain(w.row * w.depth.kernel, kCopyGrain),
               [&](std::int64_t i, std::int64_t end) {
                 for (; i < end; ++i) work(i / per_plane, i % per_plane);
               });
}

template <class T>
void add_row(const T* from, std::int64_t size, T factor, T* to) {
  for (std::int64_t j = 0; j < size; ++j) to[j] += factor * from[j];
}

template <class T>
T factor_of(const WindowAxis& depth, std::int64_t window, bool average) {
  return average ? T(1) / static_cast<T>(std::max<std::int64_t>(depth.size(window), 1)) : T(1);
}

}  // namespace

template <class T>
void sum_depth(const T* x, T* y, const DepthWindows& w, bool average) {
  for_rows(w, w.depth.out, [&](std::int64_t plane, std::int64_t window) {
    T* to = y + (plane * w.depth.out + window) * w.row;
    std::fill_n(to, w.row, T(0));
    const T factor = factor_of<T>(w.depth, window, average);
    for (std::int64_t d = w.depth.begin(window); d < w.depth.end(window); ++d) {
      add_row(x + (plane * w.depth.in + d) * w.row, w.row, factor, to);
    }
  });
}

template <class T>
void sum_depth_gradient(const T* dy, T* dx, const DepthWindows& w, bool average) {
  for_rows(w, w.depth.in, [&](std::int64_t plane, std::int64_t d) {
    T* to = dx + (plane * w.depth.in + d) * w.row;
    std::fill_n(to, w.row, T(0));
    // The first window that reaches so far.
    const std::int64_t reached = d + w.depth.pad - w.depth.kernel + 1;
    std::int64_t window = std::max<std::int64_t>(ceil_div(reached, w.depth.stride), 0);
    for (; window < w.depth.out && w.depth.begin(window) <= d; ++window) {
      if (d >= w.depth.end(window)) continue;
      const T factor = factor_of<T>(w.depth, window, average);
      add_row(dy + (plane * w.depth.out + window) * w.row, w.row, factor, to);
    }
  });
}

template <class T>
void max_depth(const T* x, const std::int32_t* places, T* y, std::int32_t* argmax,
               const DepthWindows& w, std::int64_t slice) {
  check(w.depth.in * slice <= std::numeric_limits<std::int32_t>::max(),
        "a maximum is not found in volumes of 2^31 elements or more");
  for_rows(w, w.depth.out, [&](std::int64_t plane, std::int64_t window) {
    const std::int64_t out = (plane * w.depth.out + window) * w.row;
    const std::int64_t in = plane * w.depth.in * w.row;
    std::fill_n(y + out, w.row, std::numeric_limits<T>::lowest());
    if (argmax != nullptr) std::fill_n(argmax + out, w.row, -1);
    const std::int64_t first = w.depth.begin(window);
    for (std::int64_t d = first; d < w.depth.end(window); ++d) {
      for (std::int64_t j = 0; j < w.row; ++j) {
        const T value = x[in + d * w.row + j];
        const T best = y[out + j];
        const bool larger = value > best || (std::isnan(value) && !std::isnan(best));
        if (d > first && !larger) continue;
        y[out + j] = value;
        if (argmax == nullptr) continue;
        const std::int32_t place = places[in + d * w.row + j];
        argmax[out + j] = place < 0 ? place : static_cast<std::int32_t>(d * slice + place);
      }
    }
  });
}

template <class T>
void max_volume_gradient(const T* dy, const std::int32_t* argmax, T* dx, std::int64_t planes,
                         std::int64_t windows, std::int64_t volume) {
  parallel_for(planes, row_grain(volume, kCopyGrain), [&](std::int64_t i, std::int64_t end) {
    for (; i < end; ++i) {
      T* to = dx + i * volume;
      std::fill_n(to, volume, T(0));
      for (std::int64_t j = i * windows; j < (i + 1) * windows; ++j) {
        if (argmax[j] >= 0) to[argmax[j]] += dy[j];
      }
    }
  });
}

#define GLUINO_DEPTH_WINDOWS(T)                                                         \
  template void sum_depth<T>(const T*, T*, const DepthWindows&, bool);                  \
  template void sum_depth_gradient<T>(const T*, T*, const DepthWindows&, bool);         \
  template void max_depth<T>(const T*, const std::int32_t*, T*, std::int32_t*,          \
                             const DepthWindows&, std::int64_t);                        \
  template void max_volume_gradient<T>(const T*, const std::int32_t*, T*, std::int64_t, \
                                       std::int64_t, std::int64_t);
GLUINO_DEPTH_WINDOWS(float)
GLUINO_DEPTH_WINDOWS(double)
#undef GLUINO_DEPTH_WINDOWS

}  // namespace gluino::kernels
