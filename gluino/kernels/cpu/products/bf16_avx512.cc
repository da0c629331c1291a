#include <gluino/base/float16.h>
#include <gluino/kernels/cpu/products/bf16_avx512.h>
#include <gluino/kernels/cpu/support/instruction_set.h>

#if defined(__x86_64__)

// GCC's headers leave registers uninitialised on purpose.
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>

#include <algorithm>

// The functions below are compiled for these instructions and called only where they are.
#define GLUINO_AVX512_BF16 __attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16")))

namespace gluino::kernels {
namespace {

GLUINO_AVX512_BF16 inline __mmask16 first(std::int64_t count) {
  return static_cast<__mmask16>((1U << std::clamp<std::int64_t>(count, 0, 16)) - 1);
}

// 0, 16, 1, 17, ...: the first half of a register and the second, in turns.
GLUINO_AVX512_BF16 inline __m512i in_turns() {
  alignas(64) Bf16 order[kTileRow];
  for (int i = 0; i < 32; ++i) order[i] = static_cast<Bf16>(i / 2 + i % 2 * 16);
  return _mm512_load_si512(order);
}

GLUINO_AVX512_BF16 inline void store_tile_row(__m512bh row, Bf16* to) {
  _mm512_storeu_si512(to, reinterpret_cast<__m512i>(row));
}

// kRows rows of one tile's column of results, and with kRight those of the tile beside it.
template <int kRows, bool kRight>
GLUINO_AVX512_BF16 void add_products(const TileShape& s, const TileBlock& t, const Bf16* a,
                                     std::int64_t init_at, std::int64_t c_at) {
  constexpr int kAcross = kRight ? 2 : 1;
  const __mmask16 columns[2] = {first(s.left_columns), first(s.right_columns)};
  __m512 sums[kRows][kAcross];
#pragma GCC unroll 8
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
    for (int j = 0; j < kAcross; ++j) {
      sums[i][j] = _mm512_setzero_ps();
      if (t.init.data == nullptr) continue;
      const float* from = t.init.data + init_at + i * t.init.stride + j * t.init.right;
      sums[i][j] = _mm512_maskz_loadu_ps(columns[j], from);
    }
  }
  for (const TileStep& step : t.steps) {
    for (int p = 0; p < s.pairs; ++p) {
      __m512bh right[kAcross];
#pragma GCC unroll 2
      for (int j = 0; j < kAcross; ++j) {
        const Bf16* from = t.b + step.b + p * t.b_stride + j * t.b_right;
        right[j] = reinterpret_cast<__m512bh>(_mm512_loadu_si512(from));
      }
#pragma GCC unroll 8
      for (int i = 0; i < kRows; ++i) {
        const Bf16* from = a + step.a + i * t.a_stride + 2 * p;
        const auto left = reinterpret_cast<__m512bh>(
            _mm512_set1_epi32(static_cast<int>(from[0] | static_cast<unsigned>(from[1]) << 16)));
#pragma GCC unroll 2
        for (int j = 0; j < kAcross; ++j) {
          sums[i][j] = _mm512_dpbf16_ps(sums[i][j], left, right[j]);
        }
      }
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
    for (int j = 0; j < kAcross; ++j) {
      float* to = t.c.data + c_at + i * t.c.stride + j * t.c.right;
      _mm512_mask_storeu_ps(to, columns[j], sums[i][j]);
    }
  }
}

template <int kRows>
GLUINO_AVX512_BF16 void add_rows(const TileShape& s, const TileBlock& t, const Bf16* a,
                                 std::int64_t init_at, std::int64_t c_at) {
  if (s.right_columns > 0) {
    add_products<kRows, true>(s, t, a, init_at, c_at);
  } else {
    add_products<kRows, false>(s, t, a, init_at, c_at);
  }
}

GLUINO_AVX512_BF16 void add_tile(const TileShape& s, const TileBlock& t, int rows, const Bf16* a,
                                 std::int64_t init_at, std::int64_t c_at) {
  for (int i = 0; i < rows;) {
    const int left = rows - i;
    const Bf16* from = a + i * t.a_stride;
    const std::int64_t init_row = init_at + i * t.init.stride;
    const std::int64_t c_row = c_at + i * t.c.stride;
    if (left >= 8) {
      add_rows<8>(s, t, from, init_row, c_row);
      i += 8;
    } else if (left >= 4) {
      add_rows<4>(s, t, from, init_row, c_row);
      i += 4;
    } else {
      add_rows<1>(s, t, from, init_row, c_row);
      ++i;
    }
  }
}

void begin(const TileShape& /*shape*/) {}
void end() {}

void product(const TileShape& s, const TileBlock& t) {
  add_tile(s, t, s.upper_rows, t.a, 0, 0);
  add_tile(s, t, s.lower_rows, t.a + t.a_down, t.init.down, t.c.down);
}

constexpr Bf16Unit kUnit = {"AVX512-BF16",
                            true,
                            false,
                            avx512_pack_rows,
                            avx512_pack_pairs,
                            avx512_pack_gathered,
                            avx512_select,
                            avx512_turn,
                            begin,
                            product,
                            end};

}  // namespace

bool has_avx512_bf16() {
  __builtin_cpu_init();
  return allows_avx512() && __builtin_cpu_supports("avx512f") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512bf16");
}

GLUINO_AVX512_BF16 void avx512_pack_rows(const float* in, std::int64_t stride, std::int64_t rows,
                                         std::int64_t values, Bf16* tile) {
  const __mmask16 low = first(values);
  const __mmask16 high = first(values - 16);
  for (std::int64_t r = 0; r < rows; ++r) {
    const float* row = in + r * stride;
    // In the lanes that a mask leaves out nothing is read.
    const __m512 right = high == 0 ? _mm512_setzero_ps() : _mm512_maskz_loadu_ps(high, row + 16);
    store_tile_row(_mm512_cvtne2ps_pbh(right, _mm512_maskz_loadu_ps(low, row)),
                   tile + r * kTileRow);
  }
}

GLUINO_AVX512_BF16 void avx512_pack_pairs(const float* in, std::int64_t stride, std::int64_t values,
                                          std::int64_t columns, Bf16* tile) {
  const __mmask16 mask = first(columns);
  const __m512i turns = in_turns();
  for (std::int64_t p = 0; p < values; p += 2) {
    const __m512 even = _mm512_maskz_loadu_ps(mask, in + p * stride);
    const __m512 odd =
        p + 1 < values ? _mm512_maskz_loadu_ps(mask, in + (p + 1) * stride) : _mm512_setzero_ps();
    const auto both = reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(odd, even));
    _mm512_storeu_si512(tile + p / 2 * kTileRow, _mm512_permutexvar_epi16(turns, both));
  }
}

