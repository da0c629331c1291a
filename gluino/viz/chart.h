#pragma once

#include <gluino/base/export.h>
#include <gluino/viz/drawing.h>

#include <optional>
#include <string>
#include <vector>

/// Charts. Each is described once, drawn by draw(), and written by save_drawing, to_svg or
/// to_raster:
///
///     viz::save_drawing("loss.svg", viz::draw({.title = "Loss", .x = {"epoch"}, .y = {"loss"},
///                                              .series = {{"training", {1, 2}, {0.3, 0.2}}}}));
namespace gluino::viz {

enum class Scale { linear, logarithmic };

struct Axis {
  std::string title{};
  Scale scale = Scale::linear;
  /// Where it begins and ends; found in the values where not given.
  std::optional<double> low{};
  std::optional<double> high{};
};

/// Points that a line joins. Where one of their numbers is not finite, or not above 0 on a
/// logarithmic axis, the line has a gap.
struct Series {
  std::string name;
  std::vector<double> x;
  std::vector<double> y;
};

struct LineChart {
  std::string title{};
  Axis x{};
  Axis y{};
  std::vector<Series> series{};
  /// From (low, low) to (high, high), as what the points are compared with.
  bool has_diagonal = false;
  int width = 640;
  int height = 400;
};

/// Bars side by side for each name, from 0 on unless the axis has another scale. What is no finite
/// number has no bar.
struct Bars {
  std::string name;
  std::vector<double> values;
};

struct BarChart {
  std::string title{};
  std::string x_title{};
  Axis y{};
  std::vector<std::string> names{};
  std::vector<Bars> bars{};
  int width = 640;
  int height = 400;
};

/// Numbers by row and column, the larger the darker: a confusion matrix.
struct HeatMap {
  std::string title{};
  std::string x_title{};
  std::string y_title{};
  std::vector<std::string> columns{};
  std::vector<std::string> rows{};
  /// Whole numbers are written as such.
  std::vector<std::vector<double>> values{};
  /// Shades follow the logarithm, so that few show beside many.
  bool has_log_shades = false;
  int cell = 44;
};

/// An axis of settings: numbers, or the names of `categories`, whose places then are the values.
struct ParallelAxis {
  std::string title;
  Scale scale = Scale::linear;
  std::vector<std::string> categories{};
};

struct ParallelLine {
  /// One for each axis; where one is not finite the line has a gap.
  std::vector<double> values;
  /// Decides the colour. NaN where there is none: such lines are grey.
  double result = 0;
};

/// Each line is a trial: its settings, and what came of it, which is the last axis.
struct ParallelChart {
  std::string title{};
  std::vector<ParallelAxis> axes{};
  std::vector<ParallelLine> lines{};
  std::string result_title = "result";
  Scale result_scale = Scale::linear;
  /// The best lines are drawn last, over the others.
  bool is_higher_better = true;
  int width = 900;
  int height = 420;
};

/// Each throws Error when lists do not belong together, when axes cannot be drawn (a logarithmic
/// one that begins at 0), and on widths and heights out of 100 to 10,000.
GLUINO_API Drawing draw(const LineChart& chart);
GLUINO_API Drawing draw(const BarChart& chart);
GLUINO_API Drawing draw(const HeatMap& chart);
GLUINO_API Drawing draw(const ParallelChart& chart);

}  // namespace gluino::viz
