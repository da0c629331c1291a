// Pooling along the rows and of whole planes, for one instruction set. Included once per target.
#if defined(GLUINO_KERNELS_POOLING_ROWS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef GLUINO_KERNELS_POOLING_ROWS_INL_H
#undef GLUINO_KERNELS_POOLING_ROWS_INL_H
#else
#define GLUINO_KERNELS_POOLING_ROWS_INL_H
#endif

#include <gluino/kernels/cpu/pooling/sliding_rows-inl.h>

#include <algorithm>
#include <limits>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels::HWY_NAMESPACE {

using PoolTag = hn::ScalableTag<float>;
using PoolRows = CutRows<float>;
inline constexpr std::int64_t kPoolLanes = kLanes<float>;

inline bool pool_vectors() { return HWY_TARGET != HWY_EMU128 && HWY_TARGET != HWY_SCALAR; }

// Maxima of the windows from column j on, with care for NaN or not: then true is given back if
// there may be some (see pooling.cc). kWidth is the kernel's, or 0 for any.
template <int kWidth, bool kPlaces, bool kCareful, class M>
HWY_INLINE bool max_windows(const PoolRows& rows, const Pool2D& p, std::int64_t j, M mask, float* y,
                            std::int32_t* argmax) {
  const PoolTag d;
  const hn::RebindToSigned<PoolTag> di;
  const std::int64_t kernel = kWidth > 0 ? kWidth : p.kernel_w;
  // Kept are the row, as a number of elements, and the column from the window's first.
  auto best = hn::LoadU(d, rows.at(0, 0) + j);
  auto best_row = hn::Zero(di);
  auto best_column = hn::Zero(di);
  auto any = hn::Zero(d);
  for (std::int64_t h = 0; h < rows.count(); ++h) {
    const auto row = hn::Set(di, static_cast<std::int32_t>(h * p.in_w));
    for (std::int64_t kw = 0; kw < kernel; ++kw) {
      const auto v = hn::LoadU(d, rows.at(h, kw) + j);
      auto take = hn::Gt(v, best);
      if constexpr (kCareful) take = exceeds(v, best);
      if constexpr (!kCareful) any = hn::Add(any, v);
      best = hn::IfThenElse(take, v, best);
      if constexpr (kPlaces) {
        const auto take_place = hn::RebindMask(di, take);
        best_row = hn::IfThenElse(take_place, row, best_row);
        best_column =
            hn::IfThenElse(take_place, hn::Set(di, static_cast<std::int32_t>(kw)), best_column);
      }
    }
  }
  store(best, mask, d, y + j);
  if constexpr (kPlaces) {
    const auto step = hn::Set(di, static_cast<std::int32_t>(p.stride_w));
    const auto first = hn::Set(di, static_cast<std::int32_t>(j * p.stride_w - p.pad_w));
    const auto column = hn::Add(hn::Add(hn::Mul(hn::Iota(di, 0), step), first), best_column);
    const auto begin = hn::Set(di, static_cast<std::int32_t>(rows.begin() * p.in_w));
    store(hn::Add(hn::Add(begin, best_row), hn::Max(column, hn::Zero(di))), mask, di, argmax + j);
  }
  return !hn::AllFalse(d, hn::IsNaN(any));
}

template <int kWidth>
void max_plane_of_width(const float* x, float* y, std::int32_t* argmax, const Pool2D& p) {
  PoolRows rows(x, p, Border::kEdge);
  const std::int64_t filled_rows = WindowAxis::height(p).filled();
  const std::int64_t filled = WindowAxis::width(p).filled();
  const std::int64_t out = p.out_h * p.out_w;
  if (filled_rows * filled < out) {
    std::fill_n(y, out, std::numeric_limits<float>::lowest());
    if (argmax != nullptr) std::fill_n(argmax, out, -1);
  }
  for (std::int64_t i = 0; i < filled_rows; ++i) {
    rows.want(i);
    float* to = y + i * p.out_w;
    for_vectors(PoolTag(), filled, [&](std::int64_t j, auto mask) HWY_ATTR {
      if (argmax == nullptr) {
        if (HWY_UNLIKELY((max_windows<kWidth, false, false>(rows, p, j, mask, to, nullptr)))) {
          max_windows<kWidth, false, true>(rows, p, j, mask, to, nullptr);
        }
      } else {
        std::int32_t* const places = argmax + i * p.out_w;
        if (HWY_UNLIKELY((max_windows<kWidth, true, false>(rows, p, j, mask, to, places)))) {
          max_windows<kWidth, true, true>(rows, p, j, mask, to, places);
        }
      }
    });
  }
}

inline void run_max_plane(const float* x, float* y, std::int32_t* argmax, const Pool2D& p) {
  if (p.kernel_w == 2) return max_plane_of_width<2>(x, y, argmax, p);
  if (p.kernel_w == 3) return max_plane_of_width<3>(x, y, argmax, p);
  max_plane_of_width<0>(x, y, argmax, p);
}

