#include <apps/digits/pictures/ink.h>
#include <apps/digits/pictures/paper.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace digits {
namespace {

// In levels of 255: less than can be seen is no ink.
constexpr float kFaint = 10;
constexpr float kLeastLevel = 20;
// In standard deviations of the paper.
constexpr float kBeyondNoise = 3.2F;
constexpr float kClearOfNoise = 4.5F;
// Of the ink's level.
constexpr float kHalfTone = 0.25F;
// From this noise on, pictures of at least this size are smoothed.
constexpr float kNoisy = 3;
constexpr std::int64_t kSmoothedFrom = 48;

// How the colours of a picture differ from its paper.
std::vector<Colour> differences(const Grid<Colour>& pixels, const Paper& paper) {
  std::vector<Colour> result(pixels.cells.size());
  std::size_t i = 0;
  for (std::int64_t y = 0; y < pixels.height; ++y) {
    for (std::int64_t x = 0; x < pixels.width; ++x, ++i) {
      const Colour behind = paper.at(x, y);
      for (std::size_t c = 0; c < 3; ++c) result[i][c] = pixels.cells[i][c] - behind[c];
    }
  }
  return result;
}

float dot(const Colour& a, const Colour& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

float length(const Colour& c) { return std::sqrt(dot(c, c) / 3); }

// Which way ink differs; nothing where there are inks of several ways.
Colour direction_of_ink(const std::vector<Colour>& differences, float gate) {
  constexpr float kOneWay = 0.3F;
  Colour sum{};
  float total = 0;
  for (const Colour& d : differences) {
    const float size = length(d);
    if (size < gate) continue;
    total += size;
    for (std::size_t c = 0; c < 3; ++c) sum[c] += d[c];
  }
  return length(sum) >= kOneWay * total ? sum : Colour{};
}

float level_of(const Grid<float>& amount, float gate) {
  std::vector<float> inked;
  for (const float a : amount.cells) {
    if (a >= gate) inked.push_back(a);
  }
  if (inked.empty()) return 0;
  const auto place = inked.begin() + static_cast<std::ptrdiff_t>(inked.size() * 9 / 10);
  std::nth_element(inked.begin(), place, inked.end());
  return *place;
}

Ink measured(const Grid<Colour>& pixels, const Paper& paper) {
  const float gate = std::max(kBeyondNoise * paper.noise(), kFaint);
  const std::vector<Colour> off = differences(pixels, paper);
  const Colour way = direction_of_ink(off, gate);
  const bool one_way = way != Colour{};
  Ink ink{.amount = Grid<float>(pixels.width, pixels.height), .noise = paper.noise()};
  for (std::size_t i = 0; i < off.size(); ++i) {
    ink.amount.cells[i] = one_way && dot(off[i], way) <= 0 ? 0 : length(off[i]);
  }
  ink.level = level_of(ink.amount, gate);
  if (ink.level < std::max(kClearOfNoise * paper.noise(), kLeastLevel)) ink.level = 0;
  ink.threshold = std::max(gate, kHalfTone * ink.level);
  return ink;
}

}  // namespace

Ink find_ink(const Grid<Colour>& pixels) {
  const Paper paper(pixels);
  if (paper.noise() < kNoisy || std::min(pixels.width, pixels.height) < kSmoothedFrom) {
    return measured(pixels, paper);
  }
  const Grid<Colour> smooth = smoothed(pixels);
  return measured(smooth, Paper(smooth));
}

}  // namespace digits
