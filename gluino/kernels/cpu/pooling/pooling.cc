#include <gluino/base/error.h>
#include <gluino/base/kernel_notes.h>
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/pooling/pooling.h>
#include <gluino/kernels/cpu/pooling/pooling_rows.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/kernels/cpu/support/targets.h>

#include <algorithm>
#include <limits>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gluino/kernels/cpu/pooling/pooling.cc"
#include <hwy/foreach_target.h>
// Highway's order: what is compiled once per instruction set comes after foreach_target.
#include <gluino/kernels/cpu/support/vectors-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels {
namespace HWY_NAMESPACE {

// Comparisons pass NaN by, and looking at each number for it would cost. A sum of all numbers, or
// of products, is NaN if one of them is; then (or where infinities cancel) each is compared with
// care.

// Vectors no longer than a row, so that the narrow rows of late layers are vectors too.
using Wide = hn::ScalableTag<float>;
using Narrow = hn::CappedTag<float, 4>;

// The maxima of 2x2 blocks, from output column j of a row on, while whole vectors are left; with
// care for NaN, or else `total` becomes NaN where there may be some. `top` and `bottom` are the
// block's two rows, `place` the place of top[0] in the plane.
template <bool kCareful, class D>
HWY_INLINE std::int64_t max_row_2x2(D d, const float* top, const float* bottom, std::int64_t j,
                                    std::int64_t n, std::int32_t place, std::int32_t in_w, float* y,
                                    std::int32_t* argmax, hn::Vec<D>& total) {
  const hn::RebindToSigned<D> di;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto larger = [](auto v, auto best) HWY_ATTR {
    if constexpr (kCareful) return exceeds(v, best);
    return hn::Gt(v, best);
  };
  for (; j + lanes <= n; j += lanes) {
    hn::Vec<D> a, b, c, e;
    hn::LoadInterleaved2(d, top + 2 * j, a, b);
    hn::LoadInterleaved2(d, bottom + 2 * j, c, e);
    if constexpr (!kCareful) total = hn::MulAdd(a, b, hn::MulAdd(c, e, total));
    const auto take_b = larger(b, a);
    auto best = hn::IfThenElse(take_b, b, a);
    const auto take_c = larger(c, best);
    best = hn::IfThenElse(take_c, c, best);
    const auto take_e = larger(e, best);
    best = hn::IfThenElse(take_e, e, best);
    hn::StoreU(best, d, y + j);
    if (argmax == nullptr) continue;
    auto step = hn::IfThenElseZero(hn::RebindMask(di, take_b), hn::Set(di, 1));
    step = hn::IfThenElse(hn::RebindMask(di, take_c), hn::Set(di, in_w), step);
    step = hn::IfThenElse(hn::RebindMask(di, take_e), hn::Set(di, in_w + 1), step);
    const auto first = hn::Iota(di, place / 2 + static_cast<std::int32_t>(j));
    const auto odd = hn::Set(di, place % 2);
    hn::StoreU(hn::Add(hn::Add(hn::Add(first, first), odd), step), di, argmax + j);
  }
  return j;
}

// Gives back whether there may be NaN, unless care is taken.
template <bool kCareful>
bool max_blocks(const float* x, float* y, std::int32_t* argmax, std::int64_t in_w,
                std::int64_t out_h, std::int64_t out_w) {
  const hn::CappedTag<float, 1> one;
  auto wide_total = hn::Zero(Wide());
  auto narrow_total = hn::Zero(Narrow());
  auto total = hn::Zero(one);
  const auto width = static_cast<std::int32_t>(in_w);
  for (std::int64_t i = 0; i < out_h; ++i) {
    const auto place = static_cast<std::int32_t>(2 * i * in_w);
    const float* top = x + place;
    const float* bottom = top + in_w;
    float* to = y + i * out_w;
    std::int32_t* arg = argmax == nullptr ? nullptr : argmax + i * out_w;
    std::int64_t j =
        max_row_2x2<kCareful>(Wide(), top, bottom, 0, out_w, place, width, to, arg, wide_total);
    j = max_row_2x2<kCareful>(Narrow(), top, bottom, j, out_w, place, width, to, arg, narrow_total);
    max_row_2x2<kCareful>(one, top, bottom, j, out_w, place, width, to, arg, total);
  }
  return !hn::AllFalse(Wide(), hn::IsNaN(wide_total)) ||
         !hn::AllFalse(Narrow(), hn::IsNaN(narrow_total)) || !hn::AllFalse(one, hn::IsNaN(total));
}

// One plane; in_w >= 2 out_w and in_h >= 2 out_h.
void max_plane_2x2(const float* x, float* y, std::int32_t* argmax, std::int64_t in_w,
                   std::int64_t out_h, std::int64_t out_w) {
  if (HWY_UNLIKELY(max_blocks<false>(x, y, argmax, in_w, out_h, out_w))) {
    max_blocks<true>(x, y, argmax, in_w, out_h, out_w);
  }
}

template <class D>
HWY_INLINE std::int64_t scatter_row_2x2(D d, const float* dy, const std::int32_t* argmax,
                                        std::int64_t j, std::int64_t n, std::int32_t place,
                                        std::int32_t in_w, float* top, float* bottom) {
  const hn::RebindToSigned<D> di;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (; j + lanes <= n; j += lanes) {
    const auto half = hn::Iota(di, place / 2 + static_cast<std::int32_t>(j));
    const auto first = hn::Add(hn::Add(half, half), hn::Set(di, place % 2));
    const auto step = hn::Sub(hn::LoadU(di, argmax + j), first);
    const auto head = hn::LoadU(d, dy + j);
    const auto part = [&](std::int32_t at) HWY_ATTR {
      return hn::IfThenElseZero(hn::RebindMask(d, hn::Eq(step, hn::Set(di, at))), head);
    };
    hn::StoreInterleaved2(part(0), part(1), d, top + 2 * j);
    hn::StoreInterleaved2(part(in_w), part(in_w + 1), d, bottom + 2 * j);
  }
  return j;
}

// One plane; what the blocks do not cover is set to zero.
void scatter_plane_2x2(const float* dy, const std::int32_t* argmax, float* dx, std::int64_t in_h,
                       std::int64_t in_w, std::int64_t out_h, std::int64_t out_w) {
  const auto width = static_cast<std::int32_t>(in_w);
  for (std::int64_t i = 0; i < out_h; ++i) {
    const auto place = static_cast<std::int32_t>(2 * i * in_w);
    float* top = dx + place;
    float* bottom = top + in_w;
    const float* head = dy + i * out_w;
    const std::int32_t* arg = argmax + i * out_w;
    std::int64_t j = scatter_row_2x2(Wide(), head, arg, 0, out_w, place, width, top, bottom);
    j = scatter_row_2x2(Narrow(), head, arg, j, out_w, place, width, top, bottom);
    scatter_row_2x2(hn::CappedTag<float, 1>(), head, arg, j, out_w, place, width, top, bottom);
    std::fill(top + 2 * out_w, bottom, 0.0f);
    std::fill(bottom + 2 * out_w, bottom + in_w, 0.0f);
  }
  std::fill(dx + 2 * out_h * in_w, dx + in_h * in_w, 0.0f);
}

}  // namespace HWY_NAMESPACE
}  // namespace gluino::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gluino::kernels {
namespace {

HWY_EXPORT(max_plane_2x2);
HWY_EXPORT(scatter_plane_2x2);

// The part of a window that lies in the plane: rows [h0, h1), columns [w0, w1).
struct Window {
  std::int64_t h0, h1, w0, w1;
  std::int64_t size;  // what an average divides by

