#include <gluino/base/kernel_notes.h>
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/bf16_gemm.h>
#include <gluino/kernels/cpu/bf16_unit.h>
#include <gluino/kernels/cpu/scratch.h>

#include <algorithm>
#include <vector>

namespace gluino::kernels {
namespace {

// Values of each operand that are packed at a time, and the most columns of A among them.
constexpr std::int64_t kMostPacked = 1 << 20;
constexpr std::int64_t kMostDepth = 4096;
// Tiles of an operand, and products of tiles, that are worth a thread (about 10 us).
constexpr std::int64_t kThreadTiles = 256;
constexpr std::int64_t kThreadProducts = 2048;

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

// Rows of the left matrix, or columns of the right one; `k` runs along the sums.
struct Operand {
  const float* data;
  std::int64_t count;
  std::int64_t stride;
  std::int64_t k_stride;

  bool contiguous() const { return k_stride == 1; }
  std::int64_t tiles() const { return ceil_div(count, kTileSide); }
  Operand part(std::int64_t first, std::int64_t size, std::int64_t k) const {
    return {data + first * stride + k * k_stride, size, stride, k_stride};
  }
};

// How a range of k is cut into steps: of equal numbers of pairs, but for the last one.
struct Steps {
  explicit Steps(std::int64_t values)
      : depth(values),
        count(ceil_div(values, kTileRow)),
        pairs(ceil_div(ceil_div(values, 2), count)) {}
  std::int64_t values(std::int64_t step) const {
    return std::clamp<std::int64_t>(depth - step * 2 * pairs, 0, 2 * pairs);
  }
  std::int64_t depth;
  std::int64_t count;
  std::int64_t pairs;
};

enum class Side { kLeft, kRight };

// One tile of an operand: `count` rows of the left matrix or columns of the right one.
void pack_tile(const Bf16Unit& unit, const Operand& x, Side side, std::int64_t values, Bf16* tile) {
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

// All tiles of an operand, (tile, step), with so many rows or columns in each. What lies in a row
// in memory is read in a row.
Bf16* pack(const Bf16Unit& unit, const Operand& x, Side side, std::int64_t tile_size,
           const Steps& steps, ScratchUse use) {
  const std::int64_t tiles = ceil_div(x.count, tile_size);
  Bf16* packed = scratch<Bf16>(use, tiles * steps.count * kTileValues);
  const std::int64_t inner = x.contiguous() ? steps.count : tiles;
  const std::int64_t outer = x.contiguous() ? tiles : steps.count;
  parallel_for(outer, ceil_div(kThreadTiles, inner), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin * inner; i < end * inner; ++i) {
      const std::int64_t tile = x.contiguous() ? i / inner : i % inner;
      const std::int64_t step = x.contiguous() ? i % inner : i / inner;
      const std::int64_t first = tile * tile_size;
      pack_tile(unit, x.part(first, std::min(tile_size, x.count - first), step * 2 * steps.pairs),
                side, steps.values(step), packed + (tile * steps.count + step) * kTileValues);
    }
  });
  return packed;
}

// Where the results go: element (i, j) of C, or of its transpose if the operands were exchanged.
struct Results {
  float* c;
  std::int64_t stride;
  GemmEpilogue<float> epilogue;
  bool turned;

