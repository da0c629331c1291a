// Pooling along the rows and of whole planes, for one instruction set. Included once per target.
#if defined(GLUINO_KERNELS_POOLING_ROWS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef GLUINO_KERNELS_POOLING_ROWS_INL_H
#undef GLUINO_KERNELS_POOLING_ROWS_INL_H
#else
#define GLUINO_KERNELS_POOLING_ROWS_INL_H
#endif

#include <gluino/kernels/cpu/pooling_axis.h>
#include <gluino/kernels/cpu/scratch.h>
#include <gluino/kernels/cpu/vectors-inl.h>

#include <algorithm>
#include <bit>
#include <limits>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels::HWY_NAMESPACE {

using PoolTag = hn::ScalableTag<float>;
inline constexpr auto kPoolLanes = static_cast<std::int64_t>(hn::MaxLanes(PoolTag()));

inline bool pool_vectors() { return HWY_TARGET != HWY_EMU128 && HWY_TARGET != HWY_SCALAR; }

// What a row's border is filled with: zeros, or its outermost values. A maximum sees the latter
// where they are no news, after or just before the value itself, so that the first one is found.
enum class Border { kZero, kEdge };

HWY_INLINE void fill_vectors(float value, float* to, const float* end) {
  const PoolTag d;
  for (const auto v = hn::Set(d, value); to < end; to += kPoolLanes) hn::StoreU(v, d, to);
}

// Takes apart columns i * step, ... of `step` pieces while there are vectors of them before `end`.
template <class D>
HWY_INLINE std::int64_t cut_vectors(D d, const float* x, std::int64_t step, std::int64_t i,
                                    std::int64_t end, std::int64_t length, float* out) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (; i + lanes <= end; i += lanes) {
    hn::Vec<D> a, b, c;
    if (step == 2) {
      hn::LoadInterleaved2(d, x + 2 * i, a, b);
    } else {
      hn::LoadInterleaved3(d, x + 3 * i, a, b, c);
      hn::StoreU(c, d, out + 2 * length + i);
    }
    hn::StoreU(a, d, out + i);
    hn::StoreU(b, d, out + length + i);
  }
  return i;
}

// How rows are cut: column c (the border's first is 0) stands at c % step * length + c / step.
// There is room for whole vectors at the end of each piece.
struct Pieces {
  std::int64_t step, length;

  explicit Pieces(const Pool2D& p)
      : step(p.stride_w),
        length(std::max(p.out_w + (p.kernel_w - 1) / p.stride_w,
                        ceil_div(p.in_w + p.pad_w, p.stride_w)) +
               2 * kPoolLanes) {}
  std::int64_t size() const { return step * length; }
};

inline void cut_row(const float* x, const Pool2D& p, const Pieces& pieces, Border border,
                    float* out) {
  const PoolTag d;
  const std::int64_t step = pieces.step;
  const std::int64_t length = pieces.length;
  const std::int64_t pad = p.pad_w;
  const float left = border == Border::kEdge ? x[0] : 0;
  const float right = border == Border::kEdge ? x[p.in_w - 1] : 0;
  const std::int64_t last = p.out_w + (p.kernel_w - 1) / step + kPoolLanes;
  if (step == 1) {
    fill_vectors(left, out, out + pad);
    for_vectors(d, p.in_w, [&](std::int64_t i, auto mask) HWY_ATTR {
      hn::StoreU(select(mask, load(mask, d, x + i), hn::Set(d, right)), d, out + pad + i);
    });
    fill_vectors(right, out + pad + p.in_w, out + last);
    return;
  }
  const auto singles = [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      for (std::int64_t q = 0; q < step; ++q) {
        const std::int64_t w = i * step + q - pad;
        out[q * length + i] = w < 0 ? left : w < p.in_w ? x[w] : right;
      }
    }
  };
  const std::int64_t all = (p.in_w + pad) / step;  // positions that exist in all pieces
  std::int64_t i = std::min((pad + step - 1) / step, all);
  singles(0, i);
  i = cut_vectors(d, x - pad, step, i, all, length, out);
  i = cut_vectors(hn::CappedTag<float, 4>(), x - pad, step, i, all, length, out);
  singles(i, all + 1);
  for (std::int64_t q = 0; q < step; ++q) {
    fill_vectors(right, out + q * length + all + 1, out + q * length + last);
  }
}

// So many rows are cut before they are read: a load of what several stores have just written waits
// for all of them.
inline constexpr std::int64_t kAhead = 2;

