#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/convolution/conv_strips.h>
#include <gluino/kernels/cpu/convolution/strip_pool.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/kernels/cpu/support/scratch.h>
#include <gluino/kernels/cpu/support/targets.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gluino/kernels/cpu/convolution/strip_pool.cc"
#include <hwy/foreach_target.h>
// Must come after foreach_target.h.
#include <gluino/kernels/cpu/support/vectors-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels::HWY_NAMESPACE {
namespace {

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

// With care for NaN or not: then true is given back if there may be some (see pooling.cc).
template <bool kCareful, class T>
HWY_INLINE bool max_of_windows(const StripPool& pool, const T* x, T* y, T* places) {
  const hn::ScalableTag<T> d;
  auto total = hn::Zero(d);
  for_windows<T>(pool, [&](std::int64_t from, std::int64_t to) HWY_ATTR {
    auto largest = hn::LoadU(d, x + from);
    auto place = hn::Zero(d);
    T number = 0;
    for (std::int64_t i = 0; i < pool.pool_h; ++i) {
      const T* row = x + from + i * pool.width * kStripSamples<T>;
      for (std::int64_t j = 0; j < pool.pool_w; ++j, number += 1) {
        const auto value = hn::LoadU(d, row + j * kStripSamples<T>);
        auto larger = hn::Gt(value, largest);
        if constexpr (kCareful) larger = exceeds(value, largest);
        if constexpr (!kCareful) total = hn::Add(total, value);
        largest = hn::IfThenElse(larger, value, largest);
        place = hn::IfThenElse(larger, hn::Set(d, number), place);
      }
    }
    hn::StoreU(largest, d, y + to);
    if (places != nullptr) hn::StoreU(place, d, places + to);
  });
  return !hn::AllFalse(d, hn::IsNaN(total));
}

template <class T>
void max_pool_windows(const StripPool& pool, const T* x, T* y, T* places) {
  if (HWY_UNLIKELY(max_of_windows<false>(pool, x, y, places))) {
    max_of_windows<true>(pool, x, y, places);
  }
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

namespace {

// Calls f(strip, channel) for all planes, on several threads.
template <class T, class F>
void for_planes(const StripBatchPool& pool, F f) {
  const std::int64_t grain = row_grain(pool.height * pool.width * kStripSamples<T>, kCopyGrain);
  parallel_for(strips_of<T>(pool.batch) * pool.channels, grain,
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t i = begin; i < end; ++i) f(i / pool.channels, i % pool.channels);
               });
}

// A plane of a strip, where it lies or copied.
template <class T>
const T* read_plane(const StripInput<T>& in, std::int64_t strip, std::int64_t channel,
                    std::int64_t plane, ScratchUse use) {
  const T* const there = in.strip(strip);
  if (there != nullptr) return there + channel * plane * kStripSamples<T>;
  T* const copy = scratch<T>(use, plane * kStripSamples<T>);
  in.read(strip, channel * plane, plane, copy);
  return copy;
}

StripPool plane_of(const StripBatchPool& pool) {
  return {pool.width, pool.pool_h, pool.pool_w, pool.out_width(), 0, pool.out_height()};
}

}  // namespace

template <class T>
void strip_batch_max_pool(const StripBatchPool& pool, const T* x, T* y, T* places) {
  constexpr std::int64_t kUnit = kStripSamples<T>;
  const std::int64_t in_plane = pool.height * pool.width;
  const std::int64_t plane = pool.out_height() * pool.out_width();
  const StripInput<T> in = {x, pool.x_on_strips, pool.batch, pool.channels * in_plane};
  const StripOutput<T> out = {y, pool.y_on_strips, pool.batch, pool.channels * plane};
  for_planes<T>(pool, [&](std::int64_t strip, std::int64_t channel) {
    const T* const from = read_plane(in, strip, channel, in_plane, ScratchUse::kConvInput);
    T* to = out.strip(strip);
    to = to != nullptr ? to + channel * plane * kUnit
                       : scratch<T>(ScratchUse::kConvPooled, plane * kUnit);
    const std::int64_t number = strip * pool.channels + channel;
    strip_max_pool(plane_of(pool), from, to,
                   places == nullptr ? nullptr : places + number * plane * kUnit);
    if (!out.on_strips) out.write(strip, channel * plane, plane, to);
  });
}

template <class T>
void strip_batch_max_unpool(const StripBatchPool& pool, const T* dy, const T* places, T* dx) {
  constexpr std::int64_t kUnit = kStripSamples<T>;
  const std::int64_t out_plane = pool.height * pool.width;
  const std::int64_t plane = pool.out_height() * pool.out_width();
  const bool covered = pool.height % pool.pool_h == 0 && pool.width % pool.pool_w == 0;
  const StripInput<T> in = {dy, pool.y_on_strips, pool.batch, pool.channels * plane};
  const StripOutput<T> out = {dx, pool.x_on_strips, pool.batch, pool.channels * out_plane};
  for_planes<T>(pool, [&](std::int64_t strip, std::int64_t channel) {
    const T* const from = read_plane(in, strip, channel, plane, ScratchUse::kConvPooled);
    T* to = out.strip(strip);
    to = to != nullptr ? to + channel * out_plane * kUnit
                       : scratch<T>(ScratchUse::kConvInput, out_plane * kUnit);
    if (!covered) std::fill_n(to, out_plane * kUnit, T(0));
    const std::int64_t number = strip * pool.channels + channel;
    strip_max_unpool(plane_of(pool), from, places + number * plane * kUnit, to);
    if (!out.on_strips) out.write(strip, channel * out_plane, out_plane, to);
  });
}

template void strip_batch_max_pool(const StripBatchPool&, const float*, float*, float*);
template void strip_batch_max_pool(const StripBatchPool&, const double*, double*, double*);
template void strip_batch_max_unpool(const StripBatchPool&, const float*, const float*, float*);
template void strip_batch_max_unpool(const StripBatchPool&, const double*, const double*, double*);

}  // namespace gluino::kernels
#endif  // HWY_ONCE
