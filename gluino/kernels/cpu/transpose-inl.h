// Transposing blocks of a matrix, for one instruction set. Included once per target.
#if defined(GLUINO_KERNELS_TRANSPOSE_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef GLUINO_KERNELS_TRANSPOSE_INL_H
#undef GLUINO_KERNELS_TRANSPOSE_INL_H
#else
#define GLUINO_KERNELS_TRANSPOSE_INL_H
#endif

#include <hwy/highway.h>

#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR

template <class T>
inline constexpr int kTransposeRows = 1;
template <class T>
inline constexpr int kTransposeColumns = 1;

template <class T>
HWY_INLINE void transpose_block(const T* in, std::int64_t, T* out, std::int64_t) {
  *out = *in;
}

#else

// Rows that are transposed together: one vector of at most 32 bytes of the result.
template <class T>
inline constexpr int kTransposeRows = (HWY_MAX_BYTES >= 32 ? 32 : 16) / sizeof(T);
// Columns that are transposed together: one 16-byte block of the source.
template <class T>
inline constexpr int kTransposeColumns = 16 / sizeof(T);

// The 16 bytes at `low` and, in the upper half of a 32-byte vector, those at `high`.
template <class T>
HWY_INLINE auto load_pair(const T* low, [[maybe_unused]] const T* high) {
  const hn::FixedTag<T, kTransposeColumns<T> > half;
  if constexpr (kTransposeRows < T >> kTransposeColumns<T>) {
    const hn::FixedTag<T, kTransposeRows<T> > whole;
    return hn::Combine(whole, hn::LoadU(half, high), hn::LoadU(half, low));
  } else {
    return hn::LoadU(half, low);
  }
}

// out[c * out_stride + r] = in[r * in_stride + c] for kTransposeRows rows, kTransposeColumns
// columns.
HWY_INLINE void transpose_block(const float* in, std::int64_t in_stride, float* out,
                                std::int64_t out_stride) {
  const hn::FixedTag<float, kTransposeRows<float> > d;
  const float* upper = in + 4 * in_stride;
  const auto r0 = load_pair(in, upper);
  const auto r1 = load_pair(in + in_stride, upper + in_stride);
  const auto r2 = load_pair(in + 2 * in_stride, upper + 2 * in_stride);
  const auto r3 = load_pair(in + 3 * in_stride, upper + 3 * in_stride);
  const auto even_low = hn::InterleaveLower(d, r0, r2);
  const auto even_high = hn::InterleaveUpper(d, r0, r2);
  const auto odd_low = hn::InterleaveLower(d, r1, r3);
  const auto odd_high = hn::InterleaveUpper(d, r1, r3);
  hn::StoreU(hn::InterleaveLower(d, even_low, odd_low), d, out);
  hn::StoreU(hn::InterleaveUpper(d, even_low, odd_low), d, out + out_stride);
  hn::StoreU(hn::InterleaveLower(d, even_high, odd_high), d, out + 2 * out_stride);
  hn::StoreU(hn::InterleaveUpper(d, even_high, odd_high), d, out + 3 * out_stride);
}

HWY_INLINE void transpose_block(const double* in, std::int64_t in_stride, double* out,
                                std::int64_t out_stride) {
  const hn::FixedTag<double, kTransposeRows<double> > d;
  const double* upper = in + 2 * in_stride;
  const auto r0 = load_pair(in, upper);
  const auto r1 = load_pair(in + in_stride, upper + in_stride);
  hn::StoreU(hn::InterleaveLower(d, r0, r1), d, out);
  hn::StoreU(hn::InterleaveUpper(d, r0, r1), d, out + out_stride);
}

#endif  // HWY_TARGET == HWY_SCALAR

// out[c * out_stride + r] = in[r * in_stride + c] for r < rows, c < columns.
template <class T>
HWY_INLINE void transpose(const T* in, std::int64_t in_stride, std::int64_t rows,
                          std::int64_t columns, T* out, std::int64_t out_stride) {
  constexpr int kRows = kTransposeRows<T>;
  constexpr int kColumns = kTransposeColumns<T>;
  const std::int64_t whole_rows = rows - rows % kRows;
  const std::int64_t whole_columns = columns - columns % kColumns;
  for (std::int64_t c = 0; c < whole_columns; c += kColumns) {
    for (std::int64_t r = 0; r < whole_rows; r += kRows) {
      transpose_block(in + r * in_stride + c, in_stride, out + c * out_stride + r, out_stride);
    }
    for (std::int64_t i = c; i < c + kColumns; ++i) {
      for (std::int64_t r = whole_rows; r < rows; ++r) {
        out[i * out_stride + r] = in[r * in_stride + i];
      }
    }
  }
  for (std::int64_t c = whole_columns; c < columns; ++c) {
    for (std::int64_t r = 0; r < rows; ++r) out[c * out_stride + r] = in[r * in_stride + c];
  }
}

}  // namespace gluino::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
