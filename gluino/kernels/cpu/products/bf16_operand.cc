#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/products/bf16_operand.h>
#include <gluino/kernels/cpu/support/scratch.h>

namespace gluino::kernels {
namespace {

// What is worth a thread: 4 us. It parts the same layers as kMathGrain parts the updates of their
// weights, at a batch of 100: threads then find in their caches what they have updated. With half
// of it, a network of layers of 128 takes a third longer on two threads; with twice as much, layers
// of 784 x 128 a fifth.
constexpr std::int64_t kThreadWork = 800;

enum class Side { kLeft, kRight };

// One tile of an operand: its rows of the left matrix or columns of the right one.
void pack_tile(const Bf16Operand& x, Side side, std::int64_t values, Bf16* tile) {
  const Bf16Unit& unit = bf16_unit();
  alignas(64) Bf16 other[kTileValues];
  const bool turned = x.contiguous() != (side == Side::kLeft);
  Bf16* to = turned ? other : tile;
  // The last step has fewer values, or all that is turned has fewer rows or columns.
  if (x.count < kTileSide || values < kTileRow) std::fill_n(to, kTileValues, Bf16(0));
  if (x.contiguous()) {
    unit.pack_rows(x.data, x.stride, x.count, values, to);
  } else {
    unit.pack_pairs(x.data, x.k_stride, values, x.count, to);
  }
  if (turned) unit.turn(other, tile);
}

// The tile of so many rows or columns that begins with `first`, at a step.
Bf16Operand tile_of(const Bf16Operand& x, std::int64_t first, std::int64_t size,
                    const Bf16Steps& steps, std::int64_t step) {
  return x.part(first, std::min(size, x.count - first), step * 2 * steps.pairs);
}

}  // namespace

const Bf16* pack_right_tiles(const Bf16Operand& x, const Bf16Steps& steps) {
  Bf16* packed = scratch<Bf16>(ScratchUse::kGemmB, x.tiles() * steps.count * kTileValues);
  // What lies in a row in memory is read in a row.
  const std::int64_t inner = x.contiguous() ? steps.count : x.tiles();
  const std::int64_t outer = x.contiguous() ? x.tiles() : steps.count;
  const std::int64_t task = bf16_task_size(outer, inner * kBf16TileWork);
  parallel_for(outer, task, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin * inner; i < end * inner; ++i) {
      const std::int64_t tile = x.contiguous() ? i / inner : i % inner;
      const std::int64_t step = x.contiguous() ? i % inner : i / inner;
      pack_tile(tile_of(x, tile * kTileSide, kTileSide, steps, step), Side::kRight,
                steps.values(step), packed + (tile * steps.count + step) * kTileValues);
    }
  });
  return packed;
}

void pack_left_tiles(const Bf16Operand& x, std::int64_t tile_rows, const Bf16Steps& steps,
                     Bf16* packed) {
  for (std::int64_t first = 0; first < std::min(x.count, 2 * tile_rows); first += tile_rows) {
    for (std::int64_t step = 0; step < steps.count; ++step, packed += kTileValues) {
      pack_tile(tile_of(x, first, tile_rows, steps, step), Side::kLeft, steps.values(step), packed);
    }
  }
}

std::int64_t bf16_task_size(std::int64_t items, std::int64_t work) {
  // More than one for each thread, so that one that is held up does not hold up all.
  const std::int64_t most = std::int64_t{4} * num_threads();
  const std::int64_t tasks = std::clamp<std::int64_t>(items * work / kThreadWork, 1, most);
  return (items + tasks - 1) / tasks;
}

}  // namespace gluino::kernels
