// The maximum of windows on strips, and back.
#pragma once

#include <cstdint>

namespace gluino::kernels {

/// Windows of one plane whose positions are strips of samples. Rows [row_begin, row_end) of the
/// pooled plane.
struct StripPool {
  std::int64_t width;  ///< of the plane that is pooled
  std::int64_t pool_h;
  std::int64_t pool_w;
  std::int64_t out_width;
  std::int64_t row_begin;
  std::int64_t row_end;
};

/// y and (unless null) the place of the first maximum within its window, as a number.
template <class T>
void strip_max_pool(const StripPool& pool, const T* x, T* y, T* places);

/// dx = dy at the places, 0 elsewhere in the windows.
template <class T>
void strip_max_unpool(const StripPool& pool, const T* dy, const T* places, T* dx);

/// Maximum pooling of a batch: windows side by side, none over the edge. Its images lie in strips
/// or as (N, C, H, W).
struct StripBatchPool {
  std::int64_t batch;
  std::int64_t channels;
  std::int64_t height;
  std::int64_t width;
  std::int64_t pool_h;
  std::int64_t pool_w;
  bool x_on_strips;
  bool y_on_strips;

  std::int64_t out_height() const { return height / pool_h; }
  std::int64_t out_width() const { return width / pool_w; }
};

/// y and, in strips, the places (unless null) from x; and dx from dy. On several threads.
template <class T>
void strip_batch_max_pool(const StripBatchPool& pool, const T* x, T* y, T* places);
template <class T>
void strip_batch_max_unpool(const StripBatchPool& pool, const T* dy, const T* places, T* dx);

}  // namespace gluino::kernels
