// The operands of a product of matrices, cut into the tiles of bf16_unit.h, and how much of it is
// worth a thread.
#pragma once

#include <gluino/kernels/cpu/products/bf16_unit.h>

#include <algorithm>
#include <cstdint>

namespace gluino::kernels {

/// Rows of the left matrix, or columns of the right one; `k` runs along the sums. One of the
/// strides is 1.
struct Bf16Operand {
  const float* data;
  std::int64_t count;
  std::int64_t stride;
  std::int64_t k_stride;

  bool contiguous() const { return k_stride == 1; }
  std::int64_t tiles() const { return (count + kTileSide - 1) / kTileSide; }
  Bf16Operand part(std::int64_t first, std::int64_t size, std::int64_t k) const {
    return {data + first * stride + k * k_stride, size, stride, k_stride};
  }
};

/// How a range of k is cut into steps, a tile each: of equal numbers of pairs, but for the last
/// one.
struct Bf16Steps {
  explicit Bf16Steps(std::int64_t values)
      : depth(values),
        count((values + kTileRow - 1) / kTileRow),
        pairs(((values + 1) / 2 + count - 1) / count) {}
  std::int64_t values(std::int64_t step) const {
    return std::clamp<std::int64_t>(depth - step * 2 * pairs, 0, 2 * pairs);
  }
  std::int64_t depth;
  std::int64_t count;
  std::int64_t pairs;
};

/// Rounds all columns of the right operand into (tile, step, tile's values), in the calling
/// thread's ScratchUse::kGemmB.
const Bf16* pack_right_tiles(const Bf16Operand& columns, const Bf16Steps& steps);

/// The same for the left operand's first two tiles of so many rows, or the only one, into `packed`.
void pack_left_tiles(const Bf16Operand& rows, std::int64_t tile_rows, const Bf16Steps& steps,
                     Bf16* packed);

/// Work is counted in products of two tiles (5 ns). To pack a tile, or to move one of results,
/// takes as long as so many (measured).
inline constexpr std::int64_t kBf16TileWork = 10;

/// How many of `items`, of so much work each, make a task: tasks are of one size, and each is worth
/// a thread.
std::int64_t bf16_task_size(std::int64_t items, std::int64_t work);

}  // namespace gluino::kernels
