#include <gluino/viz/path.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace gluino::viz {
namespace {

using std::numbers::pi;

double direction(const Point& from, const Point& to) {
  return std::atan2(to.y - from.y, to.x - from.x);
}

// From `angle` on, `sweep` around the center.
void add_arc(std::vector<Point>& corners, const Point& center, double radius, double angle,
             double sweep) {
  const int parts = std::max(1, static_cast<int>(std::ceil(std::abs(sweep) / (pi / 8))));
  for (int i = 0; i <= parts; ++i) {
    const double at = angle + sweep * i / parts;
    corners.push_back({center.x + radius * std::cos(at), center.y + radius * std::sin(at)});
  }
}

// One side of a line, and the round end: the other side is that of the line back.
void add_side(std::vector<Point>& corners, const std::vector<Point>& line, double radius) {
  for (std::size_t i = 1; i < line.size(); ++i) {
    const double before = direction(line[i - 1], line[i]) + pi / 2;
    if (i + 1 == line.size()) {
      add_arc(corners, line[i], radius, before, -pi);
      return;
    }
    const double turn = std::remainder(direction(line[i], line[i + 1]) + pi / 2 - before, 2 * pi);
    // On the inner side the way leads over the joint itself.
    if (turn > 0) {
      add_arc(corners, line[i], radius, before, 0);
      corners.push_back(line[i]);
      add_arc(corners, line[i], radius, before + turn, 0);
    } else {
      add_arc(corners, line[i], radius, before, turn);
    }
  }
}

}  // namespace

void Path::add_contour(const std::vector<Point>& corners) {
  for (const Point& corner : corners) nodes.push_back({corner, true});
  ends.push_back(nodes.size());
}

void Path::add_disc(const Point& center, double radius) {
  // Eight bends; each curve leaves the circle by less than a thousandth of the radius.
  constexpr int kBends = 8;
  constexpr double kStep = 2 * pi / kBends;
  const double beyond = radius / std::cos(kStep / 2);
  for (int i = 0; i < kBends; ++i) {
    const double angle = kStep * i;
    const double middle = angle + kStep / 2;
    nodes.push_back(
        {{center.x + radius * std::cos(angle), center.y + radius * std::sin(angle)}, true});
    nodes.push_back(
        {{center.x + beyond * std::cos(middle), center.y + beyond * std::sin(middle)}, false});
  }
  ends.push_back(nodes.size());
}

void Path::add_stroke(const std::vector<Point>& points, double width) {
  // So long a contour can still be drawn in one piece; the next begins where it ends.
  constexpr std::size_t kMost = 100;
  std::vector<Point> line;
  const auto finish = [&] {
    if (line.size() == 1) add_disc(line[0], width / 2);
    if (line.size() > 1) {
      std::vector<Point> corners;
      add_side(corners, line, width / 2);
      std::reverse(line.begin(), line.end());
      add_side(corners, line, width / 2);
      add_contour(corners);
    }
  };
  for (const Point& point : points) {
    if (!line.empty() && point.x == line.back().x && point.y == line.back().y) continue;
    line.push_back(point);
    if (line.size() > kMost) {
      finish();
      line = {point};
    }
  }
  if (line.size() > 1 || ends.empty()) finish();
}

void Path::move(double right, double down) {
  for (Node& node : nodes) {
    node.at.x += right;
    node.at.y += down;
  }
}

void Path::turn_left() {
  for (Node& node : nodes) node.at = {node.at.y, -node.at.x};
}

}  // namespace gluino::viz
