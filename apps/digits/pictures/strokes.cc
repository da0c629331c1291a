#include <apps/digits/pictures/strokes.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace digits {
namespace {

// The largest value around each pixel, where those at a distance count as far as the edge moves.
Shape spread(const Shape& shape, float pixels) {
  constexpr auto kDiagonal = std::numbers::sqrt2_v<float>;
  const float beside = std::clamp(pixels, 0.0F, 1.0F);
  const float across = std::clamp(pixels + 1 - kDiagonal, 0.0F, 1.0F);
  Shape result = shape;
  for (std::int64_t y = 0; y < shape.height; ++y) {
    for (std::int64_t x = 0; x < shape.width; ++x) {
      float most = shape.at(x, y);
      for (std::int64_t ny = std::max<std::int64_t>(y - 1, 0);
           ny <= std::min(y + 1, shape.height - 1); ++ny) {
        for (std::int64_t nx = std::max<std::int64_t>(x - 1, 0);
             nx <= std::min(x + 1, shape.width - 1); ++nx) {
          if (nx == x && ny == y) continue;
          most = std::max(most, shape.at(nx, ny) * (nx == x || ny == y ? beside : across));
        }
      }
      result.at(x, y) = most;
    }
  }
  return result;
}

Shape inverted(Shape shape) {
  for (float& value : shape.cells) value = 1 - value;
  return shape;
}

}  // namespace

double stroke_width(const Shape& shape) {
  double area = 0;
  double edge = 0;  // the sum of the slope's size, by the coarea formula
  for (std::int64_t y = 0; y + 1 < shape.height; ++y) {
    for (std::int64_t x = 0; x + 1 < shape.width; ++x) {
      const double here = shape.at(x, y);
      area += here;
      edge += std::hypot(shape.at(x + 1, y) - here, shape.at(x, y + 1) - here);
    }
  }
  return edge == 0 ? 0 : 2 * area / edge;
}

Shape with_edge_moved(const Shape& shape, double pixels) {
  const bool inwards = pixels < 0;
  Shape result = inwards ? inverted(shape) : shape;
  for (double left = std::abs(pixels); left > 0; left -= 1) {
    result = spread(result, static_cast<float>(std::min(left, 1.0)));
  }
  return inwards ? inverted(std::move(result)) : result;
}

Shape with_margin(const Shape& shape, std::int64_t more) {
  Shape result(shape.width + 2 * more, shape.height + 2 * more);
  for (std::int64_t y = 0; y < shape.height; ++y) {
    for (std::int64_t x = 0; x < shape.width; ++x) result.at(x + more, y + more) = shape.at(x, y);
  }
  return result;
}

}  // namespace digits
