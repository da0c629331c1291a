#pragma once

#include <apps/digits/pictures/parts.h>

#include <vector>

namespace digits {

/// Parts that are one digit: most often one, two for a 5 whose bar stands alone, many for a stroke
/// that fell into dots.
struct Group {
  std::vector<Part> parts;
  Box box;
  /// True where it is made of dots, between which there should be a stroke.
  bool is_dotted = false;

  std::int64_t pixels() const;
};

/// Puts the parts of each digit together and leaves specks out; in the order of reading: from left
/// to right, rows below each other.
std::vector<Group> find_groups(const std::vector<Part>& parts);

}  // namespace digits
