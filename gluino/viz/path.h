#pragma once

#include <gluino/viz/drawing.h>

#include <cstddef>
#include <vector>

/// Outlines that are filled; the room's own.
namespace gluino::viz {

/// Closed contours of straight lines and, as fonts have them, of curves: a point beside the curve
/// bends what lies between its neighbours. Filled is what they wind around.
struct Path {
  struct Node {
    Point at;
    bool is_on_curve = true;
  };
  std::vector<Node> nodes;
  /// One beyond the last node of each contour.
  std::vector<std::size_t> ends;

  void add_contour(const std::vector<Point>& corners);
  void add_disc(const Point& center, double radius);
  /// A line through the points, as wide as that, with round joints and ends.
  void add_stroke(const std::vector<Point>& points, double width);
  void move(double right, double down);
  /// A quarter turn to the left around (0, 0).
  void turn_left();
};

}  // namespace gluino::viz
