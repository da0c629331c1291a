// Products of numbers rounded to bfloat16, added in float32, by the instructions that the processor
// has for them. Operands are cut into tiles of 16 rows of 64 bytes:
//  - a left tile has up to 16 rows of the left matrix, 32 neighbouring columns of each;
//  - a right tile has a row for each pair of rows of the right matrix, of which it holds up to 16
//    columns: (2p, j) and (2p + 1, j) stand side by side.
#pragma once

#include <cstdint>
#include <span>

namespace gluino::kernels {

using Bf16 = std::uint16_t;

inline constexpr std::int64_t kTileSide = 16;  ///< rows of a tile, and columns of a right one
inline constexpr std::int64_t kTileRow = 32;   ///< values in a row
inline constexpr std::int64_t kTileValues = kTileSide * kTileRow;

/// A block of results: one or two tiles down, one or two across.
struct TileShape {
  int upper_rows = 0;
  int lower_rows = 0;  ///< 0: there is no lower tile
  int pairs = 0;       ///< rows of the right tiles
  int left_columns = 0;
  int right_columns = 0;  ///< 0: there is no tile on the right
  bool operator==(const TileShape&) const = default;
};

/// One product of a left by a right tile that a block is the sum of: where they stand, counted from
/// TileBlock::a and b.
struct TileStep {
  std::int32_t a;
  std::int32_t b;
};

/// A block of floats, of which the tile below begins `down` values after the first, that on the
/// right `right` after it.
template <class T>
struct TilePlace {
  T* data = nullptr;
  std::int64_t stride = 0;  ///< from row to row
  std::int64_t down = 0;
  std::int64_t right = 0;
};

/// c = init + the sum of the steps' products.
struct TileBlock {
  const Bf16* a = nullptr;
  std::int64_t a_stride = kTileRow;  ///< from row to row
  std::int64_t a_down = 0;           ///< to the lower tile
  const Bf16* b = nullptr;
  std::int64_t b_stride = kTileRow;
  std::int64_t b_right = 0;  ///< to the right tile
  std::span<const TileStep> steps;
  TilePlace<float> c;
  TilePlace<const float> init;  ///< zeros if its data is null; may be c
};

/// A set of instructions. `begin` and `end` enclose the products of one shape on one thread.
struct Bf16Unit {
  const char* name;
  bool native;  ///< by instructions made for it; else the same rounding in float32
  /// Multiplies whole tiles at once, many times as fast as float32's vectors; else twice at most.
  bool by_tiles;
  /// A left tile's `rows` rows from as many of `values` floats, at most 32, filled up with zeros.
  void (*pack_rows)(const float* in, std::int64_t stride, std::int64_t rows, std::int64_t values,
                    Bf16* tile);
  /// A right tile's rows from `values` rows, at most 32, of `columns` floats; the last one is
  /// filled up with zeros if their number is odd.
  void (*pack_pairs)(const float* in, std::int64_t stride, std::int64_t values,
                     std::int64_t columns, Bf16* tile);
  /// A right tile of 16 columns from `pairs` pairs of rows that stand anywhere: row k is the 16
  /// values at in + from[k], or zeros where from[k] is negative.
  void (*pack_gathered)(const Bf16* in, const std::int32_t* from, std::int64_t pairs, Bf16* tile);
  /// Of `rows` rows, 32 values each: those whose place is `place`, and zeros instead of the others.
  /// Places are small whole numbers.
  void (*select)(const Bf16* values, const Bf16* places, float place, std::int64_t rows, Bf16* out);
  /// Transposes 16 x 16 items of 4 bytes: makes a left tile from the right tile of the transposed
  /// matrix, and the reverse.
  void (*turn)(const void* in, void* out);
  void (*begin)(const TileShape& shape);
  void (*product)(const TileShape& shape, const TileBlock& block);
  void (*end)();
};

/// Those that this processor has and the system permits, the fastest first. The last one runs
/// everywhere.
std::span<const Bf16Unit* const> bf16_units();

/// The one in use: the fastest, unless a test chose another.
const Bf16Unit& bf16_unit();
/// Null goes back to the fastest.
void use_bf16_unit(const Bf16Unit* unit);

/// The three there are. Null where the processor or the system lacks them.
const Bf16Unit* bf16_amx();
const Bf16Unit* bf16_avx512();
const Bf16Unit& bf16_portable();

/// While it lives, products of `shape` may be made on this thread.
class TileScope {
 public:
  TileScope(const Bf16Unit& unit, const TileShape& shape) : unit_(unit), shape_(shape) {
    unit.begin(shape);
  }
  TileScope(const TileScope&) = delete;
  TileScope& operator=(const TileScope&) = delete;
  ~TileScope() { unit_.end(); }

  void change(const TileShape& shape) {
    if (shape == shape_) return;
    shape_ = shape;
    unit_.begin(shape);
  }
  void product(const TileBlock& block) const { unit_.product(shape_, block); }

 private:
  const Bf16Unit& unit_;
  TileShape shape_;
};

}  // namespace gluino::kernels
