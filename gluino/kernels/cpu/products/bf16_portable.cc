#include <gluino/base/float16.h>
#include <gluino/kernels/cpu/products/bf16_unit.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace gluino::kernels {
namespace {

Bf16 rounded(float value) { return BFloat16(value).bits(); }

float widened(Bf16 value) { return std::bit_cast<float>(static_cast<std::uint32_t>(value) << 16); }

void pack_rows(const float* in, std::int64_t stride, std::int64_t rows, std::int64_t values,
               Bf16* tile) {
  std::fill_n(tile, rows * kTileRow, Bf16(0));
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t p = 0; p < values; ++p) tile[r * kTileRow + p] = rounded(in[r * stride + p]);
  }
}

void pack_pairs(const float* in, std::int64_t stride, std::int64_t values, std::int64_t columns,
                Bf16* tile) {
  std::fill_n(tile, (values + 1) / 2 * kTileRow, Bf16(0));
  for (std::int64_t p = 0; p < values; ++p) {
    Bf16* row = tile + p / 2 * kTileRow + p % 2;
    for (std::int64_t j = 0; j < columns; ++j) row[2 * j] = rounded(in[p * stride + j]);
  }
}

void pack_gathered(const Bf16* in, const std::int32_t* from, std::int64_t pairs, Bf16* tile) {
  for (std::int64_t k = 0; k < 2 * pairs; ++k) {
    Bf16* row = tile + k / 2 * kTileRow + k % 2;
    for (std::int64_t j = 0; j < kTileSide; ++j)
      row[2 * j] = from[k] < 0 ? Bf16(0) : in[from[k] + j];
  }
}

void select(const Bf16* values, const Bf16* places, float place, std::int64_t rows, Bf16* out) {
  const Bf16 wanted = rounded(place);
  for (std::int64_t i = 0; i < rows * kTileRow; ++i) {
    out[i] = places[i] == wanted ? values[i] : Bf16(0);
  }
}

void turn(const void* in, void* out) {
  std::uint32_t items[kTileSide][kTileSide];
  std::uint32_t turned[kTileSide][kTileSide];
  std::memcpy(items, in, sizeof(items));
  for (std::int64_t r = 0; r < kTileSide; ++r) {
    for (std::int64_t c = 0; c < kTileSide; ++c) turned[c][r] = items[r][c];
  }
  std::memcpy(out, turned, sizeof(turned));
}

// One tile of the results.
void add_products(const TileBlock& block, int rows, int pairs, int columns, const Bf16* a,
                  const Bf16* b, std::int64_t init_at, std::int64_t c_at) {
  float sums[kTileSide][kTileSide] = {};
  for (int i = 0; i < rows && block.init.data != nullptr; ++i) {
    std::copy_n(block.init.data + init_at + i * block.init.stride, columns, sums[i]);
  }
  for (const TileStep& step : block.steps) {
    for (int i = 0; i < rows; ++i) {
      const Bf16* left = a + step.a + i * block.a_stride;
      for (int p = 0; p < pairs; ++p) {
        const float even = widened(left[2 * p]);
        const float odd = widened(left[2 * p + 1]);
        const Bf16* right = b + step.b + p * block.b_stride;
        for (int j = 0; j < columns; ++j) {
          sums[i][j] += even * widened(right[2 * j]) + odd * widened(right[2 * j + 1]);
        }
      }
    }
  }
  for (int i = 0; i < rows; ++i) {
    std::copy_n(sums[i], columns, block.c.data + c_at + i * block.c.stride);
  }
}

void begin(const TileShape& /*shape*/) {}
void end() {}

void product(const TileShape& s, const TileBlock& t) {
  const auto tile = [&](bool lower, bool right) {
    const int rows = lower ? s.lower_rows : s.upper_rows;
    const int columns = right ? s.right_columns : s.left_columns;
    if (rows == 0 || columns == 0) return;
    add_products(t, rows, s.pairs, columns, t.a + lower * t.a_down, t.b + right * t.b_right,
                 lower * t.init.down + right * t.init.right, lower * t.c.down + right * t.c.right);
  };
  tile(false, false);
  tile(false, true);
  tile(true, false);
  tile(true, true);
}

// It stands for those that are faster, so that tests meet all that is rounded there.
constexpr Bf16Unit kUnit = {"portable", false, true,  pack_rows, pack_pairs, pack_gathered,
                            select,     turn,  begin, product,   end};

}  // namespace

const Bf16Unit& bf16_portable() { return kUnit; }

}  // namespace gluino::kernels