  Window(const Pool2D& p, std::int64_t i, std::int64_t j) {
    h0 = i * p.stride_h - p.pad_h;
    w0 = j * p.stride_w - p.pad_w;
    h1 = std::min(h0 + p.kernel_h, p.in_h + p.pad_h);
    w1 = std::min(w0 + p.kernel_w, p.in_w + p.pad_w);
    size = (h1 - h0) * (w1 - w0);
    h0 = std::max<std::int64_t>(h0, 0);
    w0 = std::max<std::int64_t>(w0, 0);
    h1 = std::max(h0, std::min(h1, p.in_h));
    w1 = std::max(w0, std::min(w1, p.in_w));
    if (!p.count_include_pad) size = (h1 - h0) * (w1 - w0);
  }
  bool empty() const { return h0 == h1 || w0 == w1; }
};

// Calls f(window, output index) for all windows of a plane.
template <class F>
void for_windows(const Pool2D& p, F f) {
  for (std::int64_t i = 0; i < p.out_h; ++i) {
    for (std::int64_t j = 0; j < p.out_w; ++j) f(Window(p, i, j), i * p.out_w + j);
  }
}

// Calls f(plane) for all planes, on several threads.
template <class F>
void for_planes(const Pool2D& p, std::int64_t planes, std::int64_t grain, F f) {
  const std::int64_t window = std::min(p.kernel_h, p.in_h) * std::min(p.kernel_w, p.in_w);
  const std::int64_t work = p.in_h * p.in_w + p.out_h * p.out_w * window;
  parallel_for(planes, row_grain(work, grain), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t plane = begin; plane < end; ++plane) f(plane);
  });
}

