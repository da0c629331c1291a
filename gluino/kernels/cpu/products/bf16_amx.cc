#include <gluino/kernels/cpu/products/amx.h>
#include <gluino/kernels/cpu/products/bf16_avx512.h>

#if defined(__x86_64__) && defined(__linux__)

#include <immintrin.h>

// The functions below are compiled for these instructions and called only where they are.
#define GLUINO_AMX __attribute__((target("amx-tile,amx-bf16")))

namespace gluino::kernels {
namespace {

// The tile registers hold: 0 to 3 the results (upper left, upper right, lower left, lower right), 4
// and 5 the upper and lower left operand, 6 and 7 the left and right one.
GLUINO_AMX void begin(const TileShape& s) {
  TileConfiguration tiles;
  tiles.set(0, s.upper_rows, 4 * s.left_columns);
  tiles.set(1, s.upper_rows, 4 * s.right_columns);
  tiles.set(2, s.lower_rows, 4 * s.left_columns);
  tiles.set(3, s.lower_rows, 4 * s.right_columns);
  tiles.set(4, s.upper_rows, 4 * s.pairs);
  tiles.set(5, s.lower_rows, 4 * s.pairs);
  tiles.set(6, s.pairs, 4 * s.left_columns);
  tiles.set(7, s.pairs, 4 * s.right_columns);
  finish_stores(&tiles);
  _tile_loadconfig(&tiles);
}

GLUINO_AMX void end() { _tile_release(); }

template <bool kLower, bool kRight>
GLUINO_AMX void load_init(const TilePlace<const float>& p) {
  const std::int64_t stride = p.stride * 4;
  if (p.data == nullptr) {
    _tile_zero(0);
    if constexpr (kRight) _tile_zero(1);
    if constexpr (kLower) _tile_zero(2);
    if constexpr (kLower && kRight) _tile_zero(3);
    return;
  }
  _tile_loadd(0, p.data, stride);
  if constexpr (kRight) _tile_loadd(1, p.data + p.right, stride);
  if constexpr (kLower) _tile_loadd(2, p.data + p.down, stride);
  if constexpr (kLower && kRight) _tile_loadd(3, p.data + p.down + p.right, stride);
}

template <bool kLower, bool kRight>
GLUINO_AMX void store_results(const TilePlace<float>& p) {
  const std::int64_t stride = p.stride * 4;
  _tile_stored(0, p.data, stride);
  if constexpr (kRight) _tile_stored(1, p.data + p.right, stride);
  if constexpr (kLower) _tile_stored(2, p.data + p.down, stride);
  if constexpr (kLower && kRight) _tile_stored(3, p.data + p.down + p.right, stride);
}

template <bool kLower, bool kRight>
GLUINO_AMX void product_of(const TileBlock& t) {
  finish_stores(&t);
  load_init<kLower, kRight>(t.init);
  const std::int64_t a_stride = 2 * t.a_stride;
  const std::int64_t b_stride = 2 * t.b_stride;
  for (const TileStep& step : t.steps) {
    const Bf16* a = t.a + step.a;
    const Bf16* b = t.b + step.b;
    _tile_loadd(4, a, a_stride);
    _tile_loadd(6, b, b_stride);
    _tile_dpbf16ps(0, 4, 6);
    if constexpr (kRight) {
      _tile_loadd(7, b + t.b_right, b_stride);
      _tile_dpbf16ps(1, 4, 7);
    }
    if constexpr (kLower) {
      _tile_loadd(5, a + t.a_down, a_stride);
      _tile_dpbf16ps(2, 5, 6);
    }
    if constexpr (kLower && kRight) _tile_dpbf16ps(3, 5, 7);
  }
  store_results<kLower, kRight>(t.c);
}

void product(const TileShape& s, const TileBlock& t) {
  if (s.lower_rows > 0) {
    s.right_columns > 0 ? product_of<true, true>(t) : product_of<true, false>(t);
  } else {
    s.right_columns > 0 ? product_of<false, true>(t) : product_of<false, false>(t);
  }
}

constexpr Bf16Unit kUnit = {"AMX",
                            true,
                            true,
                            avx512_pack_rows,
                            avx512_pack_pairs,
                            avx512_pack_gathered,
                            avx512_select,
                            avx512_turn,
                            begin,
                            product,
                            end};

}  // namespace

const Bf16Unit* bf16_amx() {
  return has_avx512_bf16() && has_tiles(TileValues::bf16) ? &kUnit : nullptr;
}

}  // namespace gluino::kernels

#else

namespace gluino::kernels {

const Bf16Unit* bf16_amx() { return nullptr; }

}  // namespace gluino::kernels

#endif
