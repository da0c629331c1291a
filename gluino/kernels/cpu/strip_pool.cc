#include <gluino/kernels/cpu/conv_strips.h>
#include <gluino/kernels/cpu/strip_pool.h>
#include <gluino/kernels/cpu/targets.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gluino/kernels/cpu/strip_pool.cc"
#include <hwy/foreach_target.h>
// Must come after foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Calls f(offset of the window, offset of the output) for each vector of each window.
template <class T, class F>
HWY_INLINE void for_windows(const StripPool& pool, F f) {
  constexpr auto kLanes = static_cast<std::int64_t>(hn::MaxLanes(hn::ScalableTag<T>()));
  for (std::int64_t row = pool.row_begin; row < pool.row_end; ++row) {
    for (std::int64_t column = 0; column < pool.out_width; ++column) {
      const std::int64_t from = row * pool.pool_h * pool.width + column * pool.pool_w;
      const std::int64_t to = row * pool.out_width + column;
      for (std::int64_t lane = 0; lane < kStripSamples<T>; lane += kLanes) {
        f(from * kStripSamples<T> + lane, to * kStripSamples<T> + lane);
      }
    }
  }
}

template <class T>
void max_pool_windows(const StripPool& pool, const T* x, T* y, T* places) {
  const hn::ScalableTag<T> d;
  for_windows<T>(pool, [&](std::int64_t from, std::int64_t to) {
    auto largest = hn::LoadU(d, x + from);
    auto place = hn::Zero(d);
    T number = 0;
    for (std::int64_t i = 0; i < pool.pool_h; ++i) {
      const T* row = x + from + i * pool.width * kStripSamples<T>;
      for (std::int64_t j = 0; j < pool.pool_w; ++j, number += 1) {
        const auto value = hn::LoadU(d, row + j * kStripSamples<T>);
        const auto larger = hn::Gt(value, largest);
        largest = hn::IfThenElse(larger, value, largest);
        place = hn::IfThenElse(larger, hn::Set(d, number), place);
      }
    }
    hn::StoreU(largest, d, y + to);
    if (places != nullptr) hn::StoreU(place, d, places + to);
  });
}

template <class T>
void max_unpool_windows(const StripPool& pool, const T* dy, const T* places, T* dx) {
  const hn::ScalableTag<T> d;
  for_windows<T>(pool, [&](std::int64_t from, std::int64_t to) {
    const auto gradient = hn::LoadU(d, dy + to);
    const auto place = hn::LoadU(d, places + to);
    T number = 0;
    for (std::int64_t i = 0; i < pool.pool_h; ++i) {
      T* row = dx + from + i * pool.width * kStripSamples<T>;
      for (std::int64_t j = 0; j < pool.pool_w; ++j, number += 1) {
        const auto here = hn::Eq(place, hn::Set(d, number));
        hn::StoreU(hn::IfThenElseZero(here, gradient), d, row + j * kStripSamples<T>);
      }
    }
  });
}

void max_pool_f32(const StripPool& pool, const float* x, float* y, float* places) {
  max_pool_windows(pool, x, y, places);
}
void max_pool_f64(const StripPool& pool, const double* x, double* y, double* places) {
  max_pool_windows(pool, x, y, places);
}
void max_unpool_f32(const StripPool& pool, const float* dy, const float* places, float* dx) {
  max_unpool_windows(pool, dy, places, dx);
}
void max_unpool_f64(const StripPool& pool, const double* dy, const double* places, double* dx) {
  max_unpool_windows(pool, dy, places, dx);
}

}  // namespace
}  // namespace gluino::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gluino::kernels {

HWY_EXPORT(max_pool_f32);
HWY_EXPORT(max_pool_f64);
HWY_EXPORT(max_unpool_f32);
HWY_EXPORT(max_unpool_f64);

template <>
void strip_max_pool(const StripPool& pool, const float* x, float* y, float* places) {
  HWY_DYNAMIC_DISPATCH(max_pool_f32)(pool, x, y, places);
}
template <>
void strip_max_pool(const StripPool& pool, const double* x, double* y, double* places) {
  HWY_DYNAMIC_DISPATCH(max_pool_f64)(pool, x, y, places);
}
template <>
void strip_max_unpool(const StripPool& pool, const float* dy, const float* places, float* dx) {
  HWY_DYNAMIC_DISPATCH(max_unpool_f32)(pool, dy, places, dx);
}
template <>
void strip_max_unpool(const StripPool& pool, const double* dy, const double* places, double* dx) {
  HWY_DYNAMIC_DISPATCH(max_unpool_f64)(pool, dy, places, dx);
}

}  // namespace gluino::kernels
#endif  // HWY_ONCE
