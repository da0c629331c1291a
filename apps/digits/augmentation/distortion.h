#pragma once

#include <apps/digits/augmentation/dice.h>
#include <apps/digits/augmentation/stroke_width.h>
#include <apps/digits/augmentation/warp.h>

namespace digits {

/// How far a digit is changed at most. All 0: not at all.
struct DistortionOptions {
  /// In pixels of an image of 28x28; larger ones go further in proportion.
  double shift = 2;
  double rotation_degrees = 15;
  /// The size by a factor from 1 / (1 + scale) to 1 + scale; either side alone by its square root.
  double scale = 0.18;
  /// How far the top moves against the bottom, in heights.
  double shear = 0.25;
  /// The deviation, in pixels, of what moves single parts.
  double elastic = 1.6;
  /// Strokes become thicker or thinner, by up to one pixel on each side where it is 1.
  double stroke_width = 0.7;
};

/// Changes digits as hands differ: what of it follows from the dice alone.
class Distortion {
 public:
  Distortion(const PlaneSize& size, const DistortionOptions& options);
  void operator()(Pixels from, Dice& dice, PixelsOut to);

 private:
  Warp random_warp(Dice& dice) const;

  PlaneSize size_;
  DistortionOptions options_;
  Warper warp_;
  StrokeWidth stroke_width_;
};

}  // namespace digits
