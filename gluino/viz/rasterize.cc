#include <freetype/ftoutln.h>
#include <ft2build.h>
#include <gluino/base/error.h>
#include <gluino/viz/rasterize.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>
#include FT_FREETYPE_H

namespace gluino::viz {
namespace {

constexpr double kFractions = 64;  // of a pixel, in FreeType's numbers
// FreeType counts a row's pixels in 16 bits, and has room for so many edges in one.
constexpr std::size_t kMostPoints = 2000;
constexpr int kMostPixels = 32'000;

void check_done(FT_Error error) {
  check(error == 0, "viz: FreeType could not draw: error ", error);
}

struct Close {
  void operator()(FT_Library library) const { FT_Done_FreeType(library); }
};
using Library = std::unique_ptr<std::remove_pointer_t<FT_Library>, Close>;

// Each thread's own, so that threads draw beside each other.
FT_Library library() {
  thread_local const Library own = [] {
    FT_Library made = nullptr;
    check_done(FT_Init_FreeType(&made));
    return Library(made);
  }();
  return own.get();
}

FT_Pos fixed_point(double value) { return std::lround(value * kFractions); }

// What FreeType needs of a path, moved by whole pixels to lie near (0, 0).
class Outline {
 public:
  Outline(const Path& path, std::span<const std::size_t> ends, std::size_t begin, double left,
          double top) {
    for (std::size_t i = begin; i < ends.back(); ++i) {
      const Path::Node& node = path.nodes[i];
      points_.push_back({fixed_point(node.at.x - left), fixed_point(node.at.y - top)});
      tags_.push_back(node.is_on_curve ? FT_CURVE_TAG_ON : FT_CURVE_TAG_CONIC);
    }
    for (const std::size_t end : ends) contours_.push_back(static_cast<short>(end - begin - 1));
    outline_.n_contours = static_cast<short>(contours_.size());
    outline_.n_points = static_cast<short>(points_.size());
    outline_.points = points_.data();
    outline_.tags = tags_.data();
    outline_.contours = contours_.data();
  }
  FT_Outline* get() { return &outline_; }

 private:
  std::vector<FT_Vector> points_;
  std::vector<char> tags_;
  std::vector<short> contours_;
  FT_Outline outline_{};
};

// Where covered pixels go.
struct Paint {
  Raster& raster;
  int left;  ///< of the outline's (0, 0)
  int top;
  std::array<double, 3> color;
  double opacity;

  void mix(int y, const FT_Span& span) const {
    const double share = opacity * span.coverage / 255;
    const auto channels = static_cast<std::size_t>(raster.channels);
    const std::size_t first =
        (static_cast<std::size_t>(top + y) * static_cast<std::size_t>(raster.width) +
         static_cast<std::size_t>(left + span.x)) *
        channels;
    for (std::size_t i = 0; i < span.len * channels; ++i) {
      std::uint8_t& value = raster.pixels[first + i];
      value = static_cast<std::uint8_t>(std::lround(value + (color[i % channels] - value) * share));
    }
  }
};

// FreeType calls it for each row.
void mix_spans(int y, int count, const FT_Span* spans, void* paint) {
  for (int i = 0; i < count; ++i) static_cast<const Paint*>(paint)->mix(y, spans[i]);
}

std::array<double, 3> shades(const Raster& raster, const Color& color) {
  if (raster.channels == 3) {
    return {double(color.red), double(color.green), double(color.blue)};
  }
  return {0.2126 * color.red + 0.7152 * color.green + 0.0722 * color.blue, 0, 0};
}

// Contours from number `first` to before number `end`.
void fill_part(Raster& raster, const Path& path, std::size_t first, std::size_t end,
               const Color& color, double opacity) {
  const std::size_t begin = first == 0 ? 0 : path.ends[first - 1];
  const auto ends = std::span(path.ends).subspan(first, end - first);
  Point low = path.nodes[begin].at;
  Point high = low;
  for (std::size_t i = begin; i < ends.back(); ++i) {
    const Point& at = path.nodes[i].at;
    low = {std::min(low.x, at.x), std::min(low.y, at.y)};
    high = {std::max(high.x, at.x), std::max(high.y, at.y)};
  }
  if (high.x < 0 || high.y < 0 || low.x > raster.width || low.y > raster.height) return;
  const double left = std::floor(std::max(low.x, 0.0));
  const double top = std::floor(std::max(low.y, 0.0));
  Outline outline(path, ends, begin, left, top);
  Paint paint{raster, static_cast<int>(left), static_cast<int>(top), shades(raster, color),
              opacity};
  FT_Raster_Params params{};
  params.flags = FT_RASTER_FLAG_AA | FT_RASTER_FLAG_DIRECT | FT_RASTER_FLAG_CLIP;
  params.gray_spans = mix_spans;
  params.user = &paint;
  params.clip_box = {0, 0, std::min(raster.width - paint.left, kMostPixels),
                     std::min(raster.height - paint.top, kMostPixels)};
  check_done(FT_Outline_Render(library(), outline.get(), &params));
}

}  // namespace

void fill(Raster& raster, const Path& path, const Color& color, double opacity) {
  std::size_t first = 0;
  while (first < path.ends.size()) {
    const std::size_t begin = first == 0 ? 0 : path.ends[first - 1];
    std::size_t end = first + 1;
    while (end < path.ends.size() && path.ends[end] - begin <= kMostPoints) ++end;
    if (path.ends[end - 1] > begin) fill_part(raster, path, first, end, color, opacity);
    first = end;
  }
}

}  // namespace gluino::viz
