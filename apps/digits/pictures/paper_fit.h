#pragma once

#include <apps/digits/pictures/colours.h>

#include <array>
#include <cstddef>
#include <vector>

namespace digits {

/// A colour that changes over a picture: for red, green and blue, the weights of 1, x, y, xx, xy
/// and yy, with x and y from -1 to 1.
inline constexpr std::size_t kSurfaceTerms = 6;
using Terms = std::array<double, kSurfaceTerms>;
struct Surface {
  std::array<Terms, 3> weights{};

  Colour at(double x, double y) const;
};

struct Sample {
  double x = 0;
  double y = 0;
  Colour colour{};
  bool is_at_border = false;
};

struct Fit {
  Surface surface;
  /// The standard deviation of the samples that belong to the surface.
  double noise = 0;
  /// What is so near to the surface belongs to it.
  double reach = 0;
};

/// The surface that most of the samples, above all those at the border, lie on; the others may lie
/// anywhere. The simpler of surfaces that fit alike.
Fit fit_surface(const std::vector<Sample>& samples);

/// The value below which a share of the values lies; 0 of none.
double quantile(std::vector<double> values, double share);

/// The standard deviation that sizes, of which half belong to no noise perhaps, tell by their
/// median.
double deviation_of(std::vector<double> sizes);

/// The length of the difference of two colours, as grey ones have it: from 0 to 255.
float distance(const Colour& a, const Colour& b);

}  // namespace digits
