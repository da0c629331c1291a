#include <apps/digits/models/networks.h>
#include <apps/digits/pictures/network_input.h>
#include <apps/digits/pictures/strokes.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace digits {
namespace {

static_assert(kRows == kColumns);
constexpr double kSide = kRows;
// Where the mass of MNIST's digits is: at least here, and less than a pixel beyond.
constexpr double kMiddle = 14;
// Of the longer side, between the places where the ink is half as strong as inside: measured on
// MNIST's digits, which fill 20 pixels with their faintest edges.
constexpr double kDigitSide = 19.4;
// Strokes within these widths, in pixels of the network's input, stay as they are, as do those of
// 98 in 100 of MNIST's digits; others come to the widths below, which are not rare among them.
constexpr double kThinnest = 1.4;
constexpr double kThickest = 4.1;
constexpr double kThin = 1.8;
constexpr double kThick = 3.5;

struct Extent {
  double begin = 0;
  double end = 0;
  double size() const { return end - begin; }
};

// From where to where a profile is above half of its largest value, with parts of a pixel.
Extent extent_of(const std::vector<float>& profile) {
  const float half = *std::max_element(profile.begin(), profile.end()) / 2;
  const auto crossing = [&](std::ptrdiff_t outside, std::ptrdiff_t inside) {
    const double low = profile[static_cast<std::size_t>(outside)];
    const double high = profile[static_cast<std::size_t>(inside)];
    return 0.5 + static_cast<double>(outside) +
           static_cast<double>(inside - outside) * (half - low) / (high - low);
  };
  const auto above = [&](float value) { return value >= half; };
  const auto first = std::find_if(profile.begin(), profile.end(), above) - profile.begin();
  const auto last = profile.rend() - std::find_if(profile.rbegin(), profile.rend(), above) - 1;
  return {crossing(first - 1, first), crossing(last + 1, last)};
}

struct Measures {
  Extent x;
  Extent y;
  double mass_x = 0;
  double mass_y = 0;
  double longer_side() const { return std::max(x.size(), y.size()); }
};

// The shape must have a margin.
Measures measure(const Shape& shape) {
  std::vector<float> columns(static_cast<std::size_t>(shape.width));
  std::vector<float> rows(static_cast<std::size_t>(shape.height));
  Measures result;
  double mass = 0;
  for (std::int64_t y = 0; y < shape.height; ++y) {
    for (std::int64_t x = 0; x < shape.width; ++x) {
      const float value = shape.at(x, y);
      float& column = columns[static_cast<std::size_t>(x)];
      float& row = rows[static_cast<std::size_t>(y)];
      column = std::max(column, value);
      row = std::max(row, value);
      mass += value;
      result.mass_x += value * (static_cast<double>(x) + 0.5);
      result.mass_y += value * (static_cast<double>(y) + 0.5);
    }
  }
  result.mass_x /= mass;
  result.mass_y /= mass;
  result.x = extent_of(columns);
  result.y = extent_of(rows);
  return result;
}

// Half of the size, four pixels becoming one.
Shape halved(const Shape& shape) {
  Shape result((shape.width + 1) / 2, (shape.height + 1) / 2);
  for (std::int64_t y = 0; y < shape.height; ++y) {
    for (std::int64_t x = 0; x < shape.width; ++x) {
      result.at(x / 2, y / 2) += shape.at(x, y) / 4;
    }
  }
  return with_margin(result, 1);
}

// What the edges must be moved by, in pixels of the shape, for strokes as MNIST has them.
double correction(const Shape& shape) {
  const double scale = kDigitSide / measure(shape).longer_side();
  const double width = stroke_width(shape) * scale;
  if (width < kThinnest) return (kThin - width) / 2 / scale;
  // Never so much that a line that is thinner elsewhere would go.
  if (width > kThickest) return -std::min((width - kThick) / 2, 0.3 * width) / scale;
  return 0;
}

// Makes a large shape small enough for the work on it, and thin lines first so wide that they
// outlast that.
Shape made_handy(Shape shape) {
  constexpr double kHandy = 96;
  while (measure(shape).longer_side() > kHandy) {
    constexpr double kOutlasts = 3;
    if (stroke_width(shape) < kOutlasts && correction(shape) > 1) {
      shape = with_edge_moved(with_margin(shape, 1), 1);
    }
    shape = halved(shape);
  }
  return shape;
}

// Twice the size, between the pixels' middles. The shape must have a margin.
Shape doubled(const Shape& shape) {
  Shape result(2 * shape.width, 2 * shape.height);
  for (std::int64_t y = 1; y + 1 < result.height; ++y) {
    for (std::int64_t x = 1; x + 1 < result.width; ++x) {
      const std::int64_t left = (x - 1) / 2;
      const std::int64_t top = (y - 1) / 2;
      const float right_share = x % 2 == 0 ? 0.75F : 0.25F;
      const float bottom_share = y % 2 == 0 ? 0.75F : 0.25F;
      const auto row = [&](std::int64_t at) {
        return shape.at(left, at) * (1 - right_share) + shape.at(left + 1, at) * right_share;
      };
      result.at(x, y) = row(top) * (1 - bottom_share) + row(top + 1) * bottom_share;
    }
  }
  return result;
}

Shape with_usual_strokes(Shape shape) {
  // Edges that are moved by parts of a pixel become faint.
  constexpr double kFine = 48;
  if (correction(shape) == 0) return shape;
  while (measure(shape).longer_side() < kFine) shape = doubled(shape);
  const double move = correction(shape);
  const auto margin = static_cast<std::int64_t>(std::ceil(std::max(move, 0.0)));
  return with_edge_moved(with_margin(shape, margin), move);
}

// What pixels of the source, from `first` on, go into one of the result.
struct Taps {
  std::int64_t first = 0;
  std::vector<float> weights;
};

// The pixels between two places, each with the part of it that lies there.
Taps area_taps(double begin, double end) {
  Taps taps{.first = static_cast<std::int64_t>(std::floor(begin)), .weights = {}};
  for (auto i = static_cast<double>(taps.first); i < end; ++i) {
    const double part = std::min(i + 1, end) - std::max(i, begin);
    taps.weights.push_back(static_cast<float>(std::max(part, 0.0) / (end - begin)));
  }
  return taps;
}

// The cubic of Catmull and Rom through the four pixels around a place.
Taps cubic_taps(double place) {
  const double before = std::floor(place - 0.5);
  const double t = place - 0.5 - before;
  const double weights[] = {t * (-0.5 + t * (1 - 0.5 * t)), 1 + t * t * (-2.5 + 1.5 * t),
                            t * (0.5 + t * (2 - 1.5 * t)), t * t * (-0.5 + 0.5 * t)};
  Taps taps{.first = static_cast<std::int64_t>(before) - 1, .weights = {}};
  for (const double weight : weights) taps.weights.push_back(static_cast<float>(weight));
  return taps;
}

// For each of the result's pixels along one axis, which begins at `origin` of the source.
std::vector<Taps> taps(double origin, double scale) {
  std::vector<Taps> result;
  for (int i = 0; i < kRows; ++i) {
    const double begin = origin + i / scale;
    const double end = begin + 1 / scale;
    result.push_back(scale <= 1 ? area_taps(begin, end) : cubic_taps((begin + end) / 2));
  }
  return result;
}

float sum_of(const Shape& shape, const Taps& columns, const Taps& rows) {
  float sum = 0;
  for (std::size_t j = 0; j < rows.weights.size(); ++j) {
    const std::int64_t y = rows.first + static_cast<std::int64_t>(j);
    if (y < 0 || y >= shape.height) continue;
    for (std::size_t i = 0; i < columns.weights.size(); ++i) {
      const std::int64_t x = columns.first + static_cast<std::int64_t>(i);
      if (x < 0 || x >= shape.width) continue;
      sum += shape.at(x, y) * columns.weights[i] * rows.weights[j];
    }
  }
  return sum;
}

// Where the result begins in the source, so that the mass comes to its middle, but nothing is cut
// off.
double origin_for(double mass, const Extent& extent, double scale) {
  const double low = extent.end - kSide / scale;
  const double high = extent.begin;
  const double origin = mass - (kMiddle + 0.5) / scale;
  return low > high ? (low + high) / 2 : std::clamp(origin, low, high);
}

gluino::NDArray placed(const Shape& shape) {
  constexpr double kAsItIs = 0.07;
  const Measures found = measure(shape);
  double scale = kDigitSide / found.longer_side();
  if (std::abs(scale - 1) <= kAsItIs) scale = 1;
  double origin_x = origin_for(found.mass_x, found.x, scale);
  double origin_y = origin_for(found.mass_y, found.y, scale);
  if (scale == 1) {
    origin_x = std::round(origin_x);
    origin_y = std::round(origin_y);
  }
  const std::vector<Taps> columns = taps(origin_x, scale);
  const std::vector<Taps> rows = taps(origin_y, scale);
  // What is enlarged is as sharp as what was small at once.
  const auto gain = static_cast<float>(std::clamp(scale, 1.0, 2.0));
  gluino::NDArray image({1, kRows, kColumns});
  auto* out = image.data<float>();
  for (const Taps& row : rows) {
    for (const Taps& column : columns) {
      const float value = sum_of(shape, column, row);
      *out++ = std::clamp(0.5F + gain * (value - 0.5F), 0.0F, 1.0F);
    }
  }
  return image;
}

}  // namespace

gluino::NDArray network_input(Shape shape) {
  return placed(with_usual_strokes(made_handy(std::move(shape))));
}

}  // namespace digits
