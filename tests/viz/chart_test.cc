#include <gluino/base/error.h>
#include <gluino/base/file.h>
#include <gluino/viz/chart.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "ops/support.h"
#include "viz/pictures.h"

namespace gluino::viz {
namespace {

using gluino::testing::message_of;
using testing::Extent;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

LineChart curves() {
  return {.title = "Learning curves <of> \"lenet\" & Ärger",
          .x = {"epoch"},
          .y = {"loss", Scale::logarithmic},
          .series = {{"training", {1, 2, 3, 4}, {0.5, 0.1, 0.04, 0.02}},
                     {"validation", {1, 2, 3, 4}, {0.4, kNaN, 0.05, 0}}}};
}

BarChart bars() {
  return {.title = "Per class",
          .x_title = "digit",
          .y = {"share", Scale::linear, 0},
          .names = {"0", "1", "a name that is much too long for its place below a bar"},
          .bars = {{"precision", {0.9, 1, 0.7}}, {"recall", {0.8, kNaN, -0.2}}}};
}

HeatMap confusion() {
  HeatMap chart{
      .title = "Confusion", .x_title = "taken for", .y_title = "is", .has_log_shades = true};
  for (int i = 0; i < 10; ++i) {
    chart.rows.push_back(std::to_string(i));
    chart.columns.push_back(std::to_string(i));
    chart.values.emplace_back(10, double(i));
    chart.values.back()[std::size_t(i)] = 1000;
  }
  return chart;
}

ParallelChart trials() {
  ParallelChart chart{
      .title = "Trials",
      .axes = {{"lr", Scale::logarithmic},
               {"net", Scale::linear, {"mlp", "lenet", "a net with a very long name indeed"}},
               {"batch size"}}};
  for (int i = 0; i < 20; ++i) {
    chart.lines.push_back({{std::pow(10, -i / 5.0), double(i % 3), 32.0 * (i % 4 + 1)},
                           i == 7 ? kNaN : 0.9 + 0.005 * i});
  }
  return chart;
}

std::vector<Drawing> all_charts() {
  ParallelChart one = trials();
  one.lines.resize(1);
  BarChart empty_bars;
  LineChart long_names = curves();
  for (int i = 0; i < 12; ++i) long_names.series.push_back(long_names.series[0]);
  for (Series& series : long_names.series) series.name += std::string(60, 'm');
  long_names.title = std::string(400, 'W');
  long_names.x.title = long_names.y.title = std::string(300, 'y');
  long_names.height = 700;
  return {draw(curves()),    draw(bars()),     draw(confusion()),     draw(trials()),  draw(one),
          draw(LineChart{}), draw(empty_bars), draw(ParallelChart{}), draw(long_names)};
}

// The kind of mistake that readers of charts complain of: text over an edge or over other text.
TEST(Chart, TextLiesWithinTheDrawingAndNotOverOther) {
  for (const Drawing& drawing : all_charts()) {
    const Extent paper{0, 0, double(drawing.width), double(drawing.height)};
    std::vector<std::pair<std::string, Extent>> texts;
    for (const std::string& element : testing::elements(to_svg(drawing), "text")) {
      const Extent extent = testing::extent_of_text(element);
      EXPECT_TRUE(extent.is_within(paper, 0.5)) << drawing.title << ": " << element;
      for (const auto& [other, place] : texts) {
        EXPECT_FALSE(extent.touches(place)) << drawing.title << ": " << element << "\n" << other;
      }
      texts.emplace_back(element, extent);
    }
  }
}

TEST(Chart, MarksLieWithinTheDrawing) {
  for (const Drawing& drawing : all_charts()) {
    for (const Mark& mark : drawing.marks) {
      const auto* line = std::get_if<Line>(&mark);
      if (line == nullptr) continue;
      for (const Point& point : line->points) {
        EXPECT_TRUE(point.x >= 0 && point.x <= drawing.width) << point.x;
        EXPECT_TRUE(point.y >= 0 && point.y <= drawing.height) << point.y;
      }
    }
  }
}

TEST(Chart, TheSameChartGivesTheSameBytes) {
  const std::vector<Drawing> again = all_charts();
  std::size_t i = 0;
  for (const Drawing& drawing : all_charts()) {
    EXPECT_EQ(to_svg(drawing), to_svg(again[i]));
    EXPECT_EQ(to_raster(drawing).pixels, to_raster(again[i]).pixels) << drawing.title;
    ++i;
  }
}

TEST(Chart, SvgHoldsTextAsTextAndNothingFromOutside) {
  const std::string svg = to_svg(draw(curves()));
  EXPECT_THAT(svg, HasSubstr("Learning curves &lt;of&gt; &quot;lenet&quot; &amp; Ärger</text>"));
  EXPECT_THAT(svg, HasSubstr("class=\"fill-paper\""));
  EXPECT_THAT(svg, Not(HasSubstr("href")));
  EXPECT_THAT(svg, Not(HasSubstr("url(")));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_TRUE(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\"")) << svg;
  EXPECT_TRUE(svg.ends_with("</svg>\n"));
}

TEST(Chart, LinesStandWhereTheirNumbersAre) {
  const Drawing drawing = draw(LineChart{.series = {{"s", {0, 1, 2, 4}, {0, 10, 5, 10}}}});
  std::vector<Point> points;
  for (const Mark& mark : drawing.marks) {
    const auto* line = std::get_if<Line>(&mark);
    if (line != nullptr && line->points.size() == 4) points = line->points;
  }
  ASSERT_EQ(points.size(), 4U);
  EXPECT_DOUBLE_EQ(points[2].x - points[1].x, points[1].x - points[0].x);
  EXPECT_NEAR(points[3].x - points[0].x, 4 * (points[1].x - points[0].x), 1e-9);
  EXPECT_DOUBLE_EQ(points[1].y, points[3].y);
  EXPECT_NEAR(points[2].y, (points[0].y + points[1].y) / 2, 1e-9);
  EXPECT_LT(points[1].y, points[0].y) << "more is higher";
}

TEST(Chart, WhatIsNoNumberLeavesAGap) {
  const auto pieces = [](std::vector<double> y) {
    const Drawing drawing = draw(LineChart{.series = {{"s", {1, 2, 3, 4, 5}, std::move(y)}}});
    int count = 0;
    for (const Mark& mark : drawing.marks) {
      const auto* line = std::get_if<Line>(&mark);
      count += line != nullptr && line->width == 2;
    }
    return count;
  };
  EXPECT_EQ(pieces({1, 2, 3, 4, 5}), 1);
  EXPECT_EQ(pieces({1, 2, kNaN, 4, 5}), 2);
  EXPECT_EQ(pieces({1, HUGE_VAL, 3, -HUGE_VAL, 5}), 3);
  EXPECT_EQ(pieces({kNaN, kNaN, kNaN, kNaN, kNaN}), 0);
}

TEST(Chart, TheBestTrialIsDrawnLast) {
  for (const bool is_higher_better : {true, false}) {
    ParallelChart chart = trials();
    chart.is_higher_better = is_higher_better;
    const Drawing drawing = draw(chart);
    double thickest = 0;
    const Line* last = nullptr;
    for (const Mark& mark : drawing.marks) {
      const auto* line = std::get_if<Line>(&mark);
      if (line == nullptr || line->points.size() < 4) continue;
      thickest = std::max(thickest, line->width);
      last = line;
    }
    ASSERT_NE(last, nullptr);
    EXPECT_EQ(last->width, thickest);
    // Its end stands at the best result: at the top or at the bottom of the last axis.
    EXPECT_EQ(last->points.back().y < drawing.height / 2.0, is_higher_better);
  }
}

TEST(Chart, WrongOnesAreRefused) {
  const auto refuses = [](const std::function<void()>& body, const char* part) {
    EXPECT_THAT(message_of(body), HasSubstr(part));
  };
  refuses([] { draw(LineChart{.series = {{"s", {1, 2}, {1}}}}); }, "as many x as y, got 2 and 1");
  refuses([] { draw(LineChart{.y = {.scale = Scale::logarithmic, .low = 0}, .series = {}}); },
          "limits above 0, got 0");
  refuses([] { draw(LineChart{.y = {.high = kNaN}, .series = {}}); }, "a finite limit");
  refuses([] { draw(LineChart{.series = {}, .width = 5}); }, "100 to 10000 pixels");
  refuses([] { draw(LineChart{.series = {}, .height = 1 << 30}); }, "100 to 10000 pixels");
  BarChart uneven = bars();
  uneven.names.pop_back();
  refuses([&] { draw(uneven); }, "expected 2 values");
  refuses([] { draw(HeatMap{}); }, "rows and columns, got 0 x 0");
  refuses(
      [] {
        draw(HeatMap{.columns = {"a"}, .rows = {"b"}, .values = {{1, 2}}});
      },
      "expected 1 values in a row, got 2");
  refuses(
      [] {
        draw(ParallelChart{.axes = {{"a"}}, .lines = {{{1, 2}, 3}}});
      },
      "expected 1 values");
  refuses([] { to_raster(draw(curves()), 0); }, "scale: expected 1 to 16, got 0");
  refuses([] { to_raster(Drawing{.width = 1 << 20, .height = 1 << 20}); }, "too large");
  refuses([] { save_drawing("chart.gif", draw(curves())); }, "ends in .svg or .png");
}

// Numbers of all sizes: an axis is always finite, its marks few, in order and within.
TEST(Chart, AxesHoldAnyNumbers) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> exponent(-300, 300);
  for (int i = 0; i < 300; ++i) {
    const double low = std::pow(10, exponent(random)) * (i % 3 == 0 ? -1 : 1);
    const double high = i % 5 == 0 ? low : std::pow(10, exponent(random));
    for (const Scale scale : {Scale::linear, Scale::logarithmic}) {
      const Drawing drawing =
          draw(LineChart{.y = {.scale = scale}, .series = {{"", {1, 2}, {low, high}}}});
      EXPECT_LT(drawing.marks.size(), 100U);
      const std::string svg = to_svg(drawing);
      EXPECT_THAT(svg, Not(HasSubstr("nan")));
      EXPECT_THAT(svg, Not(HasSubstr("\"inf")));
    }
  }
}

