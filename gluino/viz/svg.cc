#include <gluino/base/error.h>
#include <gluino/base/text.h>
#include <gluino/viz/drawing.h>
#include <gluino/viz/font.h>
#include <gluino/viz/utf8.h>

#include <cmath>
#include <string_view>
#include <variant>

namespace gluino::viz {
namespace {

// Hundredths of a pixel, without zeros behind.
std::string number(double value) {
  std::string text = fixed(value, 2);
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string attribute(std::string_view name, const std::string& value) {
  return str(" ", name, "=\"", value, "\"");
}
std::string attribute(std::string_view name, double value) {
  return attribute(name, number(value));
}

// `use` is "fill" or "stroke". A page's own colours need both the class and what is coloured.
std::string colored(const char* use, const Color& color, double opacity = 1) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex = "#";
  for (const unsigned value : {color.red, color.green, color.blue}) {
    hex += kDigits[value / 16];
    hex += kDigits[value % 16];
  }
  std::string text;
  if (*color.role != '\0') text += attribute("class", str(use, "-", color.role));
  text += attribute(use, hex);
  if (opacity != 1) text += attribute(str(use, "-opacity"), opacity);
  return text;
}

std::string with_hint(const std::string& element, const char* name, const std::string& hint) {
  if (hint.empty()) return element + "/>";
  return str(element, "><title>", escaped(hint), "</title></", name, ">");
}

std::string svg_of(const Line& line) {
  std::string points;
  for (const Point& point : line.points) {
    points += str(points.empty() ? "" : " ", number(point.x), ",", number(point.y));
  }
  return str("<polyline", attribute("points", points), attribute("fill", "none"),
             attribute("stroke-width", line.width), attribute("stroke-linejoin", "round"),
             attribute("stroke-linecap", "round"), colored("stroke", line.color, line.opacity),
             "/>");
}

std::string svg_of(const Box& box) {
  return with_hint(str("<rect", attribute("x", box.corner.x), attribute("y", box.corner.y),
                       attribute("width", box.width), attribute("height", box.height),
                       colored("fill", box.color)),
                   "rect", box.hint);
}

std::string svg_of(const Disc& disc) {
  return with_hint(str("<circle", attribute("cx", disc.center.x), attribute("cy", disc.center.y),
                       attribute("r", disc.radius), colored("fill", disc.color)),
                   "circle", disc.hint);
}

std::string svg_of(const Text& text) {
  constexpr const char* kAnchors[] = {"start", "middle", "end"};
  const std::string turned = text.is_upright
                                 ? attribute("transform", str("rotate(-90 ", number(text.at.x), " ",
                                                              number(text.at.y), ")"))
                                 : "";
  return str("<text", attribute("x", text.at.x), attribute("y", text.at.y), turned,
             attribute("font-size", text.size),
             attribute("text-anchor", kAnchors[static_cast<int>(text.anchor)]),
             attribute("textLength", width_of(text)), attribute("lengthAdjust", "spacingAndGlyphs"),
             colored("fill", text.color), ">", escaped(text.text), "</text>");
}

}  // namespace

double width_of(const Text& text) { return text_width(text.text, text.size); }

std::string to_svg(const Drawing& drawing) {
  std::string svg =
      str("<svg xmlns=\"http://www.w3.org/2000/svg\"",
          attribute("viewBox", str("0 0 ", drawing.width, " ", drawing.height)),
          attribute("width", drawing.width), attribute("height", drawing.height),
          attribute("font-family", "DejaVu Sans, Verdana, sans-serif"), attribute("role", "img"),
          ">\n<title>", escaped(drawing.title), "</title>\n",
          svg_of(Box{{0, 0}, double(drawing.width), double(drawing.height), colors::kPaper}), "\n");
  for (const Mark& mark : drawing.marks) {
    svg += std::visit([](const auto& each) { return svg_of(each); }, mark) + "\n";
  }
  return svg + "</svg>\n";
}

}  // namespace gluino::viz
