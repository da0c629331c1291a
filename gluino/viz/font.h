#pragma once

#include <string>
#include <string_view>

namespace gluino::viz {

/// A small bitmap font with a glyph for each printable ASCII character, and a box for all others.
/// Sizes are in dots; a glyph stands in a cell of kGlyphWidth x kGlyphHeight dots, of which the
/// last kDescent rows lie below the line of writing.
inline constexpr int kGlyphWidth = 5;
inline constexpr int kGlyphHeight = 9;
inline constexpr int kDescent = 2;

/// From the left edge of one character to that of the next.
inline constexpr int kGlyphAdvance = kGlyphWidth + 1;

/// True where the glyph of `character` has ink; 0 <= x < kGlyphWidth, 0 <= y < kGlyphHeight.
bool has_ink(char character, int x, int y);

/// `text` (UTF-8) with one byte per character: those the font lacks become '\x7f', the box.
std::string drawable(std::string_view text);

}  // namespace gluino::viz
