#include <gluino/base/error.h>
#include <gluino/viz/chart.h>
#include <gluino/viz/font.h>
#include <gluino/viz/sheet.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace gluino::viz {
namespace {

constexpr int kTicksUp = 6;

void check_bars(const BarChart& chart) {
  for (const Bars& bars : chart.bars) {
    check(bars.values.size() == chart.names.size(), "draw: bars '", bars.name, "': expected ",
          chart.names.size(), " values, one for each name, got ", bars.values.size());
  }
}

Range range_up(const BarChart& chart) {
  std::vector<double> values;
  for (const Bars& bars : chart.bars) {
    values.insert(values.end(), bars.values.begin(), bars.values.end());
  }
  // Bars are as long as they are large: 0 is seen.
  if (chart.y.scale == Scale::linear) values.push_back(0);
  return range_of(chart.y, values, kTicksUp);
}

void add_bars(Sheet& sheet, const BarChart& chart, const Range& y) {
  const double pitch =
      sheet.width() / static_cast<double>(std::max<std::size_t>(chart.names.size(), 1));
  const double width =
      0.76 * pitch / static_cast<double>(std::max<std::size_t>(chart.bars.size(), 1));
  const double zero = y.scale == Scale::linear ? std::clamp(0.0, y.low, y.high) : y.low;
  for (std::size_t i = 0; i < chart.names.size(); ++i) {
    const double begin = sheet.left + pitch * (static_cast<double>(i) + 0.12);
    for (std::size_t k = 0; k < chart.bars.size(); ++k) {
      const double value = chart.bars[k].values[i];
      if (!is_drawable(value, y.scale)) continue;
      const double from = sheet.y_of(y, zero);
      const double to = sheet.y_of(y, std::clamp(value, y.low, y.high));
      sheet.drawing.marks.emplace_back(
          Box{{begin + width * static_cast<double>(k), std::min(from, to)},
              width * 0.96,
              std::abs(from - to),
              series_color(k),
              str(chart.names[i], chart.bars.size() > 1 ? ", " + chart.bars[k].name : "", ": ",
                  short_number(value, 6))});
    }
    sheet.text({begin + 0.38 * pitch, sheet.bottom + 6 + ascent(kTickSize)},
               fitted(chart.names[i], kTickSize, pitch), Anchor::middle, kTickSize, colors::kSoft);
  }
}

}  // namespace

Drawing draw(const BarChart& chart) {
  check_bars(chart);
  const Range y = range_up(chart);
  Sheet sheet(chart.title, chart.width, chart.height);
  std::vector<std::pair<std::string, Color>> entries;
  entries.reserve(chart.bars.size());
  for (std::size_t k = 0; k < chart.bars.size(); ++k) {
    entries.emplace_back(chart.bars[k].name, series_color(k));
  }
  if (entries.size() > 1) sheet.add_legend(entries);
  sheet.add_lower_title(chart.x_title);
  sheet.bottom -= line_pitch(kTickSize) + 6;
  sheet.add_left_title(chart.y.title);
  sheet.add_left_ticks(y);
  add_bars(sheet, chart, y);
  sheet.line({sheet.left, sheet.bottom}, {sheet.right, sheet.bottom}, colors::kSoft);
  return sheet.drawing;
}

}  // namespace gluino::viz
