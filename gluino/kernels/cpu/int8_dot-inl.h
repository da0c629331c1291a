// The register tiles of products of bytes, for one instruction set. Included once per target.
#if defined(GLUINO_KERNELS_INT8_DOT_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef GLUINO_KERNELS_INT8_DOT_INL_H
#undef GLUINO_KERNELS_INT8_DOT_INL_H
#else
#define GLUINO_KERNELS_INT8_DOT_INL_H
#endif

#include <gluino/kernels/cpu/int8_dot.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// One tile: some positions times some blocks of columns.
struct Int8Tile {
  const std::uint8_t* x;
  std::int64_t x_step;
  const std::int64_t* offsets;
  std::int64_t segments;
  std::int64_t groups;
  const std::int8_t* weight;
  std::int64_t block_bytes;
  std::int32_t* out;
  std::int64_t out_stride;
};

HWY_INLINE std::uint32_t four_bytes(const std::uint8_t* from) {
  std::uint32_t bytes;
  std::memcpy(&bytes, from, sizeof bytes);
  return bytes;
}

#if HWY_TARGET == HWY_AVX3_DL

// One instruction multiplies four unsigned bytes with four signed ones and adds the products.
inline constexpr bool kFastInt8 = true;
inline constexpr int kInt8Blocks = 4;
inline constexpr int kInt8MostBlocks = 8;
constexpr int int8_positions(int blocks) { return blocks == 8 ? 3 : blocks == 4 ? 6 : 12; }

template <int kPositions, int kBlocks>
HWY_NOINLINE void run_int8_tile(const Int8Tile& tile) {
  __m512i sums[kPositions][kBlocks];
#pragma GCC unroll 16
  for (int p = 0; p < kPositions; ++p) {
#pragma GCC unroll 16
    for (int b = 0; b < kBlocks; ++b) sums[p][b] = _mm512_setzero_si512();
  }
  const std::int8_t* weight = tile.weight;
  for (std::int64_t s = 0; s < tile.segments; ++s) {
    const std::uint8_t* x = tile.x + tile.offsets[s];
    for (std::int64_t g = 0; g < tile.groups; ++g, x += 4, weight += 64) {
      __m512i w[kBlocks];
#pragma GCC unroll 16
      for (int b = 0; b < kBlocks; ++b) w[b] = _mm512_loadu_si512(weight + b * tile.block_bytes);
#pragma GCC unroll 16
      for (int p = 0; p < kPositions; ++p) {
        const __m512i bytes = _mm512_set1_epi32(static_cast<int>(four_bytes(x + p * tile.x_step)));
#pragma GCC unroll 16
        for (int b = 0; b < kBlocks; ++b) sums[p][b] = _mm512_dpbusd_epi32(sums[p][b], bytes, w[b]);
      }
    }
  }
#pragma GCC unroll 16
  for (int p = 0; p < kPositions; ++p) {
#pragma GCC unroll 16
    for (int b = 0; b < kBlocks; ++b) {
      _mm512_storeu_si512(tile.out + p * tile.out_stride + b * kInt8Columns, sums[p][b]);
    }
  }
}

#elif HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3

// Bytes are widened to 16 bits; one instruction multiplies pairs of these and adds both products.
inline constexpr bool kFastInt8 = false;
inline constexpr int kInt8Blocks = HWY_TARGET == HWY_AVX3 ? 2 : 1;
inline constexpr int kInt8MostBlocks = kInt8Blocks;
constexpr int int8_positions(int blocks) { return HWY_TARGET == HWY_AVX3 ? 12 / blocks : 3; }

template <int kPositions, int kBlocks>
HWY_NOINLINE void run_int8_tile(const Int8Tile& tile) {
  const hn::ScalableTag<std::int32_t> d32;
  const hn::ScalableTag<std::int16_t> d16;
  const hn::ScalableTag<std::uint64_t> d64;
  const hn::Rebind<std::int8_t, decltype(d16)> d8;
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(d32));
  // A vector of sums has two for each of its columns.
  constexpr int kVectors = 2 * static_cast<int>(kInt8Columns) / kLanes;
  hn::Vec<decltype(d32)> sums[kPositions][kBlocks][kVectors];
  auto other = hn::Zero(d32);
