#include <apps/digits/augmentation/stroke_width.h>

#include <algorithm>
#include <cmath>

namespace digits {

StrokeWidth::StrokeWidth(const PlaneSize& size) : size_(size), across_(size.pixels()) {}

void StrokeWidth::operator()(PixelsOut pixels, double amount) {
  const int share = static_cast<int>(std::lround(256 * std::clamp(std::abs(amount), 0.0, 1.0)));
  if (share == 0) return;
  if (amount > 0) {
    change(pixels, share, [](std::uint8_t a, std::uint8_t b) { return std::max(a, b); });
  } else {
    change(pixels, share, [](std::uint8_t a, std::uint8_t b) { return std::min(a, b); });
  }
}

// `share` of 256 of what is chosen among the nine, the rest of the pixel itself.
template <class Choose>
void StrokeWidth::change(PixelsOut pixels, int share, Choose choose) {
  const std::int64_t width = size_.columns;
  for (std::int64_t y = 0; y < size_.rows; ++y) {
    const std::uint8_t* row = pixels.data() + y * width;
    std::uint8_t* out = across_.data() + y * width;
    for (std::int64_t x = 0; x < width; ++x) {
      const std::uint8_t left = row[std::max<std::int64_t>(x - 1, 0)];
      out[x] = choose(choose(left, row[x]), row[std::min(x + 1, width - 1)]);
    }
  }
  for (std::int64_t y = 0; y < size_.rows; ++y) {
    const std::uint8_t* above = across_.data() + std::max<std::int64_t>(y - 1, 0) * width;
    const std::uint8_t* here = across_.data() + y * width;
    const std::uint8_t* below = across_.data() + std::min(y + 1, size_.rows - 1) * width;
    std::uint8_t* row = pixels.data() + y * width;
    for (std::int64_t x = 0; x < width; ++x) {
      const int chosen = choose(choose(above[x], here[x]), below[x]);
      row[x] = static_cast<std::uint8_t>((row[x] * (256 - share) + chosen * share + 128) >> 8);
    }
  }
}

}  // namespace digits
