#include <gluino/kernels/cpu/int8/int8_tiles.h>
#include <gluino/kernels/cpu/products/amx.h>

// Tile registers hold up to 16 rows of 64 bytes. A tile of the left operand is 16 positions of the
// data as they lie, one of the right is a packed block, and one instruction multiplies both.
#if defined(__x86_64__) && defined(__linux__)

#include <immintrin.h>

#include <algorithm>

// The functions below are compiled for these instructions and called only where they are.
#define GLUINO_AMX __attribute__((target("amx-tile,amx-int8")))

namespace gluino::kernels {
namespace {

constexpr std::int64_t kTileRows = 16;
constexpr std::int64_t kTileGroups = 16;
// By measurement: with fewer the tiles are too empty to pay.
constexpr std::int64_t kLeastGroups = 6;
constexpr std::int64_t kLeastPositions = 4;

// The tiles hold: 0 to 3 sums (upper left, upper right, lower left, lower right), 4 and 5 the upper
// and lower positions, 6 and 7 the left and right block of weights. With fewer sums at a time each
// addition would wait for the one before.
TileConfiguration configuration(std::int64_t positions, std::int64_t groups) {
  TileConfiguration tiles;
  for (const int tile : {0, 1, 2, 3}) tiles.set(tile, positions, 64);
  for (const int tile : {4, 5}) tiles.set(tile, positions, 4 * groups);
  for (const int tile : {6, 7}) tiles.set(tile, groups, 64);
  return tiles;
}

// A part of each segment: `chunks` times `groups` groups, from the group `first` on. All sums get
// what the parts give, one part after the other.
struct Part {
  std::int64_t first;
  std::int64_t chunks;
  std::int64_t groups;
};

class AmxDot {
 public:
  AmxDot(const Int8Dot& task, const Part& part)
      : task_(task), packing_(*task.packing), part_(part) {
    across_ = (task.positions + kTileRows - 1) / kTileRows;
    positions_ = task.positions / across_;
  }

  /// How many positions of each row are computed; what is left makes no whole tile.
  std::int64_t covered() const { return across_ * positions_; }

  GLUINO_AMX void run() const {
    const TileConfiguration tiles = configuration(positions_, part_.groups);
    finish_stores(&tiles);
    _tile_loadconfig(&tiles);
    std::int64_t block = task_.block_begin;
    for (; block + 2 <= task_.block_end; block += 2) run_blocks<true>(block);
    if (block < task_.block_end) run_blocks<false>(block);
    _tile_release();
  }

 private:
  struct Place {
    const std::uint8_t* x;
    std::int32_t* out;
  };

  // The tile of positions of that number, and its sums of a block.
  Place place(std::int64_t tile, std::int64_t block) const {
    const std::int64_t row = tile / across_;
    const std::int64_t position = tile % across_ * positions_;
    return {task_.x + row * task_.x_row_step + position * task_.x_step,
            task_.out + (row * task_.positions + position) * task_.out_stride +
                (block - task_.block_begin) * kInt8Columns};
  }

  template <bool kRight>
  GLUINO_AMX void run_blocks(std::int64_t block) const {
    const std::int64_t tiles = task_.rows * across_;
    std::int64_t tile = 0;
    for (; tile + 2 <= tiles; tile += 2) {
      run_tiles<true, kRight>(place(tile, block), place(tile + 1, block), block);
    }
    if (tile < tiles) run_tiles<false, kRight>(place(tile, block), {}, block);
  }

  template <bool kLower, bool kRight>
  GLUINO_AMX void run_tiles(const Place& upper, const Place& lower, std::int64_t block) const {
    const std::int64_t stride = 4 * task_.out_stride;
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    if (part_.first > 0) {
      _tile_loadd(0, upper.out, stride);
      if constexpr (kRight) _tile_loadd(1, upper.out + kInt8Columns, stride);
      if constexpr (kLower) _tile_loadd(2, lower.out, stride);
      if constexpr (kLower && kRight) _tile_loadd(3, lower.out + kInt8Columns, stride);
    }
    const std::int64_t right = packing_.block_bytes();
    const std::int64_t step = task_.x_step;
    for (std::int64_t s = 0; s < packing_.segments; ++s) {
      const std::int64_t at = task_.offsets[s] + part_.first * 4;
      const std::int8_t* weight =
          task_.packed + block * right + (s * packing_.groups() + part_.first) * 64;
      for (std::int64_t chunk = 0; chunk < part_.chunks; ++chunk, weight += 1024) {
        _tile_loadd(4, upper.x + at + chunk * 64, step);
        _tile_loadd(6, weight, 64);
        _tile_dpbusd(0, 4, 6);
        if constexpr (kRight) {
          _tile_loadd(7, weight + right, 64);
          _tile_dpbusd(1, 4, 7);
        }
        if constexpr (kLower) {
          _tile_loadd(5, lower.x + at + chunk * 64, step);
          _tile_dpbusd(2, 5, 6);
        }
        if constexpr (kLower && kRight) _tile_dpbusd(3, 5, 7);
      }
    }
    _tile_stored(0, upper.out, stride);
    if constexpr (kRight) _tile_stored(1, upper.out + kInt8Columns, stride);
    if constexpr (kLower) _tile_stored(2, lower.out, stride);
    if constexpr (kLower && kRight) _tile_stored(3, lower.out + kInt8Columns, stride);
  }

  const Int8Dot& task_;
  const Int8Packing& packing_;
  const Part part_;
  std::int64_t across_;     // tiles of a row's positions
  std::int64_t positions_;  // in a tile
};

}  // namespace

bool has_int8_amx() { return has_tiles(TileValues::int8); }

bool try_int8_dot_amx(const Int8Dot& task) {
  if (task.packing->groups() < kLeastGroups || task.positions < kLeastPositions) return false;
  finish_stores(task.x);
  const std::int64_t whole = task.packing->groups() / kTileGroups;
  const std::int64_t rest = task.packing->groups() % kTileGroups;
  if (whole > 0) AmxDot(task, {0, whole, kTileGroups}).run();
  if (rest > 0) AmxDot(task, {whole * kTileGroups, 1, rest}).run();
  finish_stores(task.out);
  const std::int64_t covered = AmxDot(task, {}).covered();
  for (std::int64_t row = 0; covered < task.positions && row < task.rows; ++row) {
    Int8Dot left = task;
    left.x += row * task.x_row_step + covered * task.x_step;
    left.out += (row * task.positions + covered) * task.out_stride;
    left.positions = task.positions - covered;
    left.rows = 1;
    int8_dot_vnni(left);
  }
  return true;
}

}  // namespace gluino::kernels

#else

namespace gluino::kernels {

bool has_int8_amx() { return false; }
bool try_int8_dot_amx(const Int8Dot& /*task*/) { return false; }

}  // namespace gluino::kernels

#endif
