#include <gluino/base/error.h>
#include <gluino/viz/font.h>
#include <gluino/viz/sheet.h>
#include <gluino/viz/utf8.h>

#include <algorithm>
#include <cmath>

namespace gluino::viz {
namespace {

constexpr int kLeast = 100;
constexpr int kMost = 10'000;

// Colours that those tell apart, too, who see few of them; on light and on dark paper.
constexpr Color kSeries[] = {{0, 114, 178, "series0"},   {213, 94, 0, "series1"},
                             {0, 158, 115, "series2"},   {204, 121, 167, "series3"},
                             {86, 180, 233, "series4"},  {230, 159, 0, "series5"},
                             {117, 112, 179, "series6"}, {140, 140, 140, "series7"}};

}  // namespace

Color series_color(std::size_t i) { return kSeries[i % std::size(kSeries)]; }

Color mixed(const Color& from, const Color& to, double share) {
  const auto mix = [&](std::uint8_t a, std::uint8_t b) {
    return static_cast<std::uint8_t>(std::lround(a + (b - a) * std::clamp(share, 0.0, 1.0)));
  };
  return {mix(from.red, to.red), mix(from.green, to.green), mix(from.blue, to.blue)};
}

std::string fitted(std::string_view text, double size, double width) {
  if (text_width(text, size) <= width) return std::string(text);
  std::string kept;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = std::max<std::size_t>(character_length(text, i), 1);
    const std::string longer = kept + std::string(text.substr(i, length));
    if (text_width(longer + "…", size) > width) break;
    kept = longer;
    i += length;
  }
  return kept + "…";
}

double widest(const std::vector<std::string>& texts, double size) {
  double width = 0;
  for (const std::string& text : texts) width = std::max(width, text_width(text, size));
  return width;
}

double widest(const std::vector<Tick>& ticks) {
  double width = 0;
  for (const Tick& tick : ticks) width = std::max(width, text_width(tick.text, kTickSize));
  return width;
}

Sheet::Sheet(const std::string& title, int width, int height)
    : drawing{.width = width, .height = height, .title = title},
      right(width - kMargin),
      bottom(height - kMargin) {
  check(std::min(width, height) >= kLeast && std::max(width, height) <= kMost,
        "draw: expected a chart of ", kLeast, " to ", kMost, " pixels, got ", width, " x ", height);
  if (title.empty()) return;
  text({left, top + ascent(kTitleSize)}, fitted(title, kTitleSize, this->width()), Anchor::start,
       kTitleSize);
  top += line_pitch(kTitleSize) + 10;
}

void Sheet::text(const Point& at, const std::string& text, Anchor anchor, double size,
                 const Color& color) {
  if (!text.empty()) drawing.marks.emplace_back(Text{at, text, anchor, size, color});
}

void Sheet::line(const Point& from, const Point& to, const Color& color, double width) {
  drawing.marks.emplace_back(Line{{from, to}, color, width});
}

void Sheet::add_legend(const std::vector<std::pair<std::string, Color>>& entries) {
  constexpr double kSwatch = 18;
  constexpr double kBetween = 22;
  double x = left;
  for (const auto& [name, color] : entries) {
    const std::string shown = fitted(name, kTextSize, width() - kSwatch - 6);
    const double space = kSwatch + 6 + text_width(shown, kTextSize);
    if (x > left && x + space > right) {
      x = left;
      top += line_pitch(kTextSize) + 4;
    }
    line({x, top + 8}, {x + kSwatch, top + 8}, color, 3);
    text({x + kSwatch + 6, top + ascent(kTextSize)}, shown);
    x += space + kBetween;
  }
  if (!entries.empty()) top += line_pitch(kTextSize) + 12;
}

void Sheet::add_left_title(const std::string& title) {
  if (title.empty()) return;
  const std::string shown = fitted(title, kTextSize, height());
  drawing.marks.emplace_back(Text{{left + ascent(kTextSize), (top + bottom) / 2},
                                  shown,
                                  Anchor::middle,
                                  kTextSize,
                                  colors::kSoft,
                                  true});
  left += line_pitch(kTextSize) + 6;
}

void Sheet::add_lower_title(const std::string& title) {
  if (title.empty()) return;
  text({(left + right) / 2, bottom - descent(kTextSize)}, fitted(title, kTextSize, width()),
       Anchor::middle, kTextSize, colors::kSoft);
  bottom -= line_pitch(kTextSize) + 6;
}

void Sheet::add_left_ticks(const Range& range) {
  left += widest(range.ticks) + 8;
  for (const Tick& tick : range.ticks) {
    const double y = y_of(range, tick.value);
    line({left, y}, {right, y}, colors::kGrid);
    text({left - 8, y + kTickSize * 0.36}, tick.text, Anchor::end, kTickSize, colors::kSoft);
  }
}

bool is_drawable(double value, Scale scale) {
  return std::isfinite(value) && (scale == Scale::linear || value > 0);
}

Range range_of(const Axis& axis, const std::vector<double>& values, int most, Ends ends) {
  for (const auto& limit : {axis.low, axis.high}) {
    check(!limit || is_drawable(*limit, axis.scale), "draw: axis '", axis.title, "': expected ",
          axis.scale == Scale::linear ? "a finite limit" : "limits above 0", ", got ",
          limit.value_or(0));
  }
  bool is_empty = true;
  bool is_whole = true;
  double low = axis.scale == Scale::linear ? 0 : 1;
  double high = axis.scale == Scale::linear ? 1 : 10;
  for (const double value : values) {
    if (!is_drawable(value, axis.scale)) continue;
    low = is_empty ? value : std::min(low, value);
    high = is_empty ? value : std::max(high, value);
    is_whole = is_whole && value == std::floor(value);
    is_empty = false;
  }
  low = axis.low.value_or(low);
  high = axis.high.value_or(std::max(high, low));
  low = std::min(low, high);
  // Whole numbers, such as epochs, have no marks between them.
  if (is_whole && high - low < most && high > low) most = static_cast<int>(high - low);
  return make_range(low, high, axis.scale, most, ends);
}

}  // namespace gluino::viz