#pragma GCC unroll 16
  for (int i = 0; i < kPositions * kBlocks * kVectors; ++i) {
    sums[i / (kBlocks * kVectors)][i / kVectors % kBlocks][i % kVectors] = hn::Zero(d32);
  }
  const std::int8_t* weight = tile.weight;
  for (std::int64_t s = 0; s < tile.segments; ++s) {
    const std::uint8_t* x = tile.x + tile.offsets[s];
    for (std::int64_t g = 0; g < tile.groups; ++g, x += 4, weight += 64) {
      hn::Vec<decltype(d16)> values[kPositions];
#pragma GCC unroll 16
      for (int p = 0; p < kPositions; ++p) {
        std::uint64_t wide = four_bytes(x + p * tile.x_step);
        wide = (wide | wide << 16) & 0x0000FFFF0000FFFF;
        wide = (wide | wide << 8) & 0x00FF00FF00FF00FF;
        values[p] = hn::BitCast(d16, hn::Set(d64, wide));
      }
#pragma GCC unroll 16
      for (int b = 0; b < kBlocks; ++b) {
#pragma GCC unroll 16
        for (int v = 0; v < kVectors; ++v) {
          const auto* from = weight + b * tile.block_bytes + v * 2 * kLanes;
          const auto w = hn::PromoteTo(d16, hn::LoadU(d8, from));
#pragma GCC unroll 16
          for (int p = 0; p < kPositions; ++p) {
            sums[p][b][v] = hn::ReorderWidenMulAccumulate(d32, values[p], w, sums[p][b][v], other);
          }
        }
      }
    }
  }
#pragma GCC unroll 16
  for (int p = 0; p < kPositions; ++p) {
#pragma GCC unroll 16
    for (int b = 0; b < kBlocks; ++b) {
      std::int32_t* out = tile.out + p * tile.out_stride + b * kInt8Columns;
#pragma GCC unroll 16
      for (int v = 0; v < kVectors; v += 2) {
        const auto low = sums[p][b][v];
        const auto high = sums[p][b][v + 1];
        const auto pairs = hn::Add(hn::ConcatEven(d32, high, low), hn::ConcatOdd(d32, high, low));
        hn::StoreU(pairs, d32, out + v / 2 * kLanes);
      }
    }
  }
}

#else

// Elsewhere Highway leaves open which products such an instruction adds; the compiler finds its
// own.
inline constexpr bool kFastInt8 = false;
inline constexpr int kInt8Blocks = 1;
inline constexpr int kInt8MostBlocks = 1;
constexpr int int8_positions(int /*blocks*/) { return 1; }

template <int kPositions, int kBlocks>
void run_int8_tile(const Int8Tile& tile) {
  std::int32_t sums[kInt8Columns] = {};
  const std::int8_t* weight = tile.weight;
  for (std::int64_t s = 0; s < tile.segments; ++s) {
    const std::uint8_t* x = tile.x + tile.offsets[s];
    for (std::int64_t g = 0; g < tile.groups; ++g, x += 4, weight += 4 * kInt8Columns) {
      for (std::int64_t c = 0; c < kInt8Columns; ++c) {
        for (std::int64_t i = 0; i < 4; ++i) sums[c] += x[i] * weight[4 * c + i];
      }
    }
  }
  std::copy_n(sums, kInt8Columns, tile.out);
}

#endif

using Int8TileFunction = void (*)(const Int8Tile&);

template <int kBlocks, int kPositions = int8_positions(kBlocks)>
Int8TileFunction int8_tile_for(std::int64_t positions) {
  if constexpr (kPositions > 1) {
    if (positions != kPositions) return int8_tile_for<kBlocks, kPositions - 1>(positions);
  }
  return run_int8_tile<kPositions, kBlocks>;
}

// All positions, for kBlocks blocks from `block` on: in tiles of nearly the same size.
template <int kBlocks>
void run_int8_blocks(const Int8Dot& task, std::int64_t block) {
  const Int8Packing& packing = *task.packing;
  constexpr int kMost = int8_positions(kBlocks);
  const std::int64_t tiles = (task.positions + kMost - 1) / kMost;
  for (std::int64_t t = 0; t < tiles; ++t) {
    const std::int64_t begin = t * task.positions / tiles;
    const std::int64_t count = (t + 1) * task.positions / tiles - begin;
    const Int8Tile tile = {
        .x = task.x + begin * task.x_step,
        .x_step = task.x_step,
        .offsets = task.offsets,
        .segments = packing.segments,
        .groups = packing.groups(),
        .weight = task.packed + block * packing.block_bytes(),
        .block_bytes = packing.block_bytes(),
        .out = task.out + begin * task.out_stride + (block - task.block_begin) * kInt8Columns,
        .out_stride = task.out_stride};
    int8_tile_for<kBlocks>(count)(tile);
  }
}

template <int kBlocks>
void run_int8_dot(const Int8Dot& task, std::int64_t block) {
  for (; block + kBlocks <= task.block_end; block += kBlocks) {
    run_int8_blocks<kBlocks>(task, block);
  }
  if constexpr (kBlocks > 1) run_int8_dot<kBlocks / 2>(task, block);
}

}  // namespace gluino::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
