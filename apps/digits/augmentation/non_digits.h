#pragma once

#include <apps/digits/augmentation/dice.h>
#include <apps/digits/augmentation/pen.h>
#include <apps/digits/augmentation/warp.h>

#include <cstdint>
#include <vector>

namespace digits {

/// A digit to make something else of.
struct LabelledPixels {
  Pixels pixels;
  std::int64_t label = 0;
};

/// Draws what is no digit, so that a network learns to be sure of none: scribbles, letters and
/// signs, two digits that touch, parts of digits, blots, noise and blank paper.
class NonDigits {
 public:
  explicit NonDigits(const PlaneSize& size);
  /// Makes some of them of two digits.
  void operator()(const LabelledPixels& one, const LabelledPixels& other, Dice& dice, PixelsOut to);

 private:
  void draw_fitted(std::vector<Stroke>& strokes, Dice& dice, PixelsOut to) const;
  void scribble(Dice& dice, PixelsOut to) const;
  void letter(Dice& dice, PixelsOut to) const;
  void blot(Dice& dice, PixelsOut to) const;
  void noise(Dice& dice, PixelsOut to) const;
  void merge(Pixels one, Pixels other, Dice& dice, PixelsOut to);
  void cut(const LabelledPixels& digit, Dice& dice, PixelsOut to);

  PlaneSize size_;
  double unit_;  // what is a pixel of an image of 28x28
  Warper warp_;
  std::vector<std::uint8_t> scratch_;
};

}  // namespace digits
