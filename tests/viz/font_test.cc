#include <gluino/viz/font.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace gluino::viz {
namespace {

std::string dots_of(char character) {
  std::string dots;
  for (int y = 0; y < kGlyphHeight; ++y) {
    for (int x = 0; x < kGlyphWidth; ++x) {
      dots += has_ink(character, x, y) ? '#' : '.';
    }
  }
  return dots;
}

TEST(Font, EachPrintableCharacterHasAGlyphOfItsOwn) {
  std::set<std::string> glyphs;
  for (char character = ' '; character <= '~'; ++character) {
    const std::string dots = dots_of(character);
    EXPECT_EQ(dots.find('#') == std::string::npos, character == ' ') << character;
    EXPECT_TRUE(glyphs.insert(dots).second) << character << " looks like another one";
  }
  EXPECT_EQ(glyphs.size(), 95U);
  EXPECT_TRUE(glyphs.insert(dots_of('\x7f')).second) << "the box looks like a character";
}

TEST(Font, OnlyLettersThatHangAndMarksGoBelowTheLine) {
  const std::string hanging = "gjpqy,;_|";
  for (char character = ' '; character <= '~'; ++character) {
    const std::string below = dots_of(character).substr((kGlyphHeight - kDescent) * kGlyphWidth);
    EXPECT_EQ(below.find('#') != std::string::npos, hanging.find(character) != std::string::npos)
        << character;
  }
}

TEST(Font, WhatItLacksBecomesOneBoxPerCharacter) {
  EXPECT_EQ(drawable(" Predicted: ~3"), " Predicted: ~3");
  EXPECT_EQ(drawable("\t\x01\x7f"), "\x7f\x7f\x7f");
  EXPECT_EQ(drawable("f\xc3\xbcnf \xe2\x82\xac"), "f\x7fnf \x7f");
  EXPECT_EQ(drawable(""), "");
  EXPECT_EQ(dots_of('\xfc'), dots_of('\x7f'));
}

}  // namespace
}  // namespace gluino::viz
