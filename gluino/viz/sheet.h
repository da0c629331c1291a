#pragma once

#include <gluino/viz/chart.h>
#include <gluino/viz/ticks.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What charts have in common; the room's own.
namespace gluino::viz {

inline constexpr double kTitleSize = 16;
inline constexpr double kTextSize = 12;
inline constexpr double kTickSize = 11;
inline constexpr double kMargin = 16;

/// Of series number `i`; they come again after eight.
Color series_color(std::size_t i);

/// From `from` (0) to `to` (1).
Color mixed(const Color& from, const Color& to, double share);

/// The text, or so much of its beginning as is at most `width` wide, with an ellipsis.
std::string fitted(std::string_view text, double size, double width);

/// The widest of texts in pixels.
double widest(const std::vector<std::string>& texts, double size);
double widest(const std::vector<Tick>& ticks);

/// A chart in the making: its drawing, and what of it is still free.
struct Sheet {
  Sheet(const std::string& title, int width, int height);

  void text(const Point& at, const std::string& text, Anchor anchor = Anchor::start,
            double size = kTextSize, const Color& color = colors::kInk);
  void line(const Point& from, const Point& to, const Color& color, double width = 1);

  /// Names beside their colours, below the title.
  void add_legend(const std::vector<std::pair<std::string, Color>>& entries);
  /// The title of an axis at the left; takes its place.
  void add_left_title(const std::string& title);
  /// The same at the lower edge.
  void add_lower_title(const std::string& title);
  /// Lines across what is free, at the ticks of `range`, which stand left of them.
  void add_left_ticks(const Range& range);

  double width() const { return right - left; }
  double height() const { return bottom - top; }
  /// Where a value stands on the axes across and up.
  double x_of(const Range& range, double value) const {
    return left + range.place_of(value) * width();
  }
  double y_of(const Range& range, double value) const {
    return bottom - range.place_of(value) * height();
  }

  Drawing drawing;
  /// What is free.
  double left = kMargin;
  double top = kMargin;
  double right = 0;
  double bottom = 0;
};

/// True for what can stand on an axis of that scale.
bool is_drawable(double value, Scale scale);

/// The range of an axis: what it is given, else that of the values which can be drawn. Throws Error
/// on limits that cannot.
Range range_of(const Axis& axis, const std::vector<double>& values, int most,
               Ends ends = Ends::of_ticks);

}  // namespace gluino::viz
