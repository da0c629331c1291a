#pragma once

#include <apps/digits/augmentation/plane.h>

#include <vector>

namespace digits {

struct PenPoint {
  double x = 0;
  double y = 0;
};

/// A way of the pen, without lifting it.
using Stroke = std::vector<PenPoint>;

/// Moves and scales strokes, keeping their proportions, into the middle 20 of 28 parts of an image.
void fit_into_middle(std::vector<Stroke>& strokes, const PlaneSize& size);

/// Adds ink to an image: all within `radius` of the stroke, with a soft edge of one pixel.
void draw(const Stroke& stroke, double radius, const PlaneSize& size, PixelsOut pixels);

/// Points on a smooth curve through those of `stroke`.
Stroke smooth(const Stroke& stroke);

}  // namespace digits
