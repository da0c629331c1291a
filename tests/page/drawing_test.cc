#include <gluino/base/error.h>
#include <page/on_the_page.h>

#include <cmath>

// Digits are drawn as people draw them, and the page reads them.

namespace digits_test {
namespace {

using Drawing = OnThePage;

// How many of these places of the window have ink.
int inked(Page& page, const Stroke& places) {
  Json points = Json::array();
  for (const Point& place : places) points.push_back({place.x, place.y});
  return page.value(
      "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))).then(() => {"
      "const board = document.querySelector('#board'), at = board.getBoundingClientRect();"
      "const ratio = board.width / at.width, context = board.getContext('2d');"
      "return " +
      points.dump() +
      ".filter(([x, y]) => "
      "context.getImageData((x - at.x) * ratio, (y - at.y) * ratio, 1, 1).data[3] > 128).length "
      "})");
}

TEST_F(Drawing, EveryDigitIsReadByEachHand) {
  Page& page = open();
  int count = 0, right = 0;
  std::string wrong;
  for (int digit = 0; digit < 10; ++digit) {
    page.draw_digit(digit, 0);
    EXPECT_EQ(page.reads(), std::to_string(digit));
    for (int hand = 1; hand < hands_of(digit); ++hand) {
      page.draw_digit(digit, hand);
      const std::string read = page.reads();
      ++count;
      right += read == std::to_string(digit) ? 1 : 0;
      if (read != std::to_string(digit)) {
        wrong += gluino::str(" ", digit, "/", hand, " as '", read, "'");
      }
    }
  }
  EXPECT_GE(right, 0.95 * count) << "read wrongly:" << wrong;
}

TEST_F(Drawing, FingersAndPensDrawAsTheMouseDoes) {
  Page& page = open(kPhone);
  for (int digit = 0; digit < 10; ++digit) {
    page.draw_digit(digit, 0, 0.62, {0.5, 0.5}, digit % 2 == 0 ? Pointer::finger : Pointer::pen);
    EXPECT_EQ(page.reads(), std::to_string(digit));
  }
}

TEST_F(Drawing, DigitsInCornersTinyAndHugeAreRead) {
  Page& page = open();
  const struct {
    int digit;
    double height;
    Point where;
  } drawn[] = {
      {2, 0.20, {0.09, 0.14}}, {3, 0.20, {0.91, 0.14}}, {5, 0.20, {0.09, 0.86}},
      {6, 0.20, {0.91, 0.86}}, {4, 0.96, {0.50, 0.50}}, {8, 0.94, {0.50, 0.50}},
      {7, 0.35, {0.50, 0.20}}, {0, 0.30, {0.30, 0.80}},
  };
  for (const auto& [digit, height, where] : drawn) {
    page.draw_digit(digit, 0, height, where);
    EXPECT_EQ(page.reads(), std::to_string(digit)) << height << " high";
  }
  page.value("document.querySelector('#brush').value = 1");
  for (const int digit : {2, 3, 5}) {
    page.draw_digit(digit, 0, 0.05, {0.7, 0.3});
    EXPECT_EQ(page.reads(), std::to_string(digit)) << "tiny";
  }
}

TEST_F(Drawing, AnOpenNineIsANine) {
  Page& page = open();
  page.click("#clear");
  const Area on = page.board();
  const std::vector<Stroke> nine = {{{0.24, -0.38},
                                     {0.08, -0.48},
                                     {-0.14, -0.42},
                                     {-0.22, -0.22},
                                     {-0.12, -0.04},
                                     {0.06, -0.06},
                                     {0.2, -0.2},
                                     {0.26, -0.34},
                                     {0.25, -0.1},
                                     {0.22, 0.2},
                                     {0.16, 0.5}}};
  page.draw(placed(nine, on.at(0.5, 0.5), 0.6 * on.height));
  EXPECT_EQ(page.reads(), "9");
}

TEST_F(Drawing, SeveralInARowAreReadAndOneIsChosen) {
  Page& page = open();
  const Area on = page.board();
  double across = 0.12;
  for (const int digit : {9, 0, 2, 1, 0}) {
    page.draw(placed(written(digit, 0), on.at(across, 0.5), 0.26 * on.height));
    across += 0.19;
  }
  EXPECT_EQ(page.reads(), "90210");
  page.wait_for("find_text('#answer') === '90210'");
  EXPECT_EQ(page.value("document.querySelectorAll('#boxes div').length"), 5);
  // The boxes stand around the digits, in their order.
  const Area third = page.area("#boxes div:nth-child(3)");
  const double middle = (third.x + third.width / 2 - on.x) / on.width;
  EXPECT_NEAR(middle, 0.5, 0.05);
  EXPECT_NEAR(third.height, 0.33 * on.height, 0.06 * on.height);
  page.click(".numeral:nth-child(3)");
  EXPECT_EQ(page.value("document.querySelector('.numeral[aria-pressed=true]').dataset.digit"), "2");
  EXPECT_GT(page.value("Number(document.querySelectorAll('.bar')[2].ariaValueNow)"), 0.5);
}

TEST_F(Drawing, FastLinesDoNotFallIntoDots) {
  Page& page = open();
  const Area on = page.board();
  // Two events, far apart.
  page.draw(Stroke{on.at(0.1, 0.1), on.at(0.9, 0.1)});
  Stroke between;
  for (double t = 0.11; t < 0.89; t += 0.01) between.push_back(on.at(t, 0.1));
  EXPECT_EQ(inked(page, between), static_cast<int>(between.size()));
  // Far more events than frames: the pen was at each of the places.
  Stroke wave;
  for (double t = 0; t <= 1; t += 0.0025) {
    wave.push_back(on.at(0.05 + 0.9 * t, 0.6 + 0.25 * std::sin(40 * t)));
  }
  page.draw(wave);
  EXPECT_GE(inked(page, wave), 0.99 * static_cast<double>(wave.size()));
}

TEST_F(Drawing, AVerticalStrokeOnAPhoneDoesNotScroll) {
  Page& page = open(kPhone);
  const Area on = page.board();
  const auto vertical = [&](double x) {
    Stroke stroke;
    for (double t = 0.9; t > 0.1; t -= 0.02) stroke.push_back({x, on.at(0, t).y});
    return stroke;
  };
  page.draw(vertical(on.x + on.width / 2), Pointer::finger);
  EXPECT_EQ(page.reads(), "1");
  EXPECT_EQ(page.value("scrollY"), 0);
  // Beside the board the same movement does.
  page.draw(vertical(4), Pointer::finger);
  page.wait_for("scrollY > 50");
}

TEST_F(Drawing, HatchingADotAndALineAreNoDigits) {
  Page& page = open();
  const Area on = page.board();
  Stroke hatching;
  for (int i = 0; i <= 24; ++i) hatching.push_back(on.at(0.25 + 0.02 * i, i % 2 == 0 ? 0.2 : 0.8));
  for (const Stroke& stroke : {hatching, Stroke{on.at(0.5, 0.5)},
                               Stroke{on.at(0.2, 0.5), on.at(0.5, 0.5), on.at(0.8, 0.5)}}) {
    page.click("#clear");
    page.draw(stroke);
    EXPECT_EQ(page.reads(), "");
    page.wait_for("find_text('#answer') === 'That does not look like a digit.'");
  }
}

TEST_F(Drawing, WhatTheNetworkSawIsShown) {
  Page& page = open();
  page.draw_digit(3, 0);
  EXPECT_EQ(page.reads(), "3");
  // Pixels with ink in what it was given, and in both layers' maps.
  const Json counts = page.value(
      "[...document.querySelectorAll('.inside figure:not([hidden]) canvas')].map(canvas => "
      "[canvas.width, canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)"
      ".data.filter((value, i) => i % 4 === 3 && value > 40).length])");
  ASSERT_EQ(counts.size(), 3U) << counts;
  EXPECT_EQ(counts[0][0], 28);
  for (const Json& canvas : counts) EXPECT_GT(canvas[1], 50) << counts;
  page.click("#clear");
  EXPECT_EQ(page.value("document.querySelector('#seen canvas').ariaLabel"), "Nothing yet");
}

}  // namespace
}  // namespace digits_test
