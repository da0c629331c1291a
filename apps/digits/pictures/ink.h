#pragma once

#include <apps/digits/pictures/colours.h>
#include <apps/digits/pictures/grid.h>

namespace digits {

/// How much each pixel of a picture differs from its paper, on the side, lighter or darker, on
/// which the ink is: from 0 to 255.
struct Ink {
  Grid<float> amount;
  /// The standard deviation of the paper.
  float noise = 0;
  /// What clear ink has; 0 where there is none at all.
  float level = 0;
  /// Pixels with at least this amount are ink.
  float threshold = 0;
};

Ink find_ink(const Grid<Colour>& pixels);

}  // namespace digits
