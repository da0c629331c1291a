#include <apps/digits/robust/scribbles.h>

#include <cmath>
#include <iterator>
#include <numbers>
#include <vector>

namespace digits::drawing {
namespace {

constexpr double kTurn = 2 * std::numbers::pi;

// The part of the canvas that is drawn on, and the pen.
struct Sheet {
  Coverage canvas;
  double low = 0;
  double high = 0;
  double pen = 0;

  double size() const { return high - low; }
  double middle() const { return (low + high) / 2; }
  Point anywhere(Random& random) const {
    return {random.between(low, high), random.between(low, high)};
  }
  Point around(double angle, double radius) const {
    return {middle() + radius * std::cos(angle), middle() + radius * std::sin(angle)};
  }
  void draw(const std::vector<Point>& points) {
    for (std::size_t i = 0; i + 1 < points.size(); ++i) {
      draw_line(canvas, points[i], points[i + 1], pen);
    }
  }
};

// A smooth line through many places.
void tangle(Sheet& sheet, Random& random) {
  std::vector<Point> corners;
  for (std::int64_t i = random.whole(8, 14); i-- > 0;) corners.push_back(sheet.anywhere(random));
  std::vector<Point> line;
  for (std::size_t i = 0; i + 2 < corners.size(); ++i) {
    const Point a{(corners[i].x + corners[i + 1].x) / 2, (corners[i].y + corners[i + 1].y) / 2};
    const Point& b = corners[i + 1];
    const Point c{(corners[i + 1].x + corners[i + 2].x) / 2,
                  (corners[i + 1].y + corners[i + 2].y) / 2};
    for (int step = 0; step <= 8; ++step) {
      const double t = step / 8.0;
      line.push_back({(1 - t) * (1 - t) * a.x + 2 * t * (1 - t) * b.x + t * t * c.x,
                      (1 - t) * (1 - t) * a.y + 2 * t * (1 - t) * b.y + t * t * c.y});
    }
  }
  sheet.draw(line);
}

void zigzag(Sheet& sheet, Random& random) {
  const std::int64_t corners = random.whole(6, 12);
  const bool upright = random.chance(0.5);
  std::vector<Point> line;
  for (std::int64_t i = 0; i <= corners; ++i) {
    const double along =
        sheet.low + sheet.size() * static_cast<double>(i) / static_cast<double>(corners);
    const double across = (i % 2 == 0 ? sheet.low : sheet.high) +
                          (i % 2 == 0 ? 1 : -1) * random.between(0, 0.2) * sheet.size();
    line.push_back(upright ? Point{across, along} : Point{along, across});
  }
  sheet.draw(line);
}

void grid(Sheet& sheet, Random& random) {
  const std::int64_t lines = random.whole(2, 4);
  for (std::int64_t i = 0; i <= lines; ++i) {
    const double at =
        sheet.low + sheet.size() * static_cast<double>(i) / static_cast<double>(lines);
    sheet.draw({{at, sheet.low}, {at, sheet.high}});
    sheet.draw({{sheet.low, at}, {sheet.high, at}});
  }
}

void star(Sheet& sheet, Random& random) {
  const std::int64_t rays = random.whole(3, 6);
  const double first = random.between(0, kTurn);
  for (std::int64_t i = 0; i < rays; ++i) {
    const double angle = first + kTurn / 2 * static_cast<double>(i) / static_cast<double>(rays);
    sheet.draw({sheet.around(angle, sheet.size() / 2), sheet.around(angle, -sheet.size() / 2)});
  }
}

void spiral(Sheet& sheet, Random& random) {
  const double turns = random.between(2.5, 4);
  const double first = random.between(0, kTurn);
  std::vector<Point> line;
  for (int i = 0; i <= 100; ++i) {
    line.push_back(sheet.around(first + kTurn * turns * i / 100, sheet.size() / 2 * i / 100));
  }
  sheet.draw(line);
}

void blot(Sheet& sheet, Random& random) {
  const double radius = sheet.size() / 2 * random.between(0.5, 1);
  sheet.pen = 2 * radius;
  const Point middle{sheet.middle(), sheet.middle()};
  sheet.draw({middle, {middle.x + random.between(0, 0.3) * radius, middle.y}});
}

void dashes(Sheet& sheet, Random& random) {
  const std::int64_t rows = random.whole(3, 5);
  for (std::int64_t i = 0; i < rows; ++i) {
    const double y =
        sheet.low + sheet.size() * static_cast<double>(i) / static_cast<double>(rows - 1);
    sheet.draw({{sheet.low + random.between(0, 0.1) * sheet.size(), y},
                {sheet.high - random.between(0, 0.1) * sheet.size(), y}});
  }
}

// Strokes to and fro over a shape of its own, as somebody crosses something out.
void crossing_out(Sheet& sheet, Random& random) {
  std::vector<Point> line;
  const double lean = random.between(-0.3, 0.3) * sheet.size();
  const std::int64_t strokes = random.whole(7, 12);
  for (std::int64_t i = 0; i < strokes; ++i) {
    const double x = sheet.low + sheet.size() * random.between(0, 1);
    line.push_back(i % 2 == 0 ? Point{x - lean / 2, sheet.low} : Point{x + lean / 2, sheet.high});
  }
  sheet.draw(line);
}

}  // namespace

Coverage draw_scribble(Random& random, std::int64_t side) {
  constexpr void (*kWays[])(Sheet&, Random&) = {tangle, zigzag, grid,   star,
                                                spiral, blot,   dashes, crossing_out};
  const auto length = static_cast<double>(side);
  const double size = random.between(0.5, 0.8) * length;
  const double low = random.between(0.08 * length, 0.92 * length - size);
  Sheet sheet{.canvas = Coverage(side, side),
              .low = low,
              .high = low + size,
              .pen = random.between(0.05, 0.11) * size};
  kWays[random.whole(0, std::ssize(kWays) - 1)](sheet, random);
  return sheet.canvas;
}

}  // namespace digits::drawing