// What an average divides by along the row, for each window that has something to divide; then 1.
inline const float* window_widths(const Pool2D& p) {
  const WindowAxis width = WindowAxis::width(p);
  float* widths = scratch<float>(ScratchUse::kWindowWidths, p.out_w + kPoolLanes);
  const std::int64_t filled = width.filled();
  for (std::int64_t j = 0; j < filled; ++j) widths[j] = static_cast<float>(width.size(j));
  std::fill(widths + filled, widths + p.out_w + kPoolLanes, 1.0F);
  return widths;
}

template <int kWidth>
void sum_plane_of_width(const float* x, float* y, const Pool2D& p, bool average) {
  const PoolTag d;
  PoolRows rows(x, p, Border::kZero);
  const WindowAxis height = WindowAxis::height(p);
  const float* widths = average ? window_widths(p) : nullptr;
  const std::int64_t filled = WindowAxis::width(p).filled();
  const std::int64_t kernel = kWidth > 0 ? kWidth : p.kernel_w;
  if (height.filled() * filled < p.out_h * p.out_w) std::fill_n(y, p.out_h * p.out_w, 0.0F);
  for (std::int64_t i = 0; i < height.filled(); ++i) {
    rows.want(i);
    float* to = y + i * p.out_w;
    const auto size = hn::Set(d, static_cast<float>(height.size(i)));
    for_vectors(d, filled, [&](std::int64_t j, auto mask) HWY_ATTR {
      auto total = hn::Zero(d);
      for (std::int64_t h = 0; h < rows.count(); ++h) {
        auto row = hn::LoadU(d, rows.at(h, 0) + j);
        for (std::int64_t kw = 1; kw < kernel; ++kw) {
          row = hn::Add(row, hn::LoadU(d, rows.at(h, kw) + j));
        }
        total = hn::Add(total, row);
      }
      if (average) total = hn::Div(total, hn::Mul(size, hn::LoadU(d, widths + j)));
      store(total, mask, d, to + j);
    });
  }
}

inline void run_sum_plane(const float* x, float* y, const Pool2D& p, bool average) {
  if (p.kernel_w == 2) return sum_plane_of_width<2>(x, y, p, average);
  if (p.kernel_w == 3) return sum_plane_of_width<3>(x, y, p, average);
  sum_plane_of_width<0>(x, y, p, average);
}

// Windows a - taps + 1 to a of each row of windows are added in their order.
inline void run_sum_plane_gradient(const float* dy, float* dx, const Pool2D& p, bool average) {
  const PoolTag d;
  HeadRows<float> rows(dy, p, average ? window_widths(p) : nullptr);
  gather_rows(rows, p, dx, [&](std::int64_t /*h*/, std::int64_t q, std::int64_t a) HWY_ATTR {
    const std::int64_t taps = ceil_div(p.kernel_w - q, p.stride_w);
    auto total = hn::Zero(d);
    for (std::int64_t i = 0; i < rows.count(); ++i) {
      const float* heads = rows.at(i) + a;
      for (std::int64_t t = taps - 1; t >= 0; --t) total = hn::Add(total, hn::LoadU(d, heads - t));
    }
    return total;
  });
}

inline float run_max_of_plane(const float* x, std::int64_t n, std::int32_t* place) {
  const PoolTag d;
  const hn::RebindToSigned<PoolTag> di;
  auto best = hn::Set(d, x[0]);
  auto at = hn::Zero(di);
  auto any = hn::Zero(d);
  for_vectors(d, n, [&](std::int64_t i, auto mask) HWY_ATTR {
    const auto v = select(mask, load(mask, d, x + i), best);
    any = hn::Add(any, v);
    const auto take = hn::Gt(v, best);
    best = hn::IfThenElse(take, v, best);
    at = hn::IfThenElse(hn::RebindMask(di, take), hn::Iota(di, static_cast<std::int32_t>(i)), at);
  });
  if (HWY_UNLIKELY(!hn::AllFalse(d, hn::IsNaN(any)))) {
    const float* const nan = std::find_if(x, x + n, [](float v) { return v != v; });
    if (nan != x + n) {
      if (place != nullptr) *place = static_cast<std::int32_t>(nan - x);
      return *nan;
    }
  }
  HWY_ALIGN float values[hn::MaxLanes(d)];
  HWY_ALIGN std::int32_t places[hn::MaxLanes(di)];
  hn::Store(best, d, values);
  hn::Store(at, di, places);
  std::size_t first = 0;
  for (std::size_t i = 1; i < hn::Lanes(d); ++i) {
    const bool sooner = values[i] == values[first] && places[i] < places[first];
    if (values[i] > values[first] || sooner) first = i;
  }
  if (place != nullptr) *place = places[first];
  return values[first];
}

inline float run_sum_of_plane(const float* x, std::int64_t n) {
  const PoolTag d;
  auto a = hn::Zero(d);
  auto b = hn::Zero(d);
  std::int64_t i = 0;
  for (; i + 2 * kPoolLanes <= n; i += 2 * kPoolLanes) {
    a = hn::Add(a, hn::LoadU(d, x + i));
    b = hn::Add(b, hn::LoadU(d, x + i + kPoolLanes));
  }
  for_vectors(d, n - i, [&](std::int64_t at, auto mask) HWY_ATTR {
    a = hn::Add(a, load(mask, d, x + i + at));
  });
  return hn::GetLane(hn::SumOfLanes(d, hn::Add(a, b)));
}

}  // namespace gluino::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
