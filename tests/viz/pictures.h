#pragma once

#include <gluino/viz/drawing.h>
#include <gluino/viz/raster.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <regex>
#include <string>
#include <vector>

/// What tests see in pictures.
namespace gluino::viz::testing {

inline Raster blank(int width, int height, int channels = 1) {
  const std::size_t size = std::size_t(width) * std::size_t(height) * std::size_t(channels);
  return {.width = width,
          .height = height,
          .pixels = std::vector<std::uint8_t>(size, 255),
          .channels = channels};
}

struct Extent {
  double left = 1e9;
  double top = 1e9;
  double right = -1e9;
  double bottom = -1e9;

  bool is_empty() const { return right < left; }
  bool is_within(const Extent& other, double slack = 0) const {
    return left >= other.left - slack && top >= other.top - slack && right <= other.right + slack &&
           bottom <= other.bottom + slack;
  }
  bool touches(const Extent& other) const {
    return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
  }
};

/// Where a picture is not white.
inline Extent ink_of(const Raster& raster) {
  Extent ink;
  const auto channels = std::size_t(raster.channels);
  for (std::size_t i = 0; i < raster.pixels.size(); ++i) {
    if (raster.pixels[i] == 255) continue;
    const double x = double(i / channels % std::size_t(raster.width));
    const double y = double(i / channels / std::size_t(raster.width));
    ink = {std::min(ink.left, x), std::min(ink.top, y), std::max(ink.right, x + 1),
           std::max(ink.bottom, y + 1)};
  }
  return ink;
}

/// The value of an attribute of an SVG element; empty if there is none.
inline std::string attribute(const std::string& element, const std::string& name) {
  std::smatch found;
  return std::regex_search(element, found, std::regex(" " + name + "=\"([^\"]*)\""))
             ? found[1].str()
             : "";
}

inline double number(const std::string& element, const std::string& name) {
  const std::string text = attribute(element, name);
  return text.empty() ? 0 : std::stod(text);
}

inline std::vector<std::string> elements(const std::string& svg, const std::string& name) {
  std::vector<std::string> found;
  for (std::size_t at = svg.find("<" + name + " "); at != std::string::npos;
       at = svg.find("<" + name + " ", at + 1)) {
    found.push_back(svg.substr(at, svg.find("\n", at) - at));
  }
  return found;
}

/// Where a <text> of our SVG stands: the place that its letters are made to take.
inline Extent extent_of_text(const std::string& element) {
  const double size = number(element, "font-size");
  const double width = number(element, "textLength");
  const double x = number(element, "x");
  const double y = number(element, "y");
  const std::string anchor = attribute(element, "text-anchor");
  const double before = anchor == "middle" ? width / 2 : anchor == "end" ? width : 0;
  // Capital letters and what hangs below, as they are; most fonts leave more room.
  const double up = 0.76 * size;
  const double down = 0.24 * size;
  if (element.find("rotate(-90") != std::string::npos) {
    return {x - up, y + before - width, x + down, y + before};
  }
  return {x - before, y - up, x - before + width, y + down};
}

}  // namespace gluino::viz::testing
