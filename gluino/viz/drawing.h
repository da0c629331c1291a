#pragma once

#include <gluino/base/export.h>
#include <gluino/viz/raster.h>

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace gluino::viz {

/// A colour, with what it is for. In SVG that becomes a class, so that a page that shows it may
/// choose colours of its own: ".fill-ink { fill: white } .stroke-ink { stroke: white }".
struct Color {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;
  const char* role = "";
};

namespace colors {
inline constexpr Color kPaper{255, 255, 255, "paper"};
inline constexpr Color kInk{31, 35, 40, "ink"};
inline constexpr Color kSoft{87, 96, 106, "soft"};
inline constexpr Color kGrid{216, 222, 228, "grid"};
}  // namespace colors

/// In pixels, from the upper left corner.
struct Point {
  double x = 0;
  double y = 0;
};

/// What a drawing is made of.
struct Line {
  std::vector<Point> points;
  Color color = colors::kInk;
  double width = 1;
  double opacity = 1;
};
struct Box {
  Point corner;  ///< upper left
  double width = 0;
  double height = 0;
  Color color = colors::kInk;
  /// What a browser shows under the mouse.
  std::string hint{};
};
struct Disc {
  Point center;
  double radius = 0;
  Color color = colors::kInk;
  std::string hint{};
};
enum class Anchor { start, middle, end };
struct Text {
  Point at;  ///< on the line of writing, where `anchor` says
  std::string text;
  Anchor anchor = Anchor::start;
  double size = 12;
  Color color = colors::kInk;
  /// Written from the bottom to the top.
  bool is_upright = false;
};
using Mark = std::variant<Line, Box, Disc, Text>;

/// A picture before it is one: marks, drawn one over the other on paper. Charts are made as such.
struct Drawing {
  int width = 0;
  int height = 0;
  /// For those who cannot see it.
  std::string title{};
  std::vector<Mark> marks{};
};

/// How wide a text of that size is, in pixels: letters are those of DejaVu Sans.
GLUINO_API double width_of(const Text& text);

/// The drawing as SVG, an element that stands alone as a file and within a page. Letters are left
/// to whoever shows it, but take the place that was measured. The same drawing gives the same text.
GLUINO_API std::string to_svg(const Drawing& drawing);

/// The drawing in pixels, with smooth edges; `scale` of them for each pixel of the drawing. Throws
/// Error on a scale out of 1 to 16, and on a picture without pixels, with more than 2^28 of them,
/// or with more than 32,000 in a row or column.
GLUINO_API Raster to_raster(const Drawing& drawing, int scale = 2);

/// Writes what the path ends in, .svg or .png; the file is the old or the new one. Throws Error on
/// other endings, and when it cannot be written.
GLUINO_API void save_drawing(const std::string& path, const Drawing& drawing, int scale = 2);

}  // namespace gluino::viz
