#include <gluino/base/error.h>
#include <gluino/base/file.h>
#include <gluino/viz/drawing.h>
#include <gluino/viz/font.h>
#include <gluino/viz/rasterize.h>

#include <algorithm>
#include <cmath>
#include <variant>

namespace gluino::viz {
namespace {

constexpr std::int64_t kMostSide = 32'000;
constexpr std::int64_t kMostPixels = std::int64_t{1} << 28;
constexpr int kMostScale = 16;

// Marks in pixels of the picture.
class Painter {
 public:
  Painter(Raster& raster, double scale) : raster_(raster), scale_(scale) {}

  void operator()(const Line& line) const {
    std::vector<Point> points;
    points.reserve(line.points.size());
    for (const Point& point : line.points) points.push_back(scaled(point));
    Path path;
    if (!points.empty()) path.add_stroke(points, line.width * scale_);
    fill(raster_, path, line.color, line.opacity);
  }

  void operator()(const Box& box) const {
    const Point from = scaled(box.corner);
    const Point to = scaled({box.corner.x + box.width, box.corner.y + box.height});
    Path path;
    path.add_contour({from, {to.x, from.y}, to, {from.x, to.y}});
    fill(raster_, path, box.color);
  }

  void operator()(const Disc& disc) const {
    Path path;
    path.add_disc(scaled(disc.center), disc.radius * scale_);
    fill(raster_, path, disc.color);
  }

  void operator()(const Text& text) const {
    constexpr double kPlaces[] = {0, 0.5, 1};
    const double before = width_of(text) * kPlaces[static_cast<int>(text.anchor)] * scale_;
    const Point at = scaled(text.at);
    for (Path& letter : text_paths(text.text, text.size * scale_)) {
      letter.move(-before, 0);
      if (text.is_upright) letter.turn_left();
      // The line of writing lies on whole pixels.
      letter.move(text.is_upright ? std::round(at.x) : at.x,
                  text.is_upright ? at.y : std::round(at.y));
      fill(raster_, letter, text.color);
    }
  }

 private:
  Point scaled(const Point& point) const { return {point.x * scale_, point.y * scale_}; }

  Raster& raster_;
  double scale_;
};

}  // namespace

Raster to_raster(const Drawing& drawing, int scale) {
  check(scale >= 1 && scale <= kMostScale, "to_raster: scale: expected 1 to ", kMostScale, ", got ",
        scale);
  const std::int64_t width = std::int64_t{drawing.width} * scale;
  const std::int64_t height = std::int64_t{drawing.height} * scale;
  check(width > 0 && height > 0, "to_raster: expected a drawing with pixels, got ", drawing.width,
        " x ", drawing.height);
  check(std::max(width, height) <= kMostSide && width <= kMostPixels / height,
        "to_raster: the picture would be too large: ", width, " x ", height, " pixels");
  Raster raster{.width = static_cast<int>(width),
                .height = static_cast<int>(height),
                .pixels = std::vector<std::uint8_t>(static_cast<std::size_t>(3 * width * height),
                                                    colors::kPaper.red),
                .channels = 3};
  const Painter painter(raster, scale);
  for (const Mark& mark : drawing.marks) std::visit(painter, mark);
  return raster;
}

void save_drawing(const std::string& path, const Drawing& drawing, int scale) {
  if (path.ends_with(".svg")) {
    write_file(path, to_svg(drawing));
  } else if (path.ends_with(".png")) {
    write_png(path, to_raster(drawing, scale));
  } else {
    fail(path, ": expected a name that ends in .svg or .png");
  }
}

}  // namespace gluino::viz
