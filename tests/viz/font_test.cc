#include <gluino/base/error.h>
#include <gluino/viz/font.h>
#include <gluino/viz/rasterize.h>
#include <gluino/viz/utf8.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "viz/pictures.h"

namespace gluino::viz {
namespace {

using testing::blank;
using testing::ink_of;

constexpr int kLeft = 8;
constexpr int kBaseline = 40;

Raster drawn(const std::string& text, double size = 24) {
  Raster raster = blank(static_cast<int>(text_width(text, size)) + 2 * kLeft, 60);
  for (Path& letter : text_paths(text, size)) {
    letter.move(kLeft, kBaseline);
    fill(raster, letter, colors::kInk);
  }
  return raster;
}

TEST(Font, EachPrintableCharacterHasAGlyphOfItsOwn) {
  std::set<std::string> glyphs;
  for (char character = ' '; character <= '~'; ++character) {
    const Raster raster = drawn(std::string(1, character));
    EXPECT_EQ(ink_of(raster).is_empty(), character == ' ') << character;
    const std::string pixels(raster.pixels.begin(), raster.pixels.end());
    EXPECT_TRUE(glyphs.insert(pixels).second) << character << " looks like another one";
  }
}

TEST(Font, LettersOfEuropeAndSignsOfChartsAreThere) {
  const std::vector<std::uint8_t> box = drawn("\xff").pixels;
  for (const char* character :
       {"ü", "ß", "é", "Ł", "ş", "α", "Ж", "ẞ", "€", "–", "…", "→", "≤", "≥", "×", "²", "μ", "°"}) {
    const Raster raster = drawn(character);
    EXPECT_FALSE(ink_of(raster).is_empty()) << character;
    EXPECT_NE(raster.pixels, drawn("数").pixels) << character << " is a box";
  }
  EXPECT_FALSE(ink_of(drawn("数")).is_empty());
}

TEST(Font, LettersStayWithinTheWidthAndTheHeightThatAreMeasured) {
  for (const double size : {7.0, 11.0, 12.5, 16.0, 24.0}) {
    for (const char* text :
         {"Predicted: 3", "FullyConnected", "jpgqy|_,;", "ÄÖÜ ẞŁ", "W", "0.001"}) {
      const testing::Extent ink = ink_of(drawn(text, size));
      EXPECT_GE(ink.left, kLeft - 1) << text;
      EXPECT_LE(ink.right, kLeft + text_width(text, size) + 1) << text;
      EXPECT_GE(ink.top, kBaseline - ascent(size) - 1.5) << text;
      EXPECT_LE(ink.bottom, kBaseline + descent(size) + 1.5) << text;
      EXPECT_LE(ascent(size) + descent(size), line_pitch(size));
    }
  }
}

TEST(Font, WidthsAddUpAndGrowWithTheSize) {
  const double whole = text_width("Actual: 5", 16);
  EXPECT_DOUBLE_EQ(whole, text_width("Actual", 16) + text_width(": 5", 16));
  EXPECT_DOUBLE_EQ(2 * whole, text_width("Actual: 5", 32));
  EXPECT_LT(text_width("iii", 16), text_width("WWW", 16));
  EXPECT_EQ(text_width("0123456789", 16), 10 * text_width("0", 16));
  EXPECT_EQ(text_width("", 16), 0);
  // From the font's own table: 2048 units an em, 1401 of them for the digit.
  EXPECT_NEAR(text_width("7", 2048), 1303, 0.5);
  EXPECT_NEAR(text_width("A", 2048), 1401, 0.5);
}

TEST(Font, WhatIsNoTextBecomesAReplacement) {
  EXPECT_EQ(characters("fünf €"), U"fünf €");
  EXPECT_EQ(characters("\t\x01\x7f"), U"���");
  EXPECT_EQ(characters("a\xff\xc3"), U"a��");
  EXPECT_EQ(characters("\xed\xa0\x80"), U"���") << "a surrogate";
  EXPECT_EQ(characters("\xc0\xaf\xe0\x80\xaf"), U"�����") << "longer than it need be";
  EXPECT_EQ(characters("\xf4\x90\x80\x80"), U"����") << "beyond the last character";
  EXPECT_EQ(escaped("<a href=\"x\">'&'</a>"),
            "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
  EXPECT_EQ(escaped("é\x01\xff"), "é\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(Font, ThreadsDrawTheSame) {
  const Raster expected = drawn("threads draw the same");
  std::vector<Raster> found(8);
  std::vector<std::thread> threads;
  for (Raster& raster : found) {
    threads.emplace_back([&raster] { raster = drawn("threads draw the same"); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Raster& raster : found) EXPECT_EQ(raster.pixels, expected.pixels);
}

TEST(Font, LettersBeyondThePictureAreLeftOut) {
  Raster raster = blank(20, 20);
  for (const double x : {-1000.0, -5.0, 12.0, 1e5, 1e9}) {
    for (const double y : {-1000.0, 3.0, 25.0, 1e9}) {
      for (Path& letter : text_paths("clipped", 16)) {
        letter.move(x, y);
        fill(raster, letter, colors::kInk);
      }
    }
  }
  EXPECT_FALSE(ink_of(raster).is_empty());
  EXPECT_THROW(text_paths("x", 0), Error);
  EXPECT_THROW(text_paths("x", 1e9), Error);
}

// What is covered in half is half as dark, whatever the number of channels.
TEST(Rasterize, EdgesAreSmooth) {
  for (const int channels : {1, 3}) {
    Raster raster = blank(4, 4, channels);
    Path path;
    path.add_contour({{0.5, 1}, {3, 1}, {3, 2}, {0.5, 2}});
    fill(raster, path, {0, 0, 0});
    const auto at = [&](int x, int y) {
      return int(raster.pixels[std::size_t((y * 4 + x) * channels)]);
    };
    EXPECT_NEAR(at(0, 1), 128, 2);
    EXPECT_EQ(at(1, 1), 0);
    EXPECT_EQ(at(3, 1), 255);
    EXPECT_EQ(at(1, 2), 255);
  }
}

TEST(Rasterize, LinesHaveTheirWidthAndDiscsTheirArea) {
  const auto darkness = [](const Raster& raster) {
    double sum = 0;
    for (const std::uint8_t pixel : raster.pixels) sum += (255 - pixel) / 255.0;
    return sum;
  };
  Raster line = blank(120, 40);
  Path path;
  path.add_stroke({{10, 20}, {110, 20}}, 4);
  fill(line, path, {0, 0, 0});
  EXPECT_NEAR(darkness(line), 100 * 4 + 3.14159 * 4, 2);
  // A line of many parts is one of the same length, not thicker at its joints.
  std::vector<Point> parts;
  for (int i = 0; i <= 2000; ++i) parts.push_back({10 + i * 0.05, 20});
  Raster many = blank(120, 40);
  Path joined;
  joined.add_stroke(parts, 4);
  fill(many, joined, {0, 0, 0});
  EXPECT_NEAR(darkness(many), darkness(line), 2);
  Raster disc = blank(60, 60);
  Path round;
  round.add_disc({30.3, 29.6}, 20);
  fill(disc, round, {0, 0, 0});
  EXPECT_NEAR(darkness(disc), 3.14159 * 400, 4);
}

}  // namespace
}  // namespace gluino::viz
