#include <apps/digits/pictures/paper.h>

#include <algorithm>
#include <numbers>
#include <optional>
#include <utility>
#include <vector>

namespace digits {
namespace {

bool is_at_border(const Grid<Colour>& pixels, std::int64_t x, std::int64_t y) {
  return x == 0 || y == 0 || x == pixels.width - 1 || y == pixels.height - 1;
}

// The colour that more than half of all pixels have, to the bit, and half of those at the border:
// drawn pictures have one.
std::optional<Colour> plain_colour(const Grid<Colour>& pixels) {
  // Boyer and Moore: what has the majority is left over when others are set off against it.
  Colour candidate = pixels.cells.front();
  std::int64_t votes = 0;
  for (const Colour& colour : pixels.cells) {
    if (votes == 0) candidate = colour;
    votes += colour == candidate ? 1 : -1;
  }
  const auto count =
      static_cast<std::int64_t>(std::count(pixels.cells.begin(), pixels.cells.end(), candidate));
  if (2 * count <= static_cast<std::int64_t>(pixels.cells.size())) return {};
  std::int64_t border = 0;
  std::int64_t border_count = 0;
  const auto look = [&](std::int64_t x, std::int64_t y) {
    ++border;
    border_count += pixels.at(x, y) == candidate ? 1 : 0;
  };
  for (std::int64_t x = 0; x < pixels.width; ++x) {
    look(x, 0);
    look(x, pixels.height - 1);
  }
  for (std::int64_t y = 0; y < pixels.height; ++y) {
    look(0, y);
    look(pixels.width - 1, y);
  }
  if (2 * border_count < border) return {};
  return candidate;
}

// Enough pixels to know the paper by.
std::vector<std::int64_t> places(std::int64_t size) {
  constexpr std::int64_t kMost = 32;
  std::vector<std::int64_t> result;
  const std::int64_t count = std::min(size, kMost);
  result.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    result.push_back(count == 1 ? 0 : i * (size - 1) / (count - 1));
  }
  return result;
}

// Of smaller pictures, lines may be the most.
constexpr std::int64_t kShadowed = 40;

// What is beyond the surface's reach, but not as far as ink is: shadows.
std::vector<bool> shaded(const std::vector<Sample>& samples, const Fit& fit) {
  constexpr double kOfInk = 0.75;
  std::vector<double> off;
  off.reserve(samples.size());
  for (const Sample& sample : samples) {
    off.push_back(distance(sample.colour, fit.surface.at(sample.x, sample.y)));
  }
  const double ink = quantile(off, 0.97);
  std::vector<bool> result;
  result.reserve(samples.size());
  for (const double each : off) result.push_back(each > fit.reach && each < kOfInk * ink);
  return result;
}

// Whether there is a shadow that is wider and higher than any line: than a sixth of the longer
// side.
bool has_shadow(const std::vector<Sample>& samples, const Fit& fit, std::int64_t width,
                std::int64_t height) {
  const std::vector<bool> is_shaded = shaded(samples, fit);
  const auto columns = static_cast<std::int64_t>(places(width).size());
  const auto rows = static_cast<std::int64_t>(places(height).size());
  const std::int64_t side = std::max(width, height) / 6;
  const std::int64_t patch_columns = std::max<std::int64_t>(side * columns / width, 1);
  const std::int64_t patch_rows = std::max<std::int64_t>(side * rows / height, 1);
  // How many samples above each other, up to this row, are shaded.
  std::vector<std::int64_t> heights(static_cast<std::size_t>(columns));
  for (std::int64_t y = 0; y < rows; ++y) {
    std::int64_t run = 0;
    for (std::int64_t x = 0; x < columns; ++x) {
      std::int64_t& column = heights[static_cast<std::size_t>(x)];
      column = is_shaded[static_cast<std::size_t>(y * columns + x)] ? column + 1 : 0;
      run = column >= patch_rows ? run + 1 : 0;
      if (run >= patch_columns) return true;
    }
  }
  return false;
}

// The noise as neighbours tell it, which differ otherwise at edges alone. In a small picture, those
// are many.
double noise_between_neighbours(const Grid<Colour>& pixels) {
  constexpr std::int64_t kFewEdges = 24;
  if (std::min(pixels.width, pixels.height) < kFewEdges) return 0;
  std::vector<double> steps;
  for (const std::int64_t y : places(pixels.height)) {
    for (const std::int64_t x : places(pixels.width - 1)) {
      steps.push_back(distance(pixels.at(x, y), pixels.at(x + 1, y)));
    }
  }
  // The difference of two has twice the variance.
  return deviation_of(std::move(steps)) / std::numbers::sqrt2;
}

}  // namespace

Paper::Paper(const Grid<Colour>& pixels) : width_(pixels.width), height_(pixels.height) {
  if (const auto plain = plain_colour(pixels)) {
    is_flat_ = true;
    flat_ = *plain;
    return;
  }
  std::vector<Sample> samples;
  for (const std::int64_t y : places(height_)) {
    for (const std::int64_t x : places(width_)) {
      samples.push_back({.x = place(x, width_),
                         .y = place(y, height_),
                         .colour = pixels.at(x, y),
                         .is_at_border = is_at_border(pixels, x, y)});
    }
  }
  const Fit fit = fit_surface(samples);
  surface_ = fit.surface;
  if (std::min(width_, height_) >= kShadowed && has_shadow(samples, fit, width_, height_)) {
    local_.emplace(pixels);
  }
  noise_ = static_cast<float>(std::max(fit.noise, noise_between_neighbours(pixels)));
}

Colour Paper::at(std::int64_t x, std::int64_t y) const {
  if (is_flat_) return flat_;
  if (local_) return local_->at(x, y);
  return surface_.at(place(x, width_), place(y, height_));
}

}  // namespace digits