// The rows of a plane that a row of windows reads.
class CutRows {
 public:
  CutRows(const float* x, const Pool2D& p, Border border)
      : x_(x),
        pool_(p),
        pieces_(p),
        height_(PoolAxis::height(p)),
        border_(border),
        slots_(std::bit_ceil(static_cast<std::uint64_t>(p.kernel_h + kAhead))),
        ring_(scratch<float>(ScratchUse::kPoolRows,
                             static_cast<std::int64_t>(slots_) * pieces_.size())) {
    for (std::int64_t kw = 0; kw < p.kernel_w; ++kw) {
      taps_[kw] = kw % p.stride_w * pieces_.length + kw / p.stride_w;
    }
  }

  // Makes the rows of the windows of row i ready; i never falls.
  void want(std::int64_t i) {
    begin_ = height_.begin(i);
    count_ = height_.end(i) - begin_;
    const std::int64_t end = std::min(begin_ + count_ + kAhead, pool_.in_h);
    for (next_ = std::max(next_, begin_); next_ < end; ++next_) {
      cut_row(x_ + next_ * pool_.in_w, pool_, pieces_, border_, row(next_));
    }
    for (std::int64_t h = 0; h < count_; ++h) rows_[h] = row(begin_ + h);
  }
  std::int64_t begin() const { return begin_; }
  std::int64_t count() const { return count_; }
  // What window 0 meets with element kw of its row h, counted from begin().
  const float* at(std::int64_t h, std::int64_t kw) const { return rows_[h] + taps_[kw]; }

 private:
  float* row(std::int64_t h) const {
    return ring_ +
           static_cast<std::int64_t>(static_cast<std::uint64_t>(h) & (slots_ - 1)) * pieces_.size();
  }

  const float* x_;
  const Pool2D& pool_;
  Pieces pieces_;
  PoolAxis height_;
  Border border_;
  std::uint64_t slots_;  // a power of two, so that rows find theirs without a division
  float* ring_;
  std::int64_t begin_ = 0, count_ = 0, next_ = 0;
  std::int64_t taps_[kMostPoolKernel];
  const float* rows_[kMostPoolKernel];
};

// Maxima of the windows from column j on. kWidth is the kernel's, or 0 for any.
template <int kWidth, bool kPlaces, class M>
HWY_INLINE void max_windows(const CutRows& rows, const Pool2D& p, std::int64_t j, M mask, float* y,
                            std::int32_t* argmax) {
  const PoolTag d;
  const hn::RebindToSigned<PoolTag> di;
  const std::int64_t kernel = kWidth > 0 ? kWidth : p.kernel_w;
  // Kept are the row, as a number of elements, and the column from the window's first.
  auto best = hn::LoadU(d, rows.at(0, 0) + j);
  auto best_row = hn::Zero(di);
  auto best_column = hn::Zero(di);
  for (std::int64_t h = 0; h < rows.count(); ++h) {
    const auto row = hn::Set(di, static_cast<std::int32_t>(h * p.in_w));
    for (std::int64_t kw = 0; kw < kernel; ++kw) {
      const auto v = hn::LoadU(d, rows.at(h, kw) + j);
      const auto take = hn::Gt(v, best);
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
}

template <int kWidth>
void max_plane_of_width(const float* x, float* y, std::int32_t* argmax, const Pool2D& p) {
  CutRows rows(x, p, Border::kEdge);
  const std::int64_t filled_rows = PoolAxis::height(p).filled();
  const std::int64_t filled = PoolAxis::width(p).filled();
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
        max_windows<kWidth, false>(rows, p, j, mask, to, nullptr);
      } else {
        max_windows<kWidth, true>(rows, p, j, mask, to, argmax + i * p.out_w);
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
  const PoolAxis width = PoolAxis::width(p);
  float* widths = scratch<float>(ScratchUse::kPoolWidths, p.out_w + kPoolLanes);
  const std::int64_t filled = width.filled();
  for (std::int64_t j = 0; j < filled; ++j) widths[j] = static_cast<float>(width.size(j));
  std::fill(widths + filled, widths + p.out_w + kPoolLanes, 1.0F);
  return widths;
}

template <int kWidth>
void sum_plane_of_width(const float* x, float* y, const Pool2D& p, bool average) {
  const PoolTag d;
  CutRows rows(x, p, Border::kZero);
  const PoolAxis height = PoolAxis::height(p);
  const float* widths = average ? window_widths(p) : nullptr;
  const std::int64_t filled = PoolAxis::width(p).filled();
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

inline float run_max_of_plane(const float* x, std::int64_t n, std::int32_t* place) {
  const PoolTag d;
  const hn::RebindToSigned<PoolTag> di;
  auto best = hn::Set(d, x[0]);
  auto at = hn::Zero(di);
  for_vectors(d, n, [&](std::int64_t i, auto mask) HWY_ATTR {
    const auto v = select(mask, load(mask, d, x + i), best);
    const auto take = hn::Gt(v, best);
    best = hn::IfThenElse(take, v, best);
    at = hn::IfThenElse(hn::RebindMask(di, take), hn::Iota(di, static_cast<std::int32_t>(i)), at);
  });
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
