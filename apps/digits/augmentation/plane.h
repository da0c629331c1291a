#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace digits {

using Pixels = std::span<const std::uint8_t>;
using PixelsOut = std::span<std::uint8_t>;

/// How large a grey image is. Its pixels lie row by row: 0 is paper, 255 ink.
struct PlaneSize {
  std::int64_t rows = 0;
  std::int64_t columns = 0;

  std::size_t pixels() const { return static_cast<std::size_t>(rows * columns); }
  std::size_t at(std::int64_t y, std::int64_t x) const {
    return static_cast<std::size_t>(y * columns + x);
  }
  double middle_y() const { return static_cast<double>(rows - 1) / 2; }
  double middle_x() const { return static_cast<double>(columns - 1) / 2; }
};

/// The part of an image that has ink; `right` and `bottom` are the first without.
struct InkBox {
  std::int64_t left = 0;
  std::int64_t top = 0;
  std::int64_t right = 0;
  std::int64_t bottom = 0;

  bool empty() const { return right <= left; }
  std::int64_t width() const { return right - left; }
  std::int64_t height() const { return bottom - top; }
};

inline InkBox ink_box(Pixels pixels, const PlaneSize& size) {
  // Less is the soft edge of an edge.
  constexpr std::uint8_t kLeastInk = 32;
  InkBox box{size.columns, size.rows, 0, 0};
  for (std::int64_t y = 0; y < size.rows; ++y) {
    for (std::int64_t x = 0; x < size.columns; ++x) {
      if (pixels[size.at(y, x)] < kLeastInk) continue;
      box.left = std::min(box.left, x);
      box.right = std::max(box.right, x + 1);
      box.top = std::min(box.top, y);
      box.bottom = std::max(box.bottom, y + 1);
    }
  }
  return box;
}

}  // namespace digits
