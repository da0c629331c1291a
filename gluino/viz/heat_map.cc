#include <gluino/base/error.h>
#include <gluino/viz/chart.h>
#include <gluino/viz/font.h>
#include <gluino/viz/sheet.h>

#include <algorithm>
#include <cmath>

namespace gluino::viz {
namespace {

constexpr Color kFewest{239, 243, 248};
constexpr Color kMost{8, 69, 148};
constexpr Color kOnLight{31, 35, 40};
constexpr Color kOnDark{255, 255, 255};
constexpr int kLeastCell = 12;
constexpr int kMostCell = 200;

void check_values(const HeatMap& chart) {
  check(!chart.rows.empty() && !chart.columns.empty(),
        "draw: expected a map with rows and columns, got ", chart.rows.size(), " x ",
        chart.columns.size());
  check(chart.values.size() == chart.rows.size(), "draw: expected ", chart.rows.size(),
        " rows of values, got ", chart.values.size());
  for (const auto& row : chart.values) {
    check(row.size() == chart.columns.size(), "draw: expected ", chart.columns.size(),
          " values in a row, got ", row.size());
  }
  check(chart.cell >= kLeastCell && chart.cell <= kMostCell, "draw: cell: expected ", kLeastCell,
        " to ", kMostCell, ", got ", chart.cell);
}

// From 0 for the smallest to 1 for the largest.
class Shades {
 public:
  explicit Shades(const HeatMap& chart) : has_log_(chart.has_log_shades) {
    for (const auto& row : chart.values) {
      for (const double value : row) {
        if (!std::isfinite(value)) continue;
        low_ = std::min(low_, value);
        high_ = std::max(high_, value);
      }
    }
  }
  double operator()(double value) const {
    if (!std::isfinite(value) || high_ <= low_) return 0;
    if (!has_log_) return (value - low_) / (high_ - low_);
    return std::log1p(value - low_) / std::log1p(high_ - low_);
  }

 private:
  bool has_log_;
  double low_ = 0;
  double high_ = 0;
};

void add_cells(Sheet& sheet, const HeatMap& chart) {
  const Shades shades(chart);
  const double cell = chart.cell;
  for (std::size_t i = 0; i < chart.rows.size(); ++i) {
    const double top = sheet.top + cell * static_cast<double>(i);
    for (std::size_t k = 0; k < chart.columns.size(); ++k) {
      const double value = chart.values[i][k];
      const double shade = shades(value);
      const double left = sheet.left + cell * static_cast<double>(k);
      const std::string text = short_number(value);
      sheet.drawing.marks.emplace_back(Box{{left, top},
                                           cell - 1,
                                           cell - 1,
                                           mixed(kFewest, kMost, shade),
                                           str(chart.rows[i], ", ", chart.columns[k], ": ", text)});
      // Zeros would hide the others, and are told by the shade.
      if (value == 0 || text_width(text, kTickSize) > cell - 4) continue;
      sheet.text({left + (cell - 1) / 2, top + cell / 2 + kTickSize * 0.36}, text, Anchor::middle,
                 kTickSize, shade > 0.5 ? kOnDark : kOnLight);
    }
  }
}

}  // namespace

Drawing draw(const HeatMap& chart) {
  check_values(chart);
  const double cell = chart.cell;
  const double title_height = line_pitch(kTextSize) + 6;
  const double names = widest(chart.rows, kTickSize) + 8;
  const double width = 2 * kMargin + names + (chart.y_title.empty() ? 0 : title_height) +
                       cell * static_cast<double>(chart.columns.size());
  const double height = 2 * kMargin + line_pitch(kTickSize) + 6 +
                        (chart.title.empty() ? 0 : line_pitch(kTitleSize) + 10) +
                        (chart.x_title.empty() ? 0 : title_height) +
                        cell * static_cast<double>(chart.rows.size());
  Sheet sheet(chart.title, std::max(100, static_cast<int>(std::ceil(width))),
              std::max(100, static_cast<int>(std::ceil(height))));
  sheet.add_lower_title(chart.x_title);
  sheet.bottom -= line_pitch(kTickSize) + 6;
  sheet.add_left_title(chart.y_title);
  sheet.left += names;
  add_cells(sheet, chart);
  for (std::size_t i = 0; i < chart.rows.size(); ++i) {
    sheet.text(
        {sheet.left - 8, sheet.top + cell * (static_cast<double>(i) + 0.5) + kTickSize * 0.36},
        chart.rows[i], Anchor::end, kTickSize, colors::kSoft);
  }
  for (std::size_t k = 0; k < chart.columns.size(); ++k) {
    sheet.text(
        {sheet.left + cell * (static_cast<double>(k) + 0.5), sheet.bottom + 6 + ascent(kTickSize)},
        fitted(chart.columns[k], kTickSize, cell), Anchor::middle, kTickSize, colors::kSoft);
  }
  return sheet.drawing;
}

}  // namespace gluino::viz
