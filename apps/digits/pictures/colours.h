#pragma once

#include <apps/digits/pictures/grid.h>
#include <gluino/ndarray/ndarray.h>

#include <array>
#include <cstdint>

namespace digits {

/// Red, green and blue, from 0 to 255.
using Colour = std::array<float, 3>;

/// A picture as it is looked at: opaque, and not larger than is worth the time.
struct Colours {
  Grid<Colour> pixels;
  /// How many of the picture's pixels became one of these, in each direction.
  std::int64_t reduction = 1;
};

/// Puts a transparent picture on a paper on which its ink shows, and makes a very large one
/// smaller. Throws Error unless `picture` is uint8 (H, W, C) with 1 to 4 channels.
Colours to_colours(const gluino::NDArray& picture);

/// Each pixel averaged with its eight neighbours, the nearer the more: takes noise away.
Grid<Colour> smoothed(const Grid<Colour>& pixels);

}  // namespace digits
