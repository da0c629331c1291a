#include <gluino/base/error.h>
#include <gluino/viz/chart.h>
#include <gluino/viz/font.h>
#include <gluino/viz/sheet.h>

#include <algorithm>
#include <utility>

namespace gluino::viz {
namespace {

// A few points are shown as such; many would be a thick line.
constexpr std::size_t kMostDots = 30;
constexpr int kTicksUp = 6;
constexpr int kTicksAcross = 9;

std::vector<double> all(const std::vector<Series>& series, std::vector<double> Series::*axis) {
  std::vector<double> values;
  for (const Series& each : series) {
    values.insert(values.end(), (each.*axis).begin(), (each.*axis).end());
  }
  return values;
}

// Below the plot; those that would touch their neighbour are left out.
void add_lower_ticks(Sheet& sheet, const Range& x) {
  double free = 0;
  for (const Tick& tick : x.ticks) {
    const double at = sheet.x_of(x, tick.value);
    const double half = text_width(tick.text, kTickSize) / 2;
    const double to = std::min(at + half, sheet.drawing.width - 2.0);
    if (at - half < free) continue;
    sheet.line({at, sheet.bottom}, {at, sheet.bottom + 4}, colors::kSoft);
    sheet.text({to - half, sheet.bottom + 6 + ascent(kTickSize)}, tick.text, Anchor::middle,
               kTickSize, colors::kSoft);
    free = to + 6;
  }
}

void add_series(Sheet& sheet, const Series& series, const Color& color, const Range& x,
                const Range& y) {
  const bool has_dots = series.x.size() <= kMostDots;
  std::vector<Point> line;
  const auto finish = [&] {
    if (line.empty()) return;
    sheet.drawing.marks.emplace_back(Line{line, color, 2});
    line.clear();
  };
  const auto is_seen = [](const Range& range, double value) {
    return is_drawable(value, range.scale) && value >= range.low && value <= range.high;
  };
  std::vector<Disc> dots;
  for (std::size_t i = 0; i < series.x.size(); ++i) {
    if (!is_seen(x, series.x[i]) || !is_seen(y, series.y[i])) {
      finish();
      continue;
    }
    line.push_back({sheet.x_of(x, series.x[i]), sheet.y_of(y, series.y[i])});
    if (has_dots) {
      dots.push_back({line.back(), 3.2, color,
                      str(series.name, ": ", short_number(series.y[i], 6), " at ",
                          short_number(series.x[i], 6))});
    }
  }
  finish();
  for (Disc& dot : dots) sheet.drawing.marks.emplace_back(std::move(dot));
}

}  // namespace

Drawing draw(const LineChart& chart) {
  for (const Series& series : chart.series) {
    check(series.x.size() == series.y.size(), "draw: series '", series.name,
          "': expected as many x as y, got ", series.x.size(), " and ", series.y.size());
  }
  const Range x = range_of(chart.x, all(chart.series, &Series::x), kTicksAcross, Ends::of_values);
  const Range y = range_of(chart.y, all(chart.series, &Series::y), kTicksUp);
  Sheet sheet(chart.title, chart.width, chart.height);
  std::vector<std::pair<std::string, Color>> entries;
  entries.reserve(chart.series.size());
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    entries.emplace_back(chart.series[i].name, series_color(i));
  }
  if (entries.size() > 1) sheet.add_legend(entries);
  sheet.add_lower_title(chart.x.title);
  sheet.bottom -= line_pitch(kTickSize) + 6;
  sheet.add_left_title(chart.y.title);
  // Half a letter, for the first and the last number below.
  sheet.right -= 8;
  sheet.add_left_ticks(y);
  sheet.line({sheet.left, sheet.bottom}, {sheet.right, sheet.bottom}, colors::kSoft);
  add_lower_ticks(sheet, x);
  if (chart.has_diagonal) {
    sheet.line({sheet.left, sheet.bottom}, {sheet.right, sheet.top}, colors::kSoft);
  }
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    add_series(sheet, chart.series[i], entries[i].second, x, y);
  }
  return sheet.drawing;
}

}  // namespace gluino::viz
