#pragma once

#include <cstddef>
#include <span>

namespace gluino::io {

/// What the pen does at a point of a glyph.
enum class PenMove {
  kSmooth,  ///< passes through in a curve
  kCorner,  ///< turns sharply; a hasty writer rounds it
  kStart,   ///< is put down: a new stroke begins here
};

/// One point of a glyph in two poses. Hands differ: a written digit lies somewhere between them.
/// Units are hundredths of the height of a digit, x to the right and y down.
struct GlyphPoint {
  int x, y;
  int other_x, other_y;
  PenMove move = PenMove::kSmooth;
};

/// One way of writing a digit: strokes of two points or more.
struct Glyph {
  int weight;  ///< how often people write it so, relative to the digit's other glyphs
  std::span<const GlyphPoint> points;
};

/// The most points a glyph has.
inline constexpr std::size_t kMaxGlyphPoints = 16;

namespace detail {
std::span<const Glyph> glyphs_0_to_4(int digit);
std::span<const Glyph> glyphs_5_to_9(int digit);
}  // namespace detail

/// The ways of writing `digit`, which is one of 0..9.
inline std::span<const Glyph> glyphs_of(int digit) {
  return digit < 5 ? detail::glyphs_0_to_4(digit) : detail::glyphs_5_to_9(digit);
}

}  // namespace gluino::io
