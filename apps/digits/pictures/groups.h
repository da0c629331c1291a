#pragma once

#include <apps/digits/pictures/pieces.h>

#include <vector>

namespace digits {

/// Pieces that are one digit: most often one, two for a 5 whose bar stands alone, many for a stroke
/// that fell into dots.
struct Group {
  std::vector<Piece> pieces;
  Box box;
  /// True where it is made of dots, between which there should be a stroke.
  bool is_dotted = false;

  std::int64_t pixels() const;
};

/// Puts the pieces of each digit together and leaves specks out; in the order of reading: from left
/// to right, rows below each other.
std::vector<Group> find_groups(const std::vector<Piece>& pieces);

}  // namespace digits