GLUINO_AVX512_BF16 void avx512_pack_gathered(const Bf16* in, const std::int32_t* from,
                                             std::int64_t pairs, Bf16* tile) {
  const auto row = [in](std::int32_t at) GLUINO_AVX512_BF16 {
    return at < 0 ? _mm256_setzero_si256()
                  : _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in + at));
  };
  const __m512i turns = in_turns();
  for (std::int64_t p = 0; p < pairs; ++p) {
    const __m512i both =
        _mm512_inserti64x4(_mm512_castsi256_si512(row(from[2 * p])), row(from[2 * p + 1]), 1);
    _mm512_storeu_si512(tile + p * kTileRow, _mm512_permutexvar_epi16(turns, both));
  }
}

GLUINO_AVX512_BF16 void avx512_select(const Bf16* values, const Bf16* places, float place,
                                      std::int64_t rows, Bf16* out) {
  const __m512i wanted = _mm512_set1_epi16(static_cast<short>(BFloat16(place).bits()));
  for (std::int64_t i = 0; i < rows * kTileRow; i += kTileRow) {
    const __mmask32 here = _mm512_cmpeq_epi16_mask(_mm512_loadu_si512(places + i), wanted);
    _mm512_storeu_si512(out + i, _mm512_maskz_mov_epi16(here, _mm512_loadu_si512(values + i)));
  }
}

GLUINO_AVX512_BF16 void avx512_turn(const void* from, void* to) {
  const auto* in = static_cast<const Bf16*>(from);
  auto* out = static_cast<Bf16*>(to);
  __m512i rows[16];
  __m512i mixed[16];
#pragma GCC unroll 16
  for (int i = 0; i < 16; ++i) rows[i] = _mm512_loadu_si512(in + i * kTileRow);
    // Within each quarter of the registers 4 x 4 pairs are transposed,
#pragma GCC unroll 8
  for (int i = 0; i < 16; i += 2) {
    mixed[i] = _mm512_unpacklo_epi32(rows[i], rows[i + 1]);
    mixed[i + 1] = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 16; i += 4) {
    rows[i] = _mm512_unpacklo_epi64(mixed[i], mixed[i + 2]);
    rows[i + 1] = _mm512_unpackhi_epi64(mixed[i], mixed[i + 2]);
    rows[i + 2] = _mm512_unpacklo_epi64(mixed[i + 1], mixed[i + 3]);
    rows[i + 3] = _mm512_unpackhi_epi64(mixed[i + 1], mixed[i + 3]);
  }
  // then the quarters among four registers.
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    mixed[i] = _mm512_shuffle_i32x4(rows[i], rows[i + 4], 0x88);
    mixed[i + 4] = _mm512_shuffle_i32x4(rows[i], rows[i + 4], 0xdd);
    mixed[i + 8] = _mm512_shuffle_i32x4(rows[i + 8], rows[i + 12], 0x88);
    mixed[i + 12] = _mm512_shuffle_i32x4(rows[i + 8], rows[i + 12], 0xdd);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    _mm512_storeu_si512(out + i * kTileRow, _mm512_shuffle_i32x4(mixed[i], mixed[i + 8], 0x88));
    _mm512_storeu_si512(out + (i + 4) * kTileRow,
                        _mm512_shuffle_i32x4(mixed[i + 4], mixed[i + 12], 0x88));
    _mm512_storeu_si512(out + (i + 8) * kTileRow,
                        _mm512_shuffle_i32x4(mixed[i], mixed[i + 8], 0xdd));
    _mm512_storeu_si512(out + (i + 12) * kTileRow,
                        _mm512_shuffle_i32x4(mixed[i + 4], mixed[i + 12], 0xdd));
  }
}

const Bf16Unit* bf16_avx512() { return has_avx512_bf16() ? &kUnit : nullptr; }

}  // namespace gluino::kernels

#else

namespace gluino::kernels {

bool has_avx512_bf16() { return false; }
const Bf16Unit* bf16_avx512() { return nullptr; }

}  // namespace gluino::kernels

#endif