  Results part(std::int64_t i, std::int64_t j) const {
    Results r = *this;
    if (turned) std::swap(i, j);
    r.c += i * stride + j;
    if (epilogue.row_bias != nullptr) r.epilogue.row_bias += i;
    if (epilogue.column_bias != nullptr) r.epilogue.column_bias += j;
    return r;
  }
  // True where tiles can begin with what is added to them, and be stored as they come.
  bool direct() const {
    return !turned && epilogue.row_bias == nullptr &&
           (epilogue.column_bias == nullptr || !epilogue.accumulate);
  }
};

// Adds a tile, row-major with 16 columns, to its place.
void finish_tile(const Results& to, const float* tile, std::int64_t rows, std::int64_t columns) {
  const GemmEpilogue<float>& e = to.epilogue;
  for (std::int64_t i = 0; i < rows; ++i) {
    float* c = to.c + i * to.stride;
    const float row_bias = e.row_bias != nullptr ? e.row_bias[i] : 0;
    for (std::int64_t j = 0; j < columns; ++j) {
      float value = tile[i * kTileSide + j] + row_bias;
      if (e.column_bias != nullptr) value += e.column_bias[j];
      c[j] = e.accumulate ? c[j] + value : value;
    }
  }
}

// Computes a block that is not stored as it comes, beside its place.
void buffered_product(const Bf16Unit& unit, const TileScope& tiles, const TileShape& shape,
                      TileBlock& block, const Results& to) {
  constexpr std::int64_t kTile = kTileSide * kTileSide;
  alignas(64) float buffer[4 * kTile];
  alignas(64) float turned[kTile];
  block.c = {buffer, kTileSide, 2 * kTile, kTile};
  block.init = {};
  tiles.product(block);
  for (int q = 0; q < 4; ++q) {
    std::int64_t rows = q < 2 ? shape.upper_rows : shape.lower_rows;
    std::int64_t columns = q % 2 == 0 ? shape.left_columns : shape.right_columns;
    if (rows == 0 || columns == 0) continue;
    const float* tile = buffer + q * kTile;
    if (to.turned) {
      unit.turn(tile, turned);
      tile = turned;
      std::swap(rows, columns);
    }
    const Results place = to.part(q < 2 ? 0 : shape.upper_rows, q % 2 == 0 ? 0 : kTileSide);
    finish_tile(place, tile, rows, columns);
  }
}

// The rows of C that a block has made, `down` by `across` if the operands were not exchanged.
void activate(const Results& to, std::int64_t down, std::int64_t across) {
  if (to.epilogue.activation == nullptr) return;
  if (to.turned) std::swap(down, across);
  for (std::int64_t i = 0; i < down; ++i) {
    float* row = to.c + i * to.stride;
    to.epilogue.activation(row, row, across);
  }
}

// The packed operands of one part of the product.
struct Packed {
  const Bf16* a;
  const Bf16* b;
  std::int64_t rows;
  std::int64_t columns;
  std::int64_t row_tile;  // rows of a left tile
  const Steps* steps;
};

// Rows and columns [i, i + 2 tiles) x [j, j + 2 tiles) of a part.
void run_block(const Bf16Unit& unit, const Packed& p, const std::vector<TileStep>& steps,
               std::int64_t i, std::int64_t j, const Results& results, TileScope& tiles) {
  const auto extent = [](std::int64_t size, std::int64_t tile) {
    return static_cast<int>(std::clamp<std::int64_t>(size, 0, tile));
  };
  const TileShape shape = {extent(p.rows - i, p.row_tile),
                           extent(p.rows - i - p.row_tile, p.row_tile),
                           static_cast<int>(p.steps->pairs), extent(p.columns - j, kTileSide),
                           extent(p.columns - j - kTileSide, kTileSide)};
  const std::int64_t panel = p.steps->count * kTileValues;
  TileBlock block;
  block.a = p.a + i / p.row_tile * panel;
  block.a_down = panel;
  block.b = p.b + j / kTileSide * panel;
  block.b_right = panel;
  block.steps = steps;
  tiles.change(shape);
  const Results to = results.part(i, j);
  if (to.direct()) {
    block.c = {to.c, to.stride, p.row_tile * to.stride, kTileSide};
    if (to.epilogue.accumulate) {
      block.init = {block.c.data, block.c.stride, block.c.down, block.c.right};
    } else if (to.epilogue.column_bias != nullptr) {
      block.init = {to.epilogue.column_bias, 0, 0, kTileSide};
    }
    tiles.product(block);
  } else {
    buffered_product(unit, tiles, shape, block, to);
  }
  activate(to, shape.upper_rows + shape.lower_rows, shape.left_columns + shape.right_columns);
}

void run_part(const Bf16Unit& unit, const Packed& p, const Results& results) {
  thread_local std::vector<TileStep> list;
  std::vector<TileStep>& steps = list;  // the caller's, whichever thread uses it
  steps.clear();
  for (std::int64_t s = 0; s < p.steps->count; ++s) {
    const auto at = static_cast<std::int32_t>(s * kTileValues);
    steps.push_back({at, at});
  }
  const std::int64_t down = ceil_div(p.rows, 2 * p.row_tile);
  const std::int64_t across = ceil_div(p.columns, 2 * kTileSide);
  parallel_for(down * across, ceil_div(kThreadProducts, 4 * p.steps->count),
               [&](std::int64_t begin, std::int64_t end) {
                 TileScope tiles(unit, {});
                 for (std::int64_t q = begin; q < end; ++q) {
                   run_block(unit, p, steps, q / across * 2 * p.row_tile,
                             q % across * 2 * kTileSide, results, tiles);
                 }
               });
}

// A B where A is the left operand of the tiles.
void run(const Operand& a, const Operand& b, std::int64_t k, const Results& results) {
  const Bf16Unit& unit = bf16_unit();
  const std::int64_t row_tile = ceil_div(a.count, a.tiles());
  for (std::int64_t k_begin = 0; k_begin < k; k_begin += kMostDepth) {
    const Steps steps(std::min(kMostDepth, k - k_begin));
    const std::int64_t most = std::max<std::int64_t>(1, kMostPacked / (steps.count * kTileValues));
    for (std::int64_t j = 0; j < b.count; j += most * kTileSide) {
      const std::int64_t columns = std::min(most * kTileSide, b.count - j);
      Packed p = {nullptr, nullptr, 0, columns, row_tile, &steps};
      p.b = pack(unit, b.part(j, columns, k_begin), Side::kRight, kTileSide, steps,
                 ScratchUse::kGemmB);
      for (std::int64_t i = 0; i < a.count; i += most * row_tile) {
        p.rows = std::min(most * row_tile, a.count - i);
        p.a = pack(unit, a.part(i, p.rows, k_begin), Side::kLeft, row_tile, steps,
                   ScratchUse::kGemmA);
        Results part = results.part(i, j);
        if (k_begin > 0) part.epilogue = {.accumulate = true};
        const bool last = k_begin + steps.depth == k;
        part.epilogue.activation = last ? results.epilogue.activation : nullptr;
        run_part(unit, p, part);
      }
    }
  }
}

}  // namespace

