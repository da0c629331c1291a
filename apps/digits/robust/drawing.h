#pragma once

#include <apps/digits/pictures/colours.h>
#include <apps/digits/pictures/grid.h>
#include <gluino/ndarray/ndarray.h>

#include <cstdint>
#include <vector>

/// What the pictures of robust_set.h are made with.
namespace digits::drawing {

/// Random numbers that are the same on every machine (SplitMix64).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  /// In [low, high).
  double between(double low, double high);
  /// In [low, high], whole.
  std::int64_t whole(std::int64_t low, std::int64_t high);
  bool chance(double probability) { return between(0, 1) < probability; }
  /// Of mean 0 and deviation 1.
  double normal();

 private:
  std::uint64_t state_;
};

/// How much of each pixel a pen covered, from 0 to 1.
using Coverage = Grid<float>;

/// Where a place of the result comes from: source = matrix * (place - to) + from, in pixels.
struct Placement {
  double xx = 1;
  double xy = 0;
  double yx = 0;
  double yy = 1;
  double from_x = 0;
  double from_y = 0;
  double to_x = 0;
  double to_y = 0;
};

/// The source put onto a canvas, without jags in either direction.
void put(const Coverage& source, const Placement& placement, Coverage& canvas);
/// The source enlarged by `scale` and turned by `degrees` around its middle, which comes to (x, y).
void put(const Coverage& source, double scale, double degrees, double x, double y,
         Coverage& canvas);

/// A line from one place to another with round ends.
struct Point {
  double x = 0;
  double y = 0;
};
void draw_line(Coverage& canvas, const Point& a, const Point& b, double width);

/// The strokes' edges moved outwards by `pixels`, or inwards.
Coverage with_pen(const Coverage& source, double pixels);

/// Ink on paper.
Grid<Colour> coloured(const Coverage& coverage, const Colour& ink, const Colour& paper);
void blur(Grid<Colour>& pixels, double deviation);
void add_noise(Grid<Colour>& pixels, double deviation, Random& random);
struct Light {
  /// How much brighter one side is than the other, as a share, and which.
  double slope = 0;
  double degrees = 0;
  /// How much darker the corners are.
  double corners = 0;
};
void shade(Grid<Colour>& pixels, const Light& light);

struct Shadow {
  /// Its edge goes through this place, and it lies on the side to which the angle points.
  double x = 0;
  double y = 0;
  double degrees = 0;
  /// How wide the edge is, in pixels, and the share of light that is taken away.
  double softness = 1;
  double darkness = 0;
};
void cast(const Shadow& shadow, Grid<Colour>& pixels);

gluino::NDArray to_picture(const Grid<Colour>& pixels);
/// As a grey picture of one channel.
gluino::NDArray to_grey_picture(const Coverage& coverage, float ink, float paper);
gluino::NDArray through_jpeg(const gluino::NDArray& picture, int quality);

}  // namespace digits::drawing
