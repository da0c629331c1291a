#pragma once

#include <apps/digits/augmentation/plane.h>

#include <vector>

namespace digits {

/// Makes the strokes of images of one size thicker or thinner.
class StrokeWidth {
 public:
  explicit StrokeWidth(const PlaneSize& size);
  /// Changes `pixels`. `amount` from -1, where each pixel becomes the least of its neighbourhood of
  /// 3x3, to 1, where it becomes the most; 0 leaves all as it is.
  void operator()(PixelsOut pixels, double amount);

 private:
  template <class Choose>
  void change(PixelsOut pixels, int share, Choose choose);

  PlaneSize size_;
  std::vector<std::uint8_t> across_;  // what was chosen along the rows
};

}  // namespace digits
