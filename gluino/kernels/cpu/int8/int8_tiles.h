// How products of bytes are cut into register tiles, whatever the instruction set.
#pragma once

#include <gluino/kernels/cpu/int8/int8_dot.h>

#include <cstdint>
#include <cstring>

namespace gluino::kernels {

/// One tile: some positions times some blocks of columns.
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

using Int8TileFunction = void (*)(const Int8Tile&);

/// An instruction set's `Tiles` have run<positions, blocks>(tile), positions(blocks), the most that
/// its registers hold, and kBlocks, how many blocks are best; with few positions kMostBlocks.
template <class Tiles, int kBlocks, int kPositions = Tiles::positions(kBlocks)>
Int8TileFunction int8_tile_for(std::int64_t positions) {
  if constexpr (kPositions > 1) {
    if (positions != kPositions) return int8_tile_for<Tiles, kBlocks, kPositions - 1>(positions);
  }
  return Tiles::template run<kPositions, kBlocks>;
}

/// All positions of a row, for kBlocks blocks from `block` on: in tiles of nearly the same size.
template <class Tiles, int kBlocks>
void run_int8_positions(const Int8Dot& task, std::int64_t row, std::int64_t block) {
  const Int8Packing& packing = *task.packing;
  constexpr int kMost = Tiles::positions(kBlocks);
  const std::int64_t tiles = (task.positions + kMost - 1) / kMost;
  for (std::int64_t t = 0; t < tiles; ++t) {
    const std::int64_t begin = t * task.positions / tiles;
    const std::int64_t count = (t + 1) * task.positions / tiles - begin;
    std::int32_t* out = task.out + (row * task.positions + begin) * task.out_stride;
    int8_tile_for<Tiles, kBlocks>(count)({.x = task.x + row * task.x_row_step + begin * task.x_step,
                                          .x_step = task.x_step,
                                          .offsets = task.offsets,
                                          .segments = packing.segments,
                                          .groups = packing.groups(),
                                          .weight = task.packed + block * packing.block_bytes(),
                                          .block_bytes = packing.block_bytes(),
                                          .out = out + (block - task.block_begin) * kInt8Columns,
                                          .out_stride = task.out_stride});
  }
}

template <class Tiles, int kBlocks>
void run_int8_blocks(const Int8Dot& task, std::int64_t block) {
  for (; block + kBlocks <= task.block_end; block += kBlocks) {
    for (std::int64_t row = 0; row < task.rows; ++row) {
      run_int8_positions<Tiles, kBlocks>(task, row, block);
    }
  }
  if constexpr (kBlocks > 1) run_int8_blocks<Tiles, kBlocks / 2>(task, block);
}

/// With few positions more blocks at a time: else each addition waits for the one before.
template <class Tiles>
void run_int8_dot(const Int8Dot& task) {
  if (task.positions <= Tiles::positions(Tiles::kMostBlocks)) {
    run_int8_blocks<Tiles, Tiles::kMostBlocks>(task, task.block_begin);
  } else {
    run_int8_blocks<Tiles, Tiles::kBlocks>(task, task.block_begin);
  }
}

inline std::uint32_t four_bytes(const std::uint8_t* from) {
  std::uint32_t bytes;
  std::memcpy(&bytes, from, sizeof bytes);
  return bytes;
}

/// int8_dot by an instruction that multiplies four unsigned bytes with four signed ones and adds
/// the products, where there is one (AVX-512 VNNI).
bool has_int8_vnni();
void int8_dot_vnni(const Int8Dot& task);

/// int8_dot by tile registers (AMX), which pay for some shapes only; false for others.
bool has_int8_amx();
bool try_int8_dot_amx(const Int8Dot& task);

}  // namespace gluino::kernels
