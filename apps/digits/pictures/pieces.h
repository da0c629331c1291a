#pragma once

#include <apps/digits/pictures/find_digits.h>
#include <apps/digits/pictures/grid.h>
#include <apps/digits/pictures/ink.h>

#include <cstdint>
#include <vector>

namespace digits {

/// The end of a box, one pixel behind it.
inline std::int64_t right_of(const Box& box) { return box.x + box.width; }
inline std::int64_t bottom_of(const Box& box) { return box.y + box.height; }
/// The smallest box around both.
Box around(const Box& a, const Box& b);
/// How many columns or rows two boxes share.
std::int64_t shared_columns(const Box& a, const Box& b);
std::int64_t shared_rows(const Box& a, const Box& b);
/// How far apart two boxes are; 0 where they touch or overlap.
double gap_between(const Box& a, const Box& b);

/// Ink that hangs together.
struct Piece {
  /// Its number in the grid of labels.
  std::int32_t label = 0;
  Box box;
  std::int64_t pixels = 0;
  /// How much ink its pixels have on average.
  double mean_amount = 0;
};

/// True for dots and specks, which fill their boxes and are not long: no line.
bool is_blob(const Piece& piece);

inline constexpr std::int32_t kPaperLabel = -1;

struct Pieces {
  /// Which piece each pixel belongs to, or kPaperLabel.
  Grid<std::int32_t> labels;
  /// The largest ones, frames left out.
  std::vector<Piece> pieces;
};

/// The pieces of a picture's ink, corners touching, but for frames around the picture and lines
/// from edge to edge.
Pieces find_pieces(const Ink& ink);

}  // namespace digits