bool is_2x2(const Pool2D& p) {
  return p.kernel_h == 2 && p.kernel_w == 2 && p.stride_h == 2 && p.stride_w == 2 && p.pad_h == 0 &&
         p.pad_w == 0 && 2 * p.out_h <= p.in_h && 2 * p.out_w <= p.in_w;
}

// How a plane is gone through. Only floats have vectors; doubles are for tests of gradients.
enum class Way { kWindows, k2x2, kRows, kPlane };

template <class T>
Way way_of(const Pool2D& p) {
  if (!std::is_same_v<T, float>) return Way::kWindows;
  return is_global(p) ? Way::kPlane : pool_rows_suit(p) ? Way::kRows : Way::kWindows;
}

void note_way(Way way) {
  static constexpr const char* kNames[] = {"window by window", "2 x 2 windows, in vectors",
                                           "vectors along the rows", "whole planes, in vectors"};
  note_kernel(kNames[static_cast<int>(way)]);
}

template <class T>
void max_plane(const T* x, T* y, std::int32_t* argmax, const Pool2D& p) {
  for_windows(p, [&](const Window& window, std::int64_t out) {
    T best = std::numeric_limits<T>::lowest();  // the maximum of nothing, as in MXNet
    std::int64_t place = -1;
    if (!window.empty()) best = x[place = window.h0 * p.in_w + window.w0];
    for (std::int64_t h = window.h0; h < window.h1; ++h) {
      for (std::int64_t w = window.w0; w < window.w1; ++w) {
        const T value = x[h * p.in_w + w];
        if (value > best || (value != value && best == best)) {
          best = value;
          place = h * p.in_w + w;
        }
      }
    }
    y[out] = best;
    if (argmax != nullptr) argmax[out] = static_cast<std::int32_t>(place);
  });
}

template <class T>
void sum_or_avg(const T* x, T* y, std::int64_t planes, const Pool2D& p, bool average) {
  const Way way = way_of<T>(p);
  note_way(way);
  for_planes(p, planes, kCopyGrain, [&](std::int64_t plane) {
    const T* from = x + plane * p.in_h * p.in_w;
    T* to = y + plane * p.out_h * p.out_w;
    if constexpr (std::is_same_v<T, float>) {
      if (way == Way::kRows) return sum_plane_rows(from, to, p, average);
      if (way == Way::kPlane) {
        const std::int64_t size = p.in_h * p.in_w;
        *to = sum_of_plane(from, size) / (average ? static_cast<float>(size) : 1.0F);
        return;
      }
    }
    for_windows(p, [&](const Window& window, std::int64_t out) {
      T total = 0;
      for (std::int64_t h = window.h0; h < window.h1; ++h) {
        T row = 0;
        for (std::int64_t w = window.w0; w < window.w1; ++w) row += from[h * p.in_w + w];
        total += row;
      }
      to[out] = average && !window.empty() ? total / static_cast<T>(window.size) : total;
    });
  });
}

template <class T>
void sum_or_avg_gradient(const T* dy, T* dx, std::int64_t planes, const Pool2D& p, bool average) {
  const Way way = way_of<T>(p);
  note_way(way);
  for_planes(p, planes, kCopyGrain, [&](std::int64_t plane) {
    const T* from = dy + plane * p.out_h * p.out_w;
    T* to = dx + plane * p.in_h * p.in_w;
    if constexpr (std::is_same_v<T, float>) {
      if (way == Way::kRows) return sum_plane_gradient_rows(from, to, p, average);
      if (way == Way::kPlane) {
        const std::int64_t size = p.in_h * p.in_w;
        std::fill_n(to, size, average ? *from / static_cast<float>(size) : *from);
        return;
      }
    }
    std::fill_n(to, p.in_h * p.in_w, T(0));
    for_windows(p, [&](const Window& window, std::int64_t out) {
      if (window.empty()) return;
      const T part = average ? from[out] / static_cast<T>(window.size) : from[out];
      for (std::int64_t h = window.h0; h < window.h1; ++h) {
        for (std::int64_t w = window.w0; w < window.w1; ++w) to[h * p.in_w + w] += part;
      }
    });
  });
}

}  // namespace

