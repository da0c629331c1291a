#include <gluino/base/error.h>
#include <gluino/viz/chart.h>
#include <gluino/viz/font.h>
#include <gluino/viz/sheet.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace gluino::viz {
namespace {

constexpr Color kWorst{230, 159, 0};
constexpr Color kMiddle{120, 150, 150};
constexpr Color kBest{0, 92, 175};
constexpr Color kNoResult{150, 150, 150};
constexpr int kTicksUp = 6;

// An axis of settings as it is drawn: those of the chart, and that of the results.
struct Upright {
  std::string title;
  Range range;
};

void check_lines(const ParallelChart& chart) {
  for (const ParallelLine& line : chart.lines) {
    check(line.values.size() == chart.axes.size(), "draw: expected ", chart.axes.size(),
          " values in each line, one for each axis, got ", line.values.size());
  }
}

Range named_range(const std::vector<std::string>& categories) {
  Range range{.low = -0.5, .high = static_cast<double>(categories.size()) - 0.5};
  for (std::size_t i = 0; i < categories.size(); ++i) {
    range.ticks.push_back({static_cast<double>(i), categories[i]});
  }
  return range;
}

std::vector<Upright> uprights_of(const ParallelChart& chart) {
  std::vector<Upright> uprights;
  for (std::size_t i = 0; i < chart.axes.size(); ++i) {
    const ParallelAxis& axis = chart.axes[i];
    std::vector<double> values;
    values.reserve(chart.lines.size());
    for (const ParallelLine& line : chart.lines) values.push_back(line.values[i]);
    uprights.push_back({axis.title, axis.categories.empty()
                                        ? range_of({.scale = axis.scale}, values, kTicksUp)
                                        : named_range(axis.categories)});
  }
  std::vector<double> results;
  results.reserve(chart.lines.size());
  for (const ParallelLine& line : chart.lines) results.push_back(line.result);
  uprights.push_back(
      {chart.result_title, range_of({.scale = chart.result_scale}, results, kTicksUp)});
  return uprights;
}

// From the worst (0) to the best (1), by rank: one bad trial does not make all others alike.
std::vector<double> ranks_of(const ParallelChart& chart, std::vector<std::size_t>& order) {
  order.resize(chart.lines.size());
  std::iota(order.begin(), order.end(), 0);
  const auto worth = [&](std::size_t i) {
    const double result = chart.lines[i].result;
    if (!std::isfinite(result)) return -HUGE_VAL;
    return chart.is_higher_better ? result : -result;
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return worth(a) < worth(b); });
  std::vector<double> ranks(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    const bool is_tie = i > 0 && worth(order[i]) == worth(order[i - 1]);
    ranks[order[i]] = is_tie ? ranks[order[i - 1]]
                             : static_cast<double>(i) / std::max(1.0, double(order.size()) - 1);
  }
  if (ranks.size() == 1) ranks[0] = 1;
  return ranks;
}

Color color_of(double rank) {
  return rank < 0.5 ? mixed(kWorst, kMiddle, 2 * rank) : mixed(kMiddle, kBest, 2 * rank - 1);
}

void add_line(Sheet& sheet, const ParallelChart& chart, const ParallelLine& trial, double rank,
              const std::vector<Upright>& uprights, const std::vector<double>& places) {
  const bool has_result = std::isfinite(trial.result);
  Line line{.points = {}, .color = has_result ? color_of(rank) : kNoResult};
  line.opacity = has_result ? 0.45 + 0.5 * rank : 0.4;
  line.width = has_result && rank == 1 ? 3 : 1.4;
  const auto finish = [&] {
    if (line.points.size() > 1) sheet.drawing.marks.emplace_back(line);
    line.points.clear();
  };
  for (std::size_t i = 0; i < uprights.size(); ++i) {
    const double value = i < chart.axes.size() ? trial.values[i] : trial.result;
    const Range& range = uprights[i].range;
    if (!is_drawable(value, range.scale) || value < range.low || value > range.high) {
      finish();
      continue;
    }
    line.points.push_back({places[i], sheet.y_of(range, value)});
  }
  finish();
}

// Texts stand right of their axis, those of the last one left, on paper so that lines do not cross
// them.
void add_axis(Sheet& sheet, const Upright& upright, double x, double space, bool is_last) {
  sheet.line({x, sheet.top}, {x, sheet.bottom}, colors::kSoft, 1.5);
  const double side = is_last ? -1 : 1;
  for (const Tick& tick : upright.range.ticks) {
    const double y = sheet.y_of(upright.range, tick.value);
    const std::string text = fitted(tick.text, kTickSize, space - 14);
    const double width = text_width(text, kTickSize);
    sheet.line({x, y}, {x + 4 * side, y}, colors::kSoft);
    sheet.drawing.marks.emplace_back(
        Box{{is_last ? x - 9 - width : x + 5, y - 8}, width + 4, 16, colors::kPaper});
    sheet.text({x + 7 * side, y + kTickSize * 0.36}, text, is_last ? Anchor::end : Anchor::start,
               kTickSize, colors::kInk);
  }
}

}  // namespace

Drawing draw(const ParallelChart& chart) {
  check_lines(chart);
  const std::vector<Upright> uprights = uprights_of(chart);
  Sheet sheet(chart.title, chart.width, chart.height);
  std::vector<double> places;
  const double count = static_cast<double>(uprights.size());
  const double pitch = count > 1 ? sheet.width() / (count - 1) : sheet.width();
  places.reserve(uprights.size());
  for (double i = 0; i < count; ++i) {
    places.push_back(count > 1 ? sheet.left + pitch * i : sheet.right);
  }
  // Titles begin at the first axis, end at the last, and stand over the middle of the others.
  for (std::size_t i = 0; i < uprights.size(); ++i) {
    const bool is_last = i + 1 == uprights.size();
    const Anchor anchor = is_last ? Anchor::end : i == 0 ? Anchor::start : Anchor::middle;
    const double room = (i == 0 || is_last ? 0.5 : 1) * pitch - 8;
    sheet.text({places[i], sheet.top + ascent(kTextSize)},
               fitted(uprights[i].title, kTextSize, std::max(room, 20.0)), anchor);
  }
  sheet.top += line_pitch(kTextSize) + 14;
  sheet.bottom -= 6;
  std::vector<std::size_t> order;
  const std::vector<double> ranks = ranks_of(chart, order);
  for (const std::size_t i : order) {
    add_line(sheet, chart, chart.lines[i], ranks[i], uprights, places);
  }
  for (std::size_t i = 0; i < uprights.size(); ++i) {
    const bool is_last = i + 1 == uprights.size();
    add_axis(sheet, uprights[i], places[i], is_last ? pitch / 2 : pitch, is_last);
  }
  return sheet.drawing;
}

}  // namespace gluino::viz
