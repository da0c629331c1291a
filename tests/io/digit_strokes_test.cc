#include <gluino/io/digits/digit_glyphs.h>
#include <gluino/io/digits/digit_strokes.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <set>
#include <vector>

namespace gluino::io {
namespace {

constexpr int kSide = 28;
using Image = std::array<std::uint8_t, kSide * kSide>;

struct Sample {
  int label;
  Image pixels;
  bool operator==(const Sample&) const = default;
};

Sample draw(std::uint64_t seed, std::uint64_t index) {
  Sample sample;
  sample.label = draw_digit(seed, index, sample.pixels);
  return sample;
}

// FNV-1a over labels and pixels.
std::uint64_t hash_of_first(std::uint64_t seed, std::uint64_t count) {
  std::uint64_t hash = 0xCBF29CE484222325u;
  const auto add = [&hash](std::uint8_t byte) { hash = (hash ^ byte) * 0x100000001B3u; };
  for (std::uint64_t index = 0; index < count; ++index) {
    const Sample sample = draw(seed, index);
    add(static_cast<std::uint8_t>(sample.label));
    for (const std::uint8_t pixel : sample.pixels) add(pixel);
  }
  return hash;
}

struct Extent {
  int width, height;
  double centre_x, centre_y;  // of mass, in pixel indices
  double ink;                 // in fully black pixels
};

Extent extent_of(const Image& pixels) {
  int left = kSide, right = -1, top = kSide, bottom = -1;
  double mass = 0, moment_x = 0, moment_y = 0;
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      const int value = pixels[y * kSide + x];
      if (value == 0) continue;
      left = std::min(left, x);
      right = std::max(right, x);
      top = std::min(top, y);
      bottom = std::max(bottom, y);
      mass += value;
      moment_x += value * x;
      moment_y += value * y;
    }
  }
  return {right - left + 1, bottom - top + 1, moment_x / mass, moment_y / mass, mass / 255};
}

// Written down once; every compiler and machine must find the same.
TEST(DigitStrokes, DrawsTheSameBytesEverywhere) {
  EXPECT_EQ(hash_of_first(0, 1000), 16222291527703166860u);
  EXPECT_EQ(hash_of_first(1, 1000), 13616495826582714915u);
  EXPECT_EQ(hash_of_first(~std::uint64_t{0}, 1000), 13518549680814429518u);
}

TEST(DigitStrokes, DependsOnNothingButSeedAndIndex) {
  const Sample before = draw(7, 123);
  for (std::uint64_t index = 0; index < 50; ++index) draw(index, index);
  EXPECT_EQ(draw(7, 123), before);
}

TEST(DigitStrokes, TakesAnySeedAndIndex) {
  constexpr std::uint64_t kMost = ~std::uint64_t{0};
  for (const std::uint64_t seed : {std::uint64_t{0}, kMost / 2, kMost}) {
    for (const std::uint64_t index : {std::uint64_t{0}, kMost / 2, kMost - 1, kMost}) {
      const Sample sample = draw(seed, index);
      EXPECT_GE(sample.label, 0);
      EXPECT_LE(sample.label, 9);
      EXPECT_GT(extent_of(sample.pixels).ink, 10);
    }
  }
}

TEST(DigitStrokes, FitsTheBoxAndIsCentredAsInMnist) {
  constexpr int kCount = 10000;
  int off_centre = 0;
  for (int index = 0; index < kCount; ++index) {
    const Extent extent = extent_of(draw(3, index).pixels);
    ASSERT_LE(extent.width, 20) << "index " << index;
    ASSERT_LE(extent.height, 20) << "index " << index;
    ASSERT_GE(std::max(extent.width, extent.height), 17) << "index " << index;
    const double away =
        std::max(std::abs(extent.centre_x - 14.0), std::abs(extent.centre_y - 14.0));
    ASSERT_LE(away, 2.0) << "index " << index;
    off_centre += away > 0.5 + 1e-9;
  }
  // The box must stay in the image, so a very lopsided digit cannot be centred.
  EXPECT_LE(off_centre, kCount / 500);
}

// MNIST's mean pixel is 33 of 255, from 20 (ones) to 45 (zeros).
TEST(DigitStrokes, HasAsMuchInkAsMnist) {
  constexpr int kCount = 10000;
  std::array<double, 10> mean = {};
  for (int index = 0; index < kCount; ++index) {
    const Sample sample = draw(4, index);
    mean[sample.label] += extent_of(sample.pixels).ink * 255 / (kSide * kSide) / (kCount / 10);
  }
  constexpr std::array<double, 10> kMnist = {44.2, 19.4, 38.0, 36.1, 30.9,
                                             32.8, 35.0, 29.2, 38.3, 31.3};
  for (int digit = 0; digit < 10; ++digit) {
    EXPECT_NEAR(mean[digit], kMnist[digit], 5.0) << "digit " << digit;
  }
}

TEST(DigitStrokes, LabelsAreBalancedInRandomOrder) {
  constexpr int kCount = 10000;
  std::array<int, 10> seen = {};
  std::array<std::array<int, 10>, 10> at_place = {};
  for (int index = 0; index < kCount; ++index) {
    const int label = draw(5, index).label;
    ++seen[label];
    ++at_place[index % 10][label];
  }
  for (const int count : seen) EXPECT_EQ(count, kCount / 10);
  for (const auto& counts : at_place) {
    for (const int count : counts) EXPECT_NEAR(count, 100, 50);  // five standard deviations
  }
}

TEST(DigitStrokes, IndicesAndSeedsDiffer) {
  std::set<Image> images;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    for (std::uint64_t index = 0; index < 100; ++index) images.insert(draw(seed, index).pixels);
  }
  EXPECT_EQ(images.size(), 2000u);

  std::vector<int> first, second;
  for (std::uint64_t index = 0; index < 100; ++index) {
    first.push_back(draw(1, index).label);
    second.push_back(draw(2, index).label);
  }
  EXPECT_NE(first, second);
}

// draw_digit() holds a glyph in arrays of fixed size and takes a stroke's direction from two
// points.
TEST(DigitGlyphs, AreWellFormed) {
  for (int digit = 0; digit < 10; ++digit) {
    EXPECT_GE(glyphs_of(digit).size(), 3u) << "digit " << digit;
    for (const Glyph& glyph : glyphs_of(digit)) {
      EXPECT_GT(glyph.weight, 0);
      ASSERT_LE(glyph.points.size(), kMaxGlyphPoints);
      ASSERT_GE(glyph.points.size(), 2u);
      EXPECT_EQ(glyph.points.front().move, PenMove::kStart);
      EXPECT_NE(glyph.points.back().move, PenMove::kStart);
      const auto two_starts =
          std::ranges::adjacent_find(glyph.points, [](const GlyphPoint& a, const GlyphPoint& b) {
            return a.move == PenMove::kStart && b.move == PenMove::kStart;
          });
      EXPECT_EQ(two_starts, glyph.points.end());
    }
  }
}

}  // namespace
}  // namespace gluino::io
