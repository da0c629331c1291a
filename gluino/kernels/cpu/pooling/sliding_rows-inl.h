// Rows of planes as windows read them, in vectors that lie along the rows, for one instruction set.
// Included once per target.
#if defined(GLUINO_KERNELS_SLIDING_ROWS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef GLUINO_KERNELS_SLIDING_ROWS_INL_H
#undef GLUINO_KERNELS_SLIDING_ROWS_INL_H
#else
#define GLUINO_KERNELS_SLIDING_ROWS_INL_H
#endif

#include <gluino/kernels/cpu/pooling/window_axis.h>
#include <gluino/kernels/cpu/support/scratch.h>
#include <gluino/kernels/cpu/support/vectors-inl.h>

#include <algorithm>
#include <bit>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels::HWY_NAMESPACE {

template <class T>
inline constexpr auto kLanes = static_cast<std::int64_t>(hn::MaxLanes(hn::ScalableTag<T>()));

// What a row's border is filled with: zeros, or its outermost values. A maximum sees the latter
// where they are no news, after or just before the value itself, so that the first one is found.
enum class Border { kZero, kEdge };

template <class T>
HWY_INLINE void fill_vectors(T value, T* to, const T* end) {
  const hn::ScalableTag<T> d;
  for (const auto v = hn::Set(d, value); to < end; to += kLanes<T>) hn::StoreU(v, d, to);
}

