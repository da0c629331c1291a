// The gradient of sums and averages along the rows, for one instruction set. Included once per
// target.
#if defined(GLUINO_KERNELS_POOLING_GRADIENT_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef GLUINO_KERNELS_POOLING_GRADIENT_INL_H
#undef GLUINO_KERNELS_POOLING_GRADIENT_INL_H
#else
#define GLUINO_KERNELS_POOLING_GRADIENT_INL_H
#endif

#include <gluino/kernels/cpu/pooling_rows-inl.h>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels::HWY_NAMESPACE {

// The gradients of the rows of windows that have a row of the plane, divided if averages are
// wanted, with zeros for windows that do not exist on both sides.
class HeadRows {
 public:
  HeadRows(const float* dy, const Pool2D& p, bool average)
      : dy_(dy),
        pool_(p),
        height_(PoolAxis::height(p)),
        border_(ceil_div(p.kernel_w, p.stride_w) - 1),
        length_(border_ + std::max(p.out_w, ceil_div(p.in_w + p.pad_w, p.stride_w)) +
                2 * kPoolLanes),
        slots_(
            std::bit_ceil(static_cast<std::uint64_t>(ceil_div(p.kernel_h, p.stride_h) + kAhead))),
        ring_(scratch<float>(ScratchUse::kPoolRows, static_cast<std::int64_t>(slots_) * length_)),
        widths_(average ? window_widths(p) : nullptr) {}

  // Makes the rows of windows that have row h ready; h never falls.
  void want(std::int64_t h) {
    while (begin_ < end_ && height_.end(begin_) <= h) ++begin_;
    while (end_ < pool_.out_h && end_ * height_.stride - height_.pad <= h) ++end_;
    for (const std::int64_t end = std::min(end_ + kAhead, pool_.out_h); next_ < end; ++next_) {
      copy(next_, row(next_));
    }
    for (std::int64_t i = begin_; i < end_; ++i) rows_[i - begin_] = row(i) + border_;
  }
  std::int64_t count() const { return end_ - begin_; }
  // At window 0 of the i-th of them.
  const float* at(std::int64_t i) const { return rows_[i]; }

 private:
  float* row(std::int64_t i) const {
    return ring_ +
           static_cast<std::int64_t>(static_cast<std::uint64_t>(i) & (slots_ - 1)) * length_;
  }

  void copy(std::int64_t i, float* to) const {
    const PoolTag d;
    const std::int64_t n = pool_.out_w;
    const float* from = dy_ + i * n;
    const auto size = hn::Set(d, static_cast<float>(height_.size(i)));
    fill_vectors(0, to, to + border_);
    for_vectors(d, n, [&](std::int64_t j, auto mask) HWY_ATTR {
      auto heads = load(mask, d, from + j);
      if (widths_ != nullptr) heads = hn::Div(heads, hn::Mul(size, hn::LoadU(d, widths_ + j)));
      hn::StoreU(select(mask, heads, hn::Zero(d)), d, to + border_ + j);
    });
    fill_vectors(0, to + border_ + n, to + length_ - kPoolLanes);
  }

  const float* dy_;
  const Pool2D& pool_;
  PoolAxis height_;
  std::int64_t border_, length_;
  std::uint64_t slots_;
  float* ring_;
  const float* widths_;
  std::int64_t begin_ = 0, end_ = 0, next_ = 0;
  const float* rows_[kMostPoolKernel];
};

// The sums over windows a - taps + 1 to a of each row of windows, in the order of the windows.
HWY_INLINE hn::Vec<PoolTag> sum_of_heads(const HeadRows& rows, std::int64_t taps, std::int64_t a) {
  const PoolTag d;
  auto total = hn::Zero(d);
  for (std::int64_t i = 0; i < rows.count(); ++i) {
    const float* heads = rows.at(i) + a;
    for (std::int64_t t = taps - 1; t >= 0; --t) total = hn::Add(total, hn::LoadU(d, heads - t));
  }
  return total;
}

template <class D>
HWY_INLINE std::int64_t join_vectors(D d, const float* pieces, std::int64_t step,
                                     std::int64_t length, std::int64_t i, std::int64_t count,
                                     float* out) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (; i + lanes <= count; i += lanes) {
    const auto a = hn::LoadU(d, pieces + i);
    const auto b = hn::LoadU(d, pieces + length + i);
    if (step == 2) {
      hn::StoreInterleaved2(a, b, d, out + 2 * i);
    } else {
      hn::StoreInterleaved3(a, b, hn::LoadU(d, pieces + 2 * length + i), d, out + 3 * i);
    }
  }
  return i;
}

// Puts `count` values of each of 2 or 3 pieces, `length` apart, side by side.
inline void join_pieces(const float* pieces, std::int64_t step, std::int64_t length,
                        std::int64_t count, float* out) {
  std::int64_t i = join_vectors(PoolTag(), pieces, step, length, 0, count, out);
  i = join_vectors(hn::CappedTag<float, 4>(), pieces, step, length, i, count, out);
  for (; i < count; ++i) {
    for (std::int64_t q = 0; q < step; ++q) out[i * step + q] = pieces[q * length + i];
  }
}

inline void run_sum_plane_gradient(const float* dy, float* dx, const Pool2D& p, bool average) {
  const PoolTag d;
  HeadRows rows(dy, p, average);
  const std::int64_t step = p.stride_w;
  const std::int64_t count = ceil_div(p.in_w + p.pad_w, step);
  const std::int64_t length = count + kPoolLanes;
  float* pieces = scratch<float>(ScratchUse::kPoolPieces, 2 * step * length);
  float* joined = pieces + step * length;
  for (std::int64_t h = 0; h < p.in_h; ++h) {
    rows.want(h);
    float* to = dx + h * p.in_w;
    if (step == 1) {
      for_vectors(d, p.in_w, [&](std::int64_t w, auto mask) HWY_ATTR {
        store(sum_of_heads(rows, p.kernel_w, w + p.pad_w), mask, d, to + w);
      });
      continue;
    }
    // As in cut_row: column c of the bordered row is number c / step of piece c % step.
    for (std::int64_t q = 0; q < step; ++q) {
      const std::int64_t taps = ceil_div(p.kernel_w - q, step);
      for (std::int64_t a = 0; a < count; a += kPoolLanes) {
        hn::StoreU(sum_of_heads(rows, taps, a), d, pieces + q * length + a);
      }
    }
    join_pieces(pieces, step, length, count, joined);
    std::copy_n(joined + p.pad_w, p.in_w, to);
  }
}

}  // namespace gluino::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