// Many edges in one row of pixels.
TEST(Chart, NoiseIsDrawn) {
  std::mt19937 random(3);
  Series noise{"noise", {}, {}};
  for (int i = 0; i < 20'000; ++i) {
    noise.x.push_back(i);
    noise.y.push_back(double(random() % 1000));
  }
  for (const int scale : {1, 4}) {
    const Raster raster =
        to_raster(draw(LineChart{.series = {noise}, .width = 200, .height = 150}), scale);
    EXPECT_EQ(raster.width, 200 * scale);
    EXPECT_FALSE(testing::ink_of(raster).is_empty());
  }
}

TEST(Chart, FilesAreWhatTheirNamesSay) {
  const std::string folder = ::testing::TempDir();
  const Drawing drawing = draw(bars());
  save_drawing(folder + "chart.svg", drawing);
  EXPECT_EQ(read_file(folder + "chart.svg"), to_svg(drawing));
  save_drawing(folder + "chart.png", drawing, 1);
  const std::string png = read_file(folder + "chart.png");
  ASSERT_TRUE(png.starts_with("\x89PNG\r\n"));
  const auto big_endian = [&](std::size_t at) {
    int value = 0;
    for (std::size_t i = 0; i < 4; ++i)
      value = value * 256 + static_cast<unsigned char>(png[at + i]);
    return value;
  };
  EXPECT_EQ(big_endian(16), drawing.width);
  EXPECT_EQ(big_endian(20), drawing.height);
  EXPECT_EQ(png[25], 2) << "red, green and blue";
}

}  // namespace
}  // namespace gluino::viz
