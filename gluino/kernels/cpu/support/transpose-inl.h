// Transposing blocks of a matrix, for one instruction set. Included once per target.
#if defined(GLUINO_KERNELS_TRANSPOSE_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef GLUINO_KERNELS_TRANSPOSE_INL_H
#undef GLUINO_KERNELS_TRANSPOSE_INL_H
#else
#define GLUINO_KERNELS_TRANSPOSE_INL_H
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Columns that are transposed together: one 16-byte block of the source.
template <class T>
inline constexpr int kTransposeColumns = HWY_TARGET == HWY_SCALAR ? 1 : 16 / sizeof(T);
// Rows that are transposed together at most: one vector of the result.
template <class T>
inline constexpr int kTransposeRows = HWY_TARGET == HWY_SCALAR
                                          ? 1
                                          : std::min<int>(HWY_MAX_BYTES, 64) / sizeof(T);

#if HWY_TARGET == HWY_SCALAR

template <int kRows, class T>
HWY_INLINE void transpose_block(const T* in, std::int64_t, T* out, std::int64_t) {
  *out = *in;
}

#else

// A vector of the blocks at `in` and at every kTransposeColumns-th row after it.
template <int kRows, class T>
HWY_INLINE auto load_blocks(const T* in, std::int64_t in_stride) {
  const hn::FixedTag<T, kRows> d;
  if constexpr (kRows == kTransposeColumns<T>) {
    return hn::LoadU(d, in);
  } else {
    return hn::Combine(d, load_blocks<kRows / 2>(in + kRows / 2 * in_stride, in_stride),
                       load_blocks<kRows / 2>(in, in_stride));
  }
}

// out[c * out_stride + r] = in[r * in_stride + c] for kRows rows, kTransposeColumns columns.
template <int kRows>
HWY_INLINE void transpose_block(const float* in, std::int64_t in_stride, float* out,
                                std::int64_t out_stride) {
  const hn::FixedTag<float, kRows> d;
  const auto r0 = load_blocks<kRows>(in, in_stride);
  const auto r1 = load_blocks<kRows>(in + in_stride, in_stride);
  const auto r2 = load_blocks<kRows>(in + 2 * in_stride, in_stride);
  const auto r3 = load_blocks<kRows>(in + 3 * in_stride, in_stride);
  const auto even_low = hn::InterleaveLower(d, r0, r2);
  const auto even_high = hn::InterleaveUpper(d, r0, r2);
  const auto odd_low = hn::InterleaveLower(d, r1, r3);
  const auto odd_high = hn::InterleaveUpper(d, r1, r3);
  hn::StoreU(hn::InterleaveLower(d, even_low, odd_low), d, out);
  hn::StoreU(hn::InterleaveUpper(d, even_low, odd_low), d, out + out_stride);
  hn::StoreU(hn::InterleaveLower(d, even_high, odd_high), d, out + 2 * out_stride);
  hn::StoreU(hn::InterleaveUpper(d, even_high, odd_high), d, out + 3 * out_stride);
}

template <int kRows>
HWY_INLINE void transpose_block(const double* in, std::int64_t in_stride, double* out,
                                std::int64_t out_stride) {
  const hn::FixedTag<double, kRows> d;
  const auto r0 = load_blocks<kRows>(in, in_stride);
  const auto r1 = load_blocks<kRows>(in + in_stride, in_stride);
  hn::StoreU(hn::InterleaveLower(d, r0, r1), d, out);
  hn::StoreU(hn::InterleaveUpper(d, r0, r1), d, out + out_stride);
}

#endif  // HWY_TARGET == HWY_SCALAR

// Transposes kTransposeColumns columns of the rows from r on, kRows rows at a time and then fewer.
// Gives the first row that is left.
template <int kRows, class T>
HWY_INLINE std::int64_t transpose_rows(const T* in, std::int64_t in_stride, std::int64_t r,
                                       std::int64_t rows, T* out, std::int64_t out_stride) {
  for (; r + kRows <= rows; r += kRows) {
    transpose_block<kRows>(in + r * in_stride, in_stride, out + r, out_stride);
  }
  if constexpr (kRows > kTransposeColumns<T>) {
    return transpose_rows<kRows / 2>(in, in_stride, r, rows, out, out_stride);
  } else {
    return r;
  }
}

// out[c * out_stride + r] = in[r * in_stride + c] for r < rows, c < columns.
template <class T>
HWY_INLINE void transpose(const T* in, std::int64_t in_stride, std::int64_t rows,
                          std::int64_t columns, T* out, std::int64_t out_stride) {
  constexpr int kColumns = kTransposeColumns<T>;
  const std::int64_t whole_columns = columns - columns % kColumns;
  for (std::int64_t c = 0; c < whole_columns; c += kColumns) {
    const std::int64_t whole_rows = transpose_rows<kTransposeRows<T>>(
        in + c, in_stride, 0, rows, out + c * out_stride, out_stride);
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