bool bf16_gemm_suits(const MatrixView<float>& a, const MatrixView<float>& b) {
  // B is rounded for each product anew, which pays when so many rows use it (measured: at 8 rows a
  // sixth is lost or a third gained, as B lies; at 4 up to two fifths lost).
  constexpr std::int64_t kLeastRows = 12;
  constexpr std::int64_t kLeastColumns = 4;
  constexpr std::int64_t kLeastWork = 1 << 15;
  return a.rows >= kLeastRows && b.columns >= kLeastColumns && a.columns > 0 &&
         a.rows * a.columns * b.columns >= kLeastWork &&
         (a.row_stride == 1 || a.column_stride == 1) && (b.row_stride == 1 || b.column_stride == 1);
}

void bf16_gemm(const MatrixView<float>& a, const MatrixView<float>& b, float* c,
               std::int64_t c_stride, const GemmEpilogue<float>& epilogue) {
  if (a.rows == 0 || b.columns == 0) return;
  note_kernel("product ", a.rows, " x ", a.columns, " x ", b.columns, ", ", bf16_unit().name);
  const Operand rows = {a.data, a.rows, a.row_stride, a.column_stride};
  const Operand columns = {b.data, b.columns, b.column_stride, b.row_stride};
  // Tiles that must be transposed, with A on the left and with B there: of operands and results.
  const std::int64_t steps = ceil_div(a.columns, kTileRow);
  const std::int64_t kept = (rows.contiguous() ? 0 : rows.tiles() * steps) +
                            (columns.contiguous() ? columns.tiles() * steps : 0);
  const std::int64_t exchanged = (rows.contiguous() ? rows.tiles() * steps : 0) +
                                 (columns.contiguous() ? 0 : columns.tiles() * steps) +
                                 rows.tiles() * columns.tiles();
  if (exchanged < kept) {
    run(columns, rows, a.columns, {c, c_stride, epilogue, true});
  } else {
    run(rows, columns, a.columns, {c, c_stride, epilogue, false});
  }
}

}  // namespace gluino::kernels
