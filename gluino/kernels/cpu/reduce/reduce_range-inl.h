// The loops of ReduceRange for one instruction set; included after Highway's headers.
#if defined(GLUINO_KERNELS_REDUCE_RANGE_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef GLUINO_KERNELS_REDUCE_RANGE_INL_H
#undef GLUINO_KERNELS_REDUCE_RANGE_INL_H
#else
#define GLUINO_KERNELS_REDUCE_RANGE_INL_H
#endif

#include <gluino/kernels/cpu/reduce/reduce_axes-inl.h>
#include <gluino/kernels/cpu/support/truths-inl.h>
#include <hwy/highway.h>

#include <type_traits>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels {
namespace HWY_NAMESPACE {

// The extremes of 8 vectors' lanes over the first multiple of as many elements; false, and lanes
// that mean nothing, where one is NaN. Of two that are equal the later one stays, as in Op::join.
template <class Op, class T>
bool extreme_lanes(const T* x, std::int64_t n, T* lanes) {
  const hn::ScalableTag<T> d;
  constexpr std::int64_t kVectors = 8;
  const auto step = static_cast<std::int64_t>(hn::Lanes(d));
  hn::Vec<decltype(d)> best[kVectors];
  for (auto& vector : best) vector = hn::Set(d, Op::template start<T>());
  auto none = hn::IsNaN(best[0]);
  for (; n >= kVectors * step; n -= kVectors * step, x += kVectors * step) {
    for (std::int64_t i = 0; i < kVectors; ++i) {
      const auto v = hn::LoadU(d, x + i * step);
      none = hn::Or(none, hn::IsNaN(v));
      best[i] = Op::kGreatest ? hn::Max(best[i], v) : hn::Min(best[i], v);
    }
  }
  for (std::int64_t i = 0; i < kVectors; ++i) hn::StoreU(best[i], d, lanes + i * step);
  return hn::AllFalse(d, none);
}

// Plain loops over a fixed number of lanes: the same additions, in the same order, whatever the
// instruction set.
template <int kLanes, class Op, class T>
T reduce_lanes(const T* x, std::int64_t n) {
  if (n < kLanes) {
    T result = Op::template start<T>();
    for (std::int64_t i = 0; i < n; ++i) result = Op::join(result, Op::enter(x[i]));
    return result;
  }
  T lanes[kLanes];
  std::int64_t i = 0;
  if constexpr (kHasBitMasks && requires { Op::kGreatest; } && std::is_floating_point_v<T>) {
    // 8 whole registers, which hold the lanes; Max and Min are these instructions' joins.
    if (kLanes * sizeof(T) == 512 && extreme_lanes<Op>(x, n, lanes)) i = n / kLanes * kLanes;
  }
  if (i == 0) {
    for (T& lane : lanes) lane = Op::template start<T>();
  }
  for (; i + kLanes <= n; i += kLanes) {
    for (std::int64_t l = 0; l < kLanes; ++l) lanes[l] = Op::join(lanes[l], Op::enter(x[i + l]));
  }
  for (std::int64_t l = 0; i + l < n; ++l) lanes[l] = Op::join(lanes[l], Op::enter(x[i + l]));
  for (std::int64_t width = kLanes / 2; width > 0; width /= 2) {
    for (std::int64_t l = 0; l < width; ++l) lanes[l] = Op::join(lanes[l], lanes[l + width]);
  }
  return lanes[0];
}

// Op::kBytes says how many bytes of partial results a block has: the more of them, the less an
// operation waits for the one before.
template <class Op, class T>
T reduce_block(const T* x, std::int64_t n) {
  constexpr int kMany = static_cast<int>(Op::template kBytes<T> / sizeof(T));
  if constexpr (kMany > 32) {
    if (n < 4 * kMany) return reduce_lanes<32, Op>(x, n);
  }
  return reduce_lanes<kMany, Op>(x, n);
}

template <class Op, class T>
T reduce_contiguous(const T* x, std::int64_t n) {
  constexpr std::int64_t kBlock = Op::kBlock;
  if (n <= kBlock) return reduce_block<Op>(x, n);
  // Blocks are halved at multiples of the block's size: pairwise addition.
  const std::int64_t half = (n / kBlock + 1) / 2 * kBlock;
  return Op::join(reduce_contiguous<Op>(x, half), reduce_contiguous<Op>(x + half, n - half));
}

template <class Op, class T>
void reduce_columns(const T* x, std::int64_t n, std::int64_t width, std::int64_t stride, T* y) {
  for (std::int64_t row = 0; row < n; ++row) {
    const T* from = x + row * stride;
    for (std::int64_t j = 0; j < width; ++j) y[j] = Op::join(y[j], Op::enter(from[j]));
  }
}

template <class Op, class T>
void join_results(const T* other, std::int64_t n, T* y) {
  for (std::int64_t j = 0; j < n; ++j) y[j] = Op::join(y[j], other[j]);
}

template <class Op, class T>
constexpr ReduceRange<T> reduce_range() {
  return {Op::template start<T>(), &reduce_contiguous<Op, T>, &reduce_columns<Op, T>,
          &join_results<Op, T>};
}

}  // namespace HWY_NAMESPACE
}  // namespace gluino::kernels
HWY_AFTER_NAMESPACE();

#endif
