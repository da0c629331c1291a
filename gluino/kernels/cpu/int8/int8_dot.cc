#include <gluino/kernels/cpu/int8/int8_tiles.h>
#include <gluino/kernels/cpu/support/targets.h>

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gluino/kernels/cpu/int8/int8_dot.cc"
#include <hwy/foreach_target.h>
// Must come after foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3

// Bytes are widened to 16 bits; one instruction multiplies pairs of these and adds both products.
struct Tiles {
  static constexpr int kBlocks = HWY_TARGET == HWY_AVX3 ? 2 : 1;
  static constexpr int kMostBlocks = kBlocks;
  static constexpr int positions(int blocks) { return HWY_TARGET == HWY_AVX3 ? 12 / blocks : 3; }

  template <int kPositions, int kBlocks>
  HWY_NOINLINE static void run(const Int8Tile& tile) {
    const hn::ScalableTag<std::int32_t> d32;
    const hn::ScalableTag<std::int16_t> d16;
    const hn::ScalableTag<std::uint64_t> d64;
    const hn::Rebind<std::int8_t, decltype(d16)> d8;
    constexpr int kLanes = static_cast<int>(hn::MaxLanes(d32));
    // A vector of sums has two for each of its columns.
    constexpr int kVectors = 2 * static_cast<int>(kInt8Columns) / kLanes;
    hn::Vec<decltype(d32)> sums[kPositions][kBlocks * kVectors];
    auto unused = hn::Zero(d32);
#pragma GCC unroll 16
    for (int p = 0; p < kPositions; ++p) {
#pragma GCC unroll 16
      for (int v = 0; v < kBlocks * kVectors; ++v) sums[p][v] = hn::Zero(d32);
    }
    const std::int8_t* weight = tile.weight;
    for (std::int64_t s = 0; s < tile.segments; ++s) {
      const std::uint8_t* x = tile.x + tile.offsets[s];
      for (std::int64_t g = 0; g < tile.groups; ++g, x += 4, weight += 4 * kInt8Columns) {
        hn::Vec<decltype(d16)> values[kPositions];
#pragma GCC unroll 16
        for (int p = 0; p < kPositions; ++p) {
          std::uint64_t wide = four_bytes(x + p * tile.x_step);
          wide = (wide | wide << 16) & 0x0000FFFF0000FFFF;
          wide = (wide | wide << 8) & 0x00FF00FF00FF00FF;
          values[p] = hn::BitCast(d16, hn::Set(d64, wide));
        }
#pragma GCC unroll 16
        for (int v = 0; v < kBlocks * kVectors; ++v) {
          const std::int8_t* from =
              weight + v / kVectors * tile.block_bytes + v % kVectors * 2 * kLanes;
          const auto w = hn::PromoteTo(d16, hn::LoadU(d8, from));
#pragma GCC unroll 16
          for (int p = 0; p < kPositions; ++p) {
            sums[p][v] = hn::ReorderWidenMulAccumulate(d32, values[p], w, sums[p][v], unused);
          }
        }
      }
    }
#pragma GCC unroll 16
    for (int p = 0; p < kPositions; ++p) {
#pragma GCC unroll 16
      for (int v = 0; v < kBlocks * kVectors; v += 2) {
        const auto low = sums[p][v];
        const auto high = sums[p][v + 1];
        const auto pairs = hn::Add(hn::ConcatEven(d32, high, low), hn::ConcatOdd(d32, high, low));
        hn::StoreU(pairs, d32, tile.out + p * tile.out_stride + v / 2 * kLanes);
      }
    }
  }
};

#else

// Elsewhere Highway leaves open which products such an instruction adds; the compiler finds its
// own.
struct Tiles {
  static constexpr int kBlocks = 1;
  static constexpr int kMostBlocks = 1;
  static constexpr int positions(int /*blocks*/) { return 1; }

  template <int kPositions, int kBlocks>
  static void run(const Int8Tile& tile) {
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
};

#endif

void run_dot(const Int8Dot& task) { run_int8_dot<Tiles>(task); }

}  // namespace
}  // namespace gluino::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gluino::kernels {

HWY_EXPORT(run_dot);

namespace {

// Calls visit(place) for each weight in its order, with where it stands when packed.
template <class F>
void for_each_place(const Int8Packing& packing, F visit) {
  const std::int64_t groups = packing.groups();
  for (std::int64_t c = 0; c < packing.columns; ++c) {
    const std::int64_t block = c / kInt8Columns * packing.block_bytes();
    for (std::int64_t s = 0; s < packing.segments; ++s) {
      for (std::int64_t i = 0; i < packing.segment_bytes; ++i) {
        const std::int64_t group = s * groups + i / 4;
        visit(block + (group * kInt8Columns + c % kInt8Columns) * 4 + i % 4);
      }
    }
  }
}

}  // namespace

void int8_pack(const Int8Packing& packing, const std::int8_t* weight, std::int8_t* packed) {
  std::fill_n(packed, packing.bytes(), std::int8_t{0});
  for_each_place(packing, [&](std::int64_t place) { packed[place] = *weight++; });
}

void int8_unpack(const Int8Packing& packing, const std::int8_t* packed, std::int8_t* weight) {
  for_each_place(packing, [&](std::int64_t place) { *weight++ = packed[place]; });
}

Int8Unit& int8_unit() {
  static Int8Unit unit = !has_int8_vnni() ? Int8Unit::vectors
                         : has_int8_amx() ? Int8Unit::amx
                                          : Int8Unit::vnni;
  return unit;
}

const char* int8_unit_name() {
  switch (int8_unit()) {
    case Int8Unit::amx:
      return "AMX";
    case Int8Unit::vnni:
      return "VNNI";
    case Int8Unit::vectors:
      break;
  }
  return "vectors of 16 bits";
}

void int8_dot(const Int8Dot& task) {
  const Int8Unit unit = int8_unit();
  if (unit == Int8Unit::amx && try_int8_dot_amx(task)) return;
  if (unit != Int8Unit::vectors) return int8_dot_vnni(task);
  HWY_DYNAMIC_DISPATCH(run_dot)(task);
}

}  // namespace gluino::kernels
#endif  // HWY_ONCE