// Takes apart columns i * step, ... of `step` pieces while there are vectors of them before `end`.
template <class D, class T>
HWY_INLINE std::int64_t cut_vectors(D d, const T* x, std::int64_t step, std::int64_t i,
                                    std::int64_t end, std::int64_t length, T* out) {
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

// The reverse.
template <class D, class T>
HWY_INLINE std::int64_t join_vectors(D d, const T* pieces, std::int64_t step, std::int64_t i,
                                     std::int64_t end, std::int64_t length, T* out) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (; i + lanes <= end; i += lanes) {
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

// How rows are cut: column c (the border's first is 0) stands at c % step * length + c / step,
// after as many places as put what is behind the border, unless it is taken apart, at whole
// vectors. There is room for whole vectors at the end of each piece.
template <class T>
struct Pieces {
  std::int64_t step, before, length;

  explicit Pieces(const Pool2D& p)
      : step(p.stride_w),
        before(p.stride_w == 1 ? ceil_div(p.pad_w, kLanes<T>) * kLanes<T> - p.pad_w : 0),
        length(ceil_div(before + std::max(p.out_w + (p.kernel_w - 1) / p.stride_w,
                                          ceil_div(p.in_w + p.pad_w, p.stride_w)),
                        kLanes<T>) *
                   kLanes<T> +
               2 * kLanes<T>) {}
  std::int64_t size() const { return step * length; }
};

template <class T>
void cut_row(const T* x, const Pool2D& p, const Pieces<T>& pieces, Border border, T* out) {
  const hn::ScalableTag<T> d;
  const std::int64_t step = pieces.step;
  const std::int64_t length = pieces.length;
  const std::int64_t pad = p.pad_w;
  const T left = border == Border::kEdge ? x[0] : T(0);
  const T right = border == Border::kEdge ? x[p.in_w - 1] : T(0);
  const std::int64_t last = p.out_w + (p.kernel_w - 1) / step;
  if (step == 1) {
    fill_vectors(left, out, out + pieces.before + pad);
    out += pieces.before;
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
  std::int64_t i = std::min(ceil_div(pad, step), all);
  singles(0, i);
  i = cut_vectors(d, x - pad, step, i, all, length, out);
  i = cut_vectors(hn::CappedTag<T, 4>(), x - pad, step, i, all, length, out);
  singles(i, all + 1);
  for (std::int64_t q = 0; q < step; ++q) {
    fill_vectors(right, out + q * length + all + 1, out + q * length + last);
  }
}

// Puts `count` values of each piece side by side.
template <class T>
void join_row(const T* pieces, std::int64_t step, std::int64_t length, std::int64_t count, T* out) {
  std::int64_t i = join_vectors(hn::ScalableTag<T>(), pieces, step, 0, count, length, out);
  i = join_vectors(hn::CappedTag<T, 4>(), pieces, step, i, count, length, out);
  for (; i < count; ++i) {
    for (std::int64_t q = 0; q < step; ++q) out[i * step + q] = pieces[q * length + i];
  }
}

// So many rows are made before they are read: a load of what several stores have just written waits
// for all of them.
inline constexpr std::int64_t kAhead = 2;

// Memory for the rows that are in use: a power of two, so that a row finds its own quickly.
template <class T>
class RowRing {
 public:
  RowRing(std::int64_t rows, std::int64_t length)
      : mask_(std::bit_ceil(static_cast<std::uint64_t>(rows + kAhead)) - 1),
        length_(length),
        data_(scratch<T>(ScratchUse::kWindowRows, static_cast<std::int64_t>(mask_ + 1) * length)) {}
  T* row(std::int64_t i) const {
    return data_ + static_cast<std::int64_t>(static_cast<std::uint64_t>(i) & mask_) * length_;
  }

 private:
  std::uint64_t mask_;
  std::int64_t length_;
  T* data_;
};

// The rows of a plane that a row of windows reads.
template <class T>
class CutRows {
 public:
  CutRows(const T* x, const Pool2D& p, Border border)
      : x_(x),
        pool_(p),
        pieces_(p),
        height_(WindowAxis::height(p)),
        border_(border),
        ring_(p.kernel_h, pieces_.size()) {
    for (std::int64_t kw = 0; kw < p.kernel_w; ++kw) {
      taps_[kw] = pieces_.before + kw % p.stride_w * pieces_.length + kw / p.stride_w;
    }
  }

  // Makes the rows of the windows of row i ready; i never falls.
  void want(std::int64_t i) {
    begin_ = height_.begin(i);
    count_ = height_.end(i) - begin_;
    const std::int64_t end = std::min(begin_ + count_ + kAhead, pool_.in_h);
    for (next_ = std::max(next_, begin_); next_ < end; ++next_) {
      cut_row(x_ + next_ * pool_.in_w, pool_, pieces_, border_, ring_.row(next_));
    }
    for (std::int64_t h = 0; h < count_; ++h) rows_[h] = ring_.row(begin_ + h);
  }
  std::int64_t begin() const { return begin_; }
  std::int64_t count() const { return count_; }
  // What window 0 meets with element kw of its row h, counted from begin().
  const T* at(std::int64_t h, std::int64_t kw) const { return rows_[h] + taps_[kw]; }

 private:
  const T* x_;
  const Pool2D& pool_;
  Pieces<T> pieces_;
  WindowAxis height_;
  Border border_;
  RowRing<T> ring_;
  std::int64_t begin_ = 0, count_ = 0, next_ = 0;
  std::int64_t taps_[kMostWindow];
  const T* rows_[kMostWindow];
};

// For a gradient to the plane: of windows' gradients the rows that have a row of the plane, with
// zeros for windows that do not exist on both sides.
template <class T>
class HeadRows {
 public:
  // Divides by the windows' sizes if `widths` are those along the row.
  HeadRows(const T* dy, const Pool2D& p, const T* widths = nullptr)
      : dy_(dy),
        pool_(p),
        height_(WindowAxis::height(p)),
        border_(ceil_div(p.kernel_w, p.stride_w) - 1),
        length_(border_ + std::max(p.out_w, ceil_div(p.in_w + p.pad_w, p.stride_w)) +
                2 * kLanes<T>),
        ring_(ceil_div(p.kernel_h, p.stride_h), length_),
        widths_(widths) {}

  // Makes the rows of windows that have row h ready; h never falls.
  void want(std::int64_t h) {
    while (begin_ < end_ && height_.end(begin_) <= h) ++begin_;
    while (end_ < pool_.out_h && end_ * height_.stride - height_.pad <= h) ++end_;
    for (const std::int64_t end = std::min(end_ + kAhead, pool_.out_h); next_ < end; ++next_) {
      copy(next_, ring_.row(next_));
    }
    for (std::int64_t i = begin_; i < end_; ++i) rows_[i - begin_] = ring_.row(i) + border_;
  }
  // The first row of windows that has row h.
  std::int64_t begin() const { return begin_; }
  std::int64_t count() const { return end_ - begin_; }
  // At window 0 of row i, counted from begin().
  const T* at(std::int64_t i) const { return rows_[i]; }

 private:
  void copy(std::int64_t i, T* to) const {
    const hn::ScalableTag<T> d;
    const std::int64_t n = pool_.out_w;
    const T* from = dy_ + i * n;
    const auto size = hn::Set(d, static_cast<T>(height_.size(i)));
    fill_vectors(T(0), to, to + border_);
    for_vectors(d, n, [&](std::int64_t j, auto mask) HWY_ATTR {
      auto heads = load(mask, d, from + j);
      if (widths_ != nullptr) heads = hn::Div(heads, hn::Mul(size, hn::LoadU(d, widths_ + j)));
      hn::StoreU(select(mask, heads, hn::Zero(d)), d, to + border_ + j);
    });
    fill_vectors(T(0), to + border_ + n, to + length_ - kLanes<T>);
  }

  const T* dy_;
  const Pool2D& pool_;
  WindowAxis height_;
  std::int64_t border_, length_;
  RowRing<T> ring_;
  const T* widths_;
  std::int64_t begin_ = 0, end_ = 0, next_ = 0;
  const T* rows_[kMostWindow];
};

// Rows of a gradient to the plane, in order. gather(rows, h, q, a) gives a vector of columns q +
// a * stride_w, ... (counted from the border's first), to which windows up to a give something.
template <class T, class Gather>
void gather_rows(HeadRows<T>& rows, const Pool2D& p, T* dx, const Gather& gather) {
  const hn::ScalableTag<T> d;
  const std::int64_t step = p.stride_w;
  const std::int64_t count = ceil_div(p.in_w + p.pad_w, step);
  const std::int64_t length = count + kLanes<T>;
  T* pieces = scratch<T>(ScratchUse::kWindowPieces, 2 * step * length);
  T* joined = pieces + step * length;
  for (std::int64_t h = 0; h < p.in_h; ++h) {
    rows.want(h);
    T* to = dx + h * p.in_w;
    if (step == 1) {
      for_vectors(d, p.in_w, [&](std::int64_t w, auto mask) HWY_ATTR {
        store(gather(h, 0, w + p.pad_w), mask, d, to + w);
      });
      continue;
    }
    for (std::int64_t q = 0; q < step; ++q) {
      for (std::int64_t a = 0; a < count; a += kLanes<T>) {
        hn::StoreU(gather(h, q, a), d, pieces + q * length + a);
      }
    }
    join_row(pieces, step, length, count, joined);
    std::copy_n(joined + p.pad_w, p.in_w, to);
  }
}

}  // namespace gluino::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
