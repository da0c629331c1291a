#include <apps/digits/pictures/local_paper.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace digits {
namespace {

// The longer side of what is worked on.
constexpr std::int64_t kSide = 96;
// The part of the shorter side: lines up to it are taken away.
constexpr std::int64_t kThickest = 4;

enum class Ink { dark, light };

Grid<Colour> reduced(const Grid<Colour>& pixels, std::int64_t step) {
  Grid<Colour> result((pixels.width + step - 1) / step, (pixels.height + step - 1) / step);
  Grid<float> counts(result.width, result.height);
  for (std::int64_t y = 0; y < pixels.height; ++y) {
    for (std::int64_t x = 0; x < pixels.width; ++x) {
      Colour& to = result.at(x / step, y / step);
      for (std::size_t c = 0; c < 3; ++c) to[c] += pixels.at(x, y)[c];
      counts.at(x / step, y / step) += 1;
    }
  }
  for (std::size_t i = 0; i < counts.cells.size(); ++i) {
    for (float& c : result.cells[i]) c /= counts.cells[i];
  }
  return result;
}

// The largest (or smallest) value within `reach` along rows, of each channel; then along columns.
Grid<Colour> extreme(const Grid<Colour>& from, std::int64_t reach, bool largest) {
  Grid<Colour> source = from;
  for (const bool along_rows : {true, false}) {
    Grid<Colour> to = source;
    for (std::int64_t y = 0; y < from.height; ++y) {
      for (std::int64_t x = 0; x < from.width; ++x) {
        Colour& best = to.at(x, y);
        for (std::int64_t d = -reach; d <= reach; ++d) {
          const std::int64_t sx = along_rows ? x + d : x;
          const std::int64_t sy = along_rows ? y : y + d;
          if (!source.contains(sx, sy)) continue;
          for (std::size_t c = 0; c < 3; ++c) {
            const float value = source.at(sx, sy)[c];
            best[c] = largest ? std::max(best[c], value) : std::min(best[c], value);
          }
        }
      }
    }
    source = to;
  }
  return source;
}

// The picture without its thin lines of one kind.
Grid<Colour> without_lines(const Grid<Colour>& pixels, Ink ink) {
  const std::int64_t reach =
      std::max<std::int64_t>(std::min(pixels.width, pixels.height) / kThickest / 2, 1);
  const bool dark = ink == Ink::dark;
  return extreme(extreme(pixels, reach, dark), reach, !dark);
}

// How much was taken away, where it was much.
double strength_of_lines(const Grid<Colour>& pixels, const Grid<Colour>& without) {
  constexpr float kMuch = 25;
  double sum = 0;
  for (std::size_t i = 0; i < pixels.cells.size(); ++i) {
    float off = 0;
    for (std::size_t c = 0; c < 3; ++c) {
      off += std::abs(pixels.cells[i][c] - without.cells[i][c]) / 3;
    }
    if (off > kMuch) sum += off;
  }
  return sum;
}

// What is largest within a window is more than the mean by the noise: as much as at most places.
void take_off_bias(const Grid<Colour>& pixels, Grid<Colour>& paper) {
  for (std::size_t c = 0; c < 3; ++c) {
    std::vector<float> off(pixels.cells.size());
    for (std::size_t i = 0; i < off.size(); ++i) {
      off[i] = paper.cells[i][c] - pixels.cells[i][c];
    }
    const auto middle = off.begin() + static_cast<std::ptrdiff_t>(off.size() / 2);
    std::nth_element(off.begin(), middle, off.end());
    for (Colour& colour : paper.cells) colour[c] -= *middle;
  }
}

}  // namespace

LocalPaper::LocalPaper(const Grid<Colour>& pixels) {
  const std::int64_t step =
      std::max<std::int64_t>((std::max(pixels.width, pixels.height) + kSide - 1) / kSide, 1);
  step_ = static_cast<double>(step);
  const Grid<Colour> small = smoothed(reduced(pixels, step));
  small_ = without_lines(small, Ink::dark);
  Grid<Colour> other = without_lines(small, Ink::light);
  if (strength_of_lines(small, other) > strength_of_lines(small, small_)) small_ = std::move(other);
  take_off_bias(small, small_);
}

Colour LocalPaper::at(std::int64_t x, std::int64_t y) const {
  const auto place = [&](std::int64_t i, std::int64_t size) {
    return std::clamp((static_cast<double>(i) + 0.5) / step_ - 0.5, 0.0,
                      static_cast<double>(size - 1));
  };
  const double px = place(x, small_.width);
  const double py = place(y, small_.height);
  const auto left = static_cast<std::int64_t>(px);
  const auto top = static_cast<std::int64_t>(py);
  const std::int64_t right = std::min(left + 1, small_.width - 1);
  const std::int64_t bottom = std::min(top + 1, small_.height - 1);
  const auto tx = static_cast<float>(px - static_cast<double>(left));
  const auto ty = static_cast<float>(py - static_cast<double>(top));
  Colour colour;
  for (std::size_t c = 0; c < 3; ++c) {
    const float above = small_.at(left, top)[c] * (1 - tx) + small_.at(right, top)[c] * tx;
    const float below = small_.at(left, bottom)[c] * (1 - tx) + small_.at(right, bottom)[c] * tx;
    colour[c] = above * (1 - ty) + below * ty;
  }
  return colour;
}

}  // namespace digits
