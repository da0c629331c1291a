#include <gluino/base/kernel_notes.h>
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/products/bf16_gemm.h>
#include <gluino/kernels/cpu/products/bf16_operand.h>
#include <gluino/kernels/cpu/products/bf16_unit.h>
#include <gluino/kernels/cpu/support/scratch.h>

#include <algorithm>
#include <span>
#include <vector>

namespace gluino::kernels {
namespace {

// Values of B that are packed at a time, and the most rows of B among them.
constexpr std::int64_t kMostPacked = 1 << 20;
constexpr std::int64_t kMostDepth = 4096;

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

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

// One part of the product: all rows of A by those columns of B that are packed.
struct Part {
  const Bf16Unit& unit;
  Bf16Operand a;
  std::int64_t row_tile;  // rows of a left tile
  const Bf16* b;
  std::int64_t columns;
  const Bf16Steps& steps;
  std::span<const TileStep> products;
  Results results;

  std::int64_t down() const { return ceil_div(a.count, 2 * row_tile); }
  std::int64_t across() const { return ceil_div(columns, 2 * kTileSide); }
};

// Rows and columns [i, i + 2 tiles) x [j, j + 2 tiles) of a part, the rows of A packed.
void run_block(const Part& p, const Bf16* a, std::int64_t i, std::int64_t j, TileScope& tiles) {
  const auto extent = [](std::int64_t size, std::int64_t tile) {
    return static_cast<int>(std::clamp<std::int64_t>(size, 0, tile));
  };
  const TileShape shape = {extent(p.a.count - i, p.row_tile),
                           extent(p.a.count - i - p.row_tile, p.row_tile),
                           static_cast<int>(p.steps.pairs), extent(p.columns - j, kTileSide),
                           extent(p.columns - j - kTileSide, kTileSide)};
  const std::int64_t panel = p.steps.count * kTileValues;
  TileBlock block;
  block.a = a;
  block.a_down = panel;
  block.b = p.b + j / kTileSide * panel;
  block.b_right = panel;
  block.steps = p.products;
  tiles.change(shape);
  const Results to = p.results.part(i, j);
  if (to.direct()) {
    block.c = {to.c, to.stride, p.row_tile * to.stride, kTileSide};
    if (to.epilogue.accumulate) {
      block.init = {block.c.data, block.c.stride, block.c.down, block.c.right};
    } else if (to.epilogue.column_bias != nullptr) {
      block.init = {to.epilogue.column_bias, 0, 0, kTileSide};
    }
    tiles.product(block);
  } else {
    buffered_product(p.unit, tiles, shape, block, to);
  }
  activate(to, shape.upper_rows + shape.lower_rows, shape.left_columns + shape.right_columns);
}

// Blocks [begin, end) of a part, row by row. Rows of A are packed where they are used at once.
void run_blocks(const Part& p, std::int64_t begin, std::int64_t end) {
  TileScope tiles(p.unit, {});
  Bf16* const a = scratch<Bf16>(ScratchUse::kGemmA, 2 * p.steps.count * kTileValues);
  for (std::int64_t q = begin; q < end; ++q) {
    const std::int64_t i = q / p.across() * 2 * p.row_tile;
    const std::int64_t j = q % p.across() * 2 * kTileSide;
    if (q == begin || j == 0) {
      pack_left_tiles(p.a.part(i, p.a.count - i, 0), p.row_tile, p.steps, a);
    }
    run_block(p, a, i, j, tiles);
  }
}

void run_part(const Part& p) {
  const std::int64_t packing = 2 * p.steps.count * kBf16TileWork;
  const std::int64_t block = 4 * (p.steps.count + kBf16TileWork);
  // Rows of blocks, unless there are too few of them: each thread packs what it takes of A.
  const std::int64_t task =
      p.down() < num_threads()
          ? bf16_task_size(p.down() * p.across(), block)
          : bf16_task_size(p.down(), packing + p.across() * block) * p.across();
  parallel_for(p.down() * p.across(), task,
               [&](std::int64_t begin, std::int64_t end) { run_blocks(p, begin, end); });
}

// The same products, along the sums, for every block.
std::span<const TileStep> products_of(const Bf16Steps& steps) {
  thread_local std::vector<TileStep> list;
  list.clear();
  for (std::int64_t s = 0; s < steps.count; ++s) {
    const auto at = static_cast<std::int32_t>(s * kTileValues);
    list.push_back({at, at});
  }
  return list;
}

// A B where A is the left operand of the tiles.
void run(const Bf16Operand& a, const Bf16Operand& b, std::int64_t k, const Results& results) {
  const Bf16Unit& unit = bf16_unit();
  const std::int64_t row_tile = ceil_div(a.count, a.tiles());
  for (std::int64_t k_begin = 0; k_begin < k; k_begin += kMostDepth) {
    const Bf16Steps steps(std::min(kMostDepth, k - k_begin));
    const std::span<const TileStep> products = products_of(steps);
    const std::int64_t most =
        std::max<std::int64_t>(1, kMostPacked / (steps.count * kTileValues)) * kTileSide;
    for (std::int64_t j = 0; j < b.count; j += most) {
      const std::int64_t columns = std::min(most, b.count - j);
      Results part = results.part(0, j);
      if (k_begin > 0) part.epilogue = {.accumulate = true};
      const bool last = k_begin + steps.depth == k;
      part.epilogue.activation = last ? results.epilogue.activation : nullptr;
      run_part({unit, a.part(0, a.count, k_begin), row_tile,
                pack_right_tiles(b.part(j, columns, k_begin), steps), columns, steps, products,
                part});
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
  const Bf16Operand rows = {a.data, a.rows, a.row_stride, a.column_stride};
  const Bf16Operand columns = {b.data, b.columns, b.column_stride, b.row_stride};
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
