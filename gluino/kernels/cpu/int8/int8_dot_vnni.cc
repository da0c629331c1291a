#include <gluino/kernels/cpu/int8/int8_tiles.h>
#include <gluino/kernels/cpu/support/instruction_set.h>

// Highway 1.0.3 asks the compiler for another VNNI than AVX-512's, so the tiles are written without
// it.
#if defined(__x86_64__)
#include <immintrin.h>

namespace gluino::kernels {
namespace {

struct VnniTiles {
  static constexpr int kBlocks = 4;
  static constexpr int kMostBlocks = 8;
  static constexpr int positions(int blocks) { return blocks == 8 ? 3 : blocks == 4 ? 6 : 12; }

  template <int kPositions, int kBlocks>
  __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni"), noinline)) static void run(
      const Int8Tile& tile) {
    __m512i sums[kPositions][kBlocks];
#pragma GCC unroll 16
    for (int p = 0; p < kPositions; ++p) {
#pragma GCC unroll 16
      for (int b = 0; b < kBlocks; ++b) sums[p][b] = _mm512_setzero_si512();
    }
    const std::int8_t* weight = tile.weight;
    for (std::int64_t s = 0; s < tile.segments; ++s) {
      const std::uint8_t* x = tile.x + tile.offsets[s];
      for (std::int64_t g = 0; g < tile.groups; ++g, x += 4, weight += 4 * kInt8Columns) {
        __m512i w[kBlocks];
#pragma GCC unroll 16
        for (int b = 0; b < kBlocks; ++b) w[b] = _mm512_loadu_si512(weight + b * tile.block_bytes);
#pragma GCC unroll 16
        for (int p = 0; p < kPositions; ++p) {
          const __m512i bytes =
              _mm512_set1_epi32(static_cast<int>(four_bytes(x + p * tile.x_step)));
#pragma GCC unroll 16
          for (int b = 0; b < kBlocks; ++b) {
            sums[p][b] = _mm512_dpbusd_epi32(sums[p][b], bytes, w[b]);
          }
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
};

}  // namespace

bool has_int8_vnni() {
  return allows_avx512() && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni");
}

void int8_dot_vnni(const Int8Dot& task) { run_int8_dot<VnniTiles>(task); }

}  // namespace gluino::kernels

#else

namespace gluino::kernels {

bool has_int8_vnni() { return false; }
void int8_dot_vnni(const Int8Dot& /*task*/) {}

}  // namespace gluino::kernels

#endif