template <class T>
void max_pool(const T* x, T* y, std::int32_t* argmax, std::int64_t planes, const Pool2D& p) {
  const std::int64_t in = p.in_h * p.in_w;
  const std::int64_t out = p.out_h * p.out_w;
  check(in <= std::numeric_limits<std::int32_t>::max(), "max pooling: a plane of ", p.in_h, " x ",
        p.in_w, " is too large");
  [[maybe_unused]] const auto fast = HWY_DYNAMIC_DISPATCH(max_plane_2x2);
  const Way way = std::is_same_v<T, float> && is_2x2(p) ? Way::k2x2 : way_of<T>(p);
  note_way(way);
  for_planes(p, planes, kCopyGrain, [&](std::int64_t plane) {
    const T* from = x + plane * in;
    T* to = y + plane * out;
    std::int32_t* arg = argmax == nullptr ? nullptr : argmax + plane * out;
    if constexpr (std::is_same_v<T, float>) {
      if (way == Way::k2x2) return fast(from, to, arg, p.in_w, p.out_h, p.out_w);
      if (way == Way::kRows) return max_plane_rows(from, to, arg, p);
      if (way == Way::kPlane) {
        *to = max_of_plane(from, in, arg);
        return;
      }
    }
    max_plane(from, to, arg, p);
  });
}

template <class T>
void max_pool_gradient(const T* dy, const std::int32_t* argmax, T* dx, std::int64_t planes,
                       const Pool2D& p) {
  const std::int64_t in = p.in_h * p.in_w;
  const std::int64_t out = p.out_h * p.out_w;
  [[maybe_unused]] const auto fast = HWY_DYNAMIC_DISPATCH(scatter_plane_2x2);
  const Way way = std::is_same_v<T, float> && is_2x2(p) ? Way::k2x2 : Way::kWindows;
  note_way(way);
  for_planes(p, planes, kCopyGrain, [&](std::int64_t plane) {
    const T* from = dy + plane * out;
    const std::int32_t* arg = argmax + plane * out;
    T* to = dx + plane * in;
    if constexpr (std::is_same_v<T, float>) {
      if (way == Way::k2x2) return fast(from, arg, to, p.in_h, p.in_w, p.out_h, p.out_w);
    }
    std::fill_n(to, in, T(0));
    for (std::int64_t i = 0; i < out; ++i) {
      if (arg[i] >= 0) to[arg[i]] += from[i];
    }
  });
}

template <class T>
void avg_pool(const T* x, T* y, std::int64_t planes, const Pool2D& pool) {
  sum_or_avg(x, y, planes, pool, true);
}

template <class T>
void avg_pool_gradient(const T* dy, T* dx, std::int64_t planes, const Pool2D& pool) {
  sum_or_avg_gradient(dy, dx, planes, pool, true);
}

template <class T>
void sum_pool(const T* x, T* y, std::int64_t planes, const Pool2D& pool) {
  sum_or_avg(x, y, planes, pool, false);
}

template <class T>
void sum_pool_gradient(const T* dy, T* dx, std::int64_t planes, const Pool2D& pool) {
  sum_or_avg_gradient(dy, dx, planes, pool, false);
}

#define GLUINO_DEFINE(T)                                                                           \
  template void max_pool(const T*, T*, std::int32_t*, std::int64_t, const Pool2D&);                \
  template void max_pool_gradient(const T*, const std::int32_t*, T*, std::int64_t, const Pool2D&); \
  template void avg_pool(const T*, T*, std::int64_t, const Pool2D&);                               \
  template void avg_pool_gradient(const T*, T*, std::int64_t, const Pool2D&);                      \
  template void sum_pool(const T*, T*, std::int64_t, const Pool2D&);                               \
  template void sum_pool_gradient(const T*, T*, std::int64_t, const Pool2D&);
GLUINO_DEFINE(float)
GLUINO_DEFINE(double)
#undef GLUINO_DEFINE

}  // namespace gluino::kernels
#endif
