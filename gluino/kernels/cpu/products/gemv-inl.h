// Matrix times vector, for one instruction set. Included once per target.
#if defined(GLUINO_KERNELS_GEMV_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef GLUINO_KERNELS_GEMV_INL_H
#undef GLUINO_KERNELS_GEMV_INL_H
#else
#define GLUINO_KERNELS_GEMV_INL_H
#endif

#include <hwy/highway.h>

#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// out[i] = row i of m times x, for kRows rows that lie row_stride apart.
template <int kRows, class T>
HWY_INLINE void dot_rows(const T* HWY_RESTRICT m, std::int64_t row_stride, const T* HWY_RESTRICT x,
                         std::int64_t k, T* HWY_RESTRICT out) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(d));
  // Sums of so many columns are added up by themselves: the longer a sum, the more it is rounded.
  constexpr std::int64_t kSummed = 4096;
  V totals[kRows];
#pragma GCC unroll 4
  for (int i = 0; i < kRows; ++i) totals[i] = hn::Zero(d);
  std::int64_t p = 0;
  while (p + 2 * kLanes <= k) {
    // Two sums per row, so that an addition need not wait for the one before it.
    V sums[kRows][2];
#pragma GCC unroll 4
    for (int i = 0; i < kRows; ++i) sums[i][0] = sums[i][1] = hn::Zero(d);
    const std::int64_t stop = HWY_MIN(k, p + kSummed);
    for (; p + 2 * kLanes <= stop; p += 2 * kLanes) {
      const V x0 = hn::LoadU(d, x + p);
      const V x1 = hn::LoadU(d, x + p + kLanes);
#pragma GCC unroll 4
      for (int i = 0; i < kRows; ++i) {
        const T* row = m + i * row_stride + p;
        sums[i][0] = hn::MulAdd(x0, hn::LoadU(d, row), sums[i][0]);
        sums[i][1] = hn::MulAdd(x1, hn::LoadU(d, row + kLanes), sums[i][1]);
      }
    }
#pragma GCC unroll 4
    for (int i = 0; i < kRows; ++i) totals[i] = hn::Add(totals[i], hn::Add(sums[i][0], sums[i][1]));
  }
#pragma GCC unroll 4
  for (int i = 0; i < kRows; ++i) {
    T sum = hn::GetLane(hn::SumOfLanes(d, totals[i]));
    for (std::int64_t q = p; q < k; ++q) sum += m[i * row_stride + q] * x[q];
    out[i] = sum;
  }
}

// out[j] = sum over p of m[j + p * k_stride] * x[p], for kVectors whole vectors of out.
template <int kVectors, class T>
HWY_INLINE void combine_columns(const T* HWY_RESTRICT m, std::int64_t k_stride,
                                const T* HWY_RESTRICT x, std::int64_t k, T* HWY_RESTRICT out) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(d));
  V sums[kVectors];
#pragma GCC unroll 8
  for (int v = 0; v < kVectors; ++v) sums[v] = hn::Zero(d);
  for (std::int64_t p = 0; p < k; ++p) {
    const V factor = hn::Set(d, x[p]);
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      sums[v] = hn::MulAdd(factor, hn::LoadU(d, m + p * k_stride + v * kLanes), sums[v]);
    }
  }
#pragma GCC unroll 8
  for (int v = 0; v < kVectors; ++v) hn::StoreU(sums[v], d, out + v * kLanes);
}

// Outputs [begin, end) of m x into out[0 ...]. Either stride of m is 1. `begin` is a multiple of
// kGemvGrain, so that an output is computed the same way whatever range it is asked for in.
template <class T>
void run_gemv(const MatrixView<T>& m, const T* x, std::int64_t begin, std::int64_t end, T* out) {
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(hn::ScalableTag<T>()));
  std::int64_t i = begin;
  if (m.column_stride == 1) {
    for (; i + 4 <= end; i += 4) {
      dot_rows<4>(m.data + i * m.row_stride, m.row_stride, x, m.columns, out + (i - begin));
    }
    for (; i < end; ++i) {
      dot_rows<1>(m.data + i * m.row_stride, m.row_stride, x, m.columns, out + (i - begin));
    }
    return;
  }
  for (; i + 8 * kLanes <= end; i += 8 * kLanes) {
    combine_columns<8>(m.data + i, m.column_stride, x, m.columns, out + (i - begin));
  }
  for (; i + kLanes <= end; i += kLanes) {
    combine_columns<1>(m.data + i, m.column_stride, x, m.columns, out + (i - begin));
  }
  for (; i < end; ++i) {
    T sum = 0;
    for (std::int64_t p = 0; p < m.columns; ++p) sum += m.data[i + p * m.column_stride] * x[p];
    out[i - begin] = sum;
  }
}

}  // namespace gluino::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
