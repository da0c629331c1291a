#include <apps/digits/augmentation/pen.h>

#include <cmath>
#include <limits>

namespace digits {
namespace {

// Of 28, what MNIST gives a digit.
constexpr double kShareOfDigit = 20.0 / 28.0;

double distance_to_segment(double x, double y, const PenPoint& a, const PenPoint& b) {
  const double along_x = b.x - a.x;
  const double along_y = b.y - a.y;
  const double length = along_x * along_x + along_y * along_y;
  const double t = length > 0 ? ((x - a.x) * along_x + (y - a.y) * along_y) / length : 0;
  const double nearest = std::clamp(t, 0.0, 1.0);
  const double dx = x - (a.x + nearest * along_x);
  const double dy = y - (a.y + nearest * along_y);
  return std::sqrt(dx * dx + dy * dy);
}

struct Range {
  std::int64_t first;
  std::int64_t last;
};

Range pixels_near(double a, double b, double reach, std::int64_t pixels) {
  const auto first = static_cast<std::int64_t>(std::floor(std::min(a, b) - reach));
  const auto last = static_cast<std::int64_t>(std::ceil(std::max(a, b) + reach));
  return {std::max<std::int64_t>(first, 0), std::min(last, pixels - 1)};
}

void draw_segment(const PenPoint& a, const PenPoint& b, double radius, const PlaneSize& size,
                  PixelsOut pixels) {
  const Range rows = pixels_near(a.y, b.y, radius + 1, size.rows);
  const Range columns = pixels_near(a.x, b.x, radius + 1, size.columns);
  for (std::int64_t y = rows.first; y <= rows.last; ++y) {
    for (std::int64_t x = columns.first; x <= columns.last; ++x) {
      const double distance =
          distance_to_segment(static_cast<double>(x), static_cast<double>(y), a, b);
      const double ink = std::clamp(radius + 0.5 - distance, 0.0, 1.0);
      std::uint8_t& pixel = pixels[size.at(y, x)];
      pixel = std::max(pixel, static_cast<std::uint8_t>(std::lround(255 * ink)));
    }
  }
}

}  // namespace

void fit_into_middle(std::vector<Stroke>& strokes, const PlaneSize& size) {
  double left = std::numeric_limits<double>::max();
  double top = left;
  double right = -left;
  double bottom = -left;
  for (const Stroke& stroke : strokes) {
    for (const PenPoint& point : stroke) {
      left = std::min(left, point.x);
      right = std::max(right, point.x);
      top = std::min(top, point.y);
      bottom = std::max(bottom, point.y);
    }
  }
  // A single dot has no size to be scaled.
  const double width = std::max(right - left, 1e-9);
  const double height = std::max(bottom - top, 1e-9);
  const double scale = kShareOfDigit * std::min(static_cast<double>(size.columns) / width,
                                                static_cast<double>(size.rows) / height);
  const double largest = static_cast<double>(std::max(size.rows, size.columns));
  for (Stroke& stroke : strokes) {
    for (PenPoint& point : stroke) {
      const double x = (point.x - (left + right) / 2) * scale;
      const double y = (point.y - (top + bottom) / 2) * scale;
      point = {size.middle_x() + std::clamp(x, -largest, largest),
               size.middle_y() + std::clamp(y, -largest, largest)};
    }
  }
}

void draw(const Stroke& stroke, double radius, const PlaneSize& size, PixelsOut pixels) {
  if (stroke.size() == 1) draw_segment(stroke[0], stroke[0], radius, size, pixels);
  for (std::size_t i = 1; i < stroke.size(); ++i) {
    draw_segment(stroke[i - 1], stroke[i], radius, size, pixels);
  }
}

// Catmull and Rom's curve.
Stroke smooth(const Stroke& stroke) {
  constexpr int kSteps = 5;
  const auto point = [&](std::size_t i, int offset) -> const PenPoint& {
    const auto last = static_cast<std::ptrdiff_t>(stroke.size()) - 1;
    return stroke[static_cast<std::size_t>(
        std::clamp<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(i) + offset, 0, last))];
  };
  const auto curve = [](double a, double b, double c, double d, double t) {
    return b + t / 2 * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
  };
  Stroke all;
  for (std::size_t i = 0; i + 1 < stroke.size(); ++i) {
    const PenPoint &a = point(i, -1), &b = point(i, 0), &c = point(i, 1), &d = point(i, 2);
    for (int step = 0; step < kSteps; ++step) {
      const double t = static_cast<double>(step) / kSteps;
      all.push_back({curve(a.x, b.x, c.x, d.x, t), curve(a.y, b.y, c.y, d.y, t)});
    }
  }
  if (!stroke.empty()) all.push_back(stroke.back());
  return all;
}

}  // namespace digits
