#pragma once

#include <apps/digits/pictures/grid.h>
#include <gluino/ndarray/ndarray.h>

#include <cstdint>
#include <memory>
#include <vector>

/// From a picture, of any size and kind, to what networks take. The one way there, for files, for
/// what a browser sends, and for the tests.
namespace digits {

/// Where a digit stands in its picture, in pixels from the upper left corner.
struct Box {
  std::int64_t x = 0;
  std::int64_t y = 0;
  std::int64_t width = 0;
  std::int64_t height = 0;
};

/// Ink that may be a digit.
struct FoundDigit {
  Box box;
  /// float32 (1, 28, 28) from 0 to 1, ink light, as MNIST has it: scaled into 20x20 with its
  /// proportions, its mass in the middle.
  gluino::NDArray image;
  /// What the pen covered, where that is so wide that it may be several digits that touch.
  std::shared_ptr<const Grid<float>> wide{};
  /// False: it can only be several.
  bool may_be_one = true;
};

/// The digits of a picture, uint8 (H, W, C) with 1 (grey), 2 (grey and alpha), 3 (RGB) or 4 (RGB
/// and alpha) channels, from left to right; none where there is no ink. Throws Error on other
/// arrays.
std::vector<FoundDigit> find_digits(const gluino::NDArray& picture);

}  // namespace digits
