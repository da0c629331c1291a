#include <gluino/io/digits/digit_glyphs.h>
#include <page/hand.h>

#include <algorithm>
#include <cmath>
#include <span>

namespace digits_test {
namespace {

using gluino::io::GlyphPoint;
using gluino::io::PenMove;

// Half of the places between a glyph's two poses.
Point at(const GlyphPoint& point) {
  return {0.005 * (point.x + point.other_x), 0.005 * (point.y + point.other_y)};
}

// How a curve passes through `points[i]`; at a corner and an end it stops.
Point slope(std::span<const GlyphPoint> points, std::size_t i) {
  if (i == 0 || i + 1 == points.size() || points[i].move == PenMove::kCorner) return {};
  const Point before = at(points[i - 1]), after = at(points[i + 1]);
  return {0.5 * (after.x - before.x), 0.5 * (after.y - before.y)};
}

// Cubic curves (Hermite) from point to point.
Stroke traced(std::span<const GlyphPoint> points) {
  constexpr int kSteps = 8;
  Stroke stroke = {at(points[0])};
  for (std::size_t i = 0; i + 1 < points.size(); ++i) {
    const Point from = at(points[i]), to = at(points[i + 1]);
    const Point out = slope(points, i), in = slope(points, i + 1);
    for (int step = 1; step <= kSteps; ++step) {
      const double t = static_cast<double>(step) / kSteps, rest = 1 - t;
      const double a = rest * rest * (1 + 2 * t), b = t * t * (3 - 2 * t);
      const double c = t * rest * rest, d = -t * t * rest;
      stroke.push_back({a * from.x + b * to.x + c * out.x + d * in.x,
                        a * from.y + b * to.y + c * out.y + d * in.y});
    }
  }
  return stroke;
}

}  // namespace

int hands_of(int digit) { return static_cast<int>(gluino::io::glyphs_of(digit).size()); }

std::vector<Stroke> written(int digit, int hand) {
  std::span<const GlyphPoint> points =
      gluino::io::glyphs_of(digit)[static_cast<std::size_t>(hand)].points;
  std::vector<Stroke> strokes;
  while (!points.empty()) {
    std::size_t end = 1;
    while (end < points.size() && points[end].move != PenMove::kStart) ++end;
    strokes.push_back(traced(points.first(end)));
    points = points.subspan(end);
  }
  Point low{1e9, 1e9}, high{-1e9, -1e9};
  for (const Stroke& stroke : strokes) {
    for (const Point& point : stroke) {
      low = {std::min(low.x, point.x), std::min(low.y, point.y)};
      high = {std::max(high.x, point.x), std::max(high.y, point.y)};
    }
  }
  for (Stroke& stroke : strokes) {
    for (Point& point : stroke) {
      point = {(point.x - 0.5 * (low.x + high.x)) / (high.y - low.y),
               (point.y - 0.5 * (low.y + high.y)) / (high.y - low.y)};
    }
  }
  return strokes;
}

std::vector<Stroke> placed(const std::vector<Stroke>& strokes, Point middle, double height) {
  std::vector<Stroke> result = strokes;
  for (Stroke& stroke : result) {
    for (Point& point : stroke) {
      point = {middle.x + height * point.x, middle.y + height * point.y};
    }
  }
  return result;
}

}  // namespace digits_test
