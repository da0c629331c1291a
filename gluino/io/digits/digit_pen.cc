#include <gluino/io/digits/digit_pen.h>
#include <gluino/io/iterators/random_stream.h>

#include <algorithm>
#include <cmath>

namespace gluino::io {
namespace {

constexpr double kFar = 1e9;  // pixels: farther than any ink reaches

using DistanceField = std::array<double, kBoxSide * kBoxSide>;

// Lowers `distance` to the distance from each pixel's centre to the edge of one segment's ink,
// which is negative inside it. Pixels more than `reach` away are left as they are.
void lower_distance(DistanceField& distance, const PenPoint& from, const PenPoint& to,
                    double reach) {
  const double margin = std::max(from.radius, to.radius) + reach;
  const auto first = [&](double a, double b) {
    return static_cast<int>(std::clamp(std::min(a, b) - margin, 0.0, double{kBoxSide}));
  };
  const auto last = [&](double a, double b) {
    return static_cast<int>(std::clamp(std::max(a, b) + margin + 1.0, 0.0, double{kBoxSide}));
  };
  const double along_x = to.x - from.x;
  const double along_y = to.y - from.y;
  const double length_squared = along_x * along_x + along_y * along_y;
  const double scale = length_squared > 1e-12 ? 1.0 / length_squared : 0.0;
  const int column_begin = first(from.x, to.x), column_end = last(from.x, to.x);
  const int row_begin = first(from.y, to.y), row_end = last(from.y, to.y);
  for (int row = row_begin; row < row_end; ++row) {
    const double y = row + 0.5 - from.y;
    for (int column = column_begin; column < column_end; ++column) {
      const double x = column + 0.5 - from.x;
      const double t = std::clamp((x * along_x + y * along_y) * scale, 0.0, 1.0);
      const double away_x = x - t * along_x;
      const double away_y = y - t * along_y;
      const double radius = from.radius + t * (to.radius - from.radius);
      double& nearest = distance[row * kBoxSide + column];
      nearest = std::min(nearest, std::sqrt(away_x * away_x + away_y * away_y) - radius);
    }
  }
}

}  // namespace

void fit_to_box(PenPath& path) {
  double left = kFar, right = -kFar, top = kFar, bottom = -kFar, radius = 0.0;
  for (const PenPoint& point : path.points()) {
    left = std::min(left, point.x);
    right = std::max(right, point.x);
    top = std::min(top, point.y);
    bottom = std::max(bottom, point.y);
    radius = std::max(radius, point.radius);
  }
  const double longer = std::max({right - left, bottom - top, 1e-6});
  const double scale = (kBoxSide - 2.0 * radius) / longer;
  const double shift_x = 0.5 * (kBoxSide - scale * (left + right));
  const double shift_y = 0.5 * (kBoxSide - scale * (top + bottom));
  for (PenPoint& point : path.points()) {
    point.x = point.x * scale + shift_x;
    point.y = point.y * scale + shift_y;
  }
}

DigitBox draw_ink(const PenPath& path, const Ink& ink) {
  DistanceField distance;
  distance.fill(kFar);
  const double reach = 0.5 * ink.softness + ink.roughness;
  const std::span<const PenPoint> points = path.points();
  for (std::size_t i = 0; i < points.size(); ++i) {
    lower_distance(distance, points[points[i].starts_stroke ? i : i - 1], points[i], reach);
  }

  DigitBox box;
  RandomStream random(ink.grain, 0);
  for (std::size_t i = 0; i < box.size(); ++i) {
    const double edge = distance[i] + ink.roughness * random.uniform(-1.0, 1.0);
    const double coverage = std::clamp(0.5 - edge / ink.softness, 0.0, 1.0);
    box[i] = static_cast<std::uint8_t>(255.0 * coverage + 0.5);
  }
  return box;
}

void place_by_mass(const DigitBox& box, std::span<std::uint8_t, kImageSide * kImageSide> pixels) {
  int mass = 0, moment_x = 0, moment_y = 0;
  for (int row = 0; row < kBoxSide; ++row) {
    for (int column = 0; column < kBoxSide; ++column) {
      const int value = box[row * kBoxSide + column];
      mass += value;
      moment_x += value * column;
      moment_y += value * row;
    }
  }
  const auto offset = [mass](int moment) {
    const int centre = mass > 0 ? (2 * moment + mass) / (2 * mass) : kBoxSide / 2;
    return std::clamp(kImageSide / 2 - centre, 0, kImageSide - kBoxSide);
  };
  const int left = offset(moment_x), top = offset(moment_y);
  std::ranges::fill(pixels, std::uint8_t{0});
  for (int row = 0; row < kBoxSide; ++row) {
    std::copy_n(&box[row * kBoxSide], kBoxSide, &pixels[(top + row) * kImageSide + left]);
  }
}

}  // namespace gluino::io
