#include <gluino/base/error.h>
#include <gluino/viz/font.h>
#include <gluino/viz/image_grid.h>
#include <gluino/viz/rasterize.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace gluino::viz {
namespace {

using Pixels = std::vector<std::uint8_t>;
using Lines = std::vector<std::string>;

constexpr std::int64_t kMaxPixels = std::int64_t{1} << 28;
constexpr int kMaxScale = 64;
constexpr int kMaxTextScale = 16;

constexpr std::uint8_t kPaper = 255;
constexpr Color kLetters{48, 48, 48};
constexpr std::uint8_t kFrame = 200;

// In pixels of the screen.
constexpr std::int64_t kMargin = 20;
constexpr std::int64_t kBetweenColumns = 24;
constexpr std::int64_t kBetweenRows = 30;
constexpr std::int64_t kBelowCaption = 14;  // a rule, and space
constexpr std::int64_t kBelowTitle = 4;
constexpr std::int64_t kFrameWidth = 1;

// Of letters, for each unit of text_scale.
constexpr double kTextSize = 8;

/// An image as it will be drawn, frame included.
struct Tile {
  std::int64_t width = 0;
  std::int64_t height = 0;
  std::int64_t image_width = 0;  ///< in pixels of the image
  Pixels pixels;
  Lines title;
};

struct Row {
  Lines caption;
  std::vector<Tile> tiles;
  std::int64_t title_height = 0;
  std::int64_t tile_height = 0;
};

struct Layout {
  std::vector<Row> rows;
  std::int64_t cell_width = 0;
  std::int64_t width = 0;
  std::int64_t height = 0;
};

Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

/// Sizes of texts on the screen.
double text_size(const GridOptions& options) { return kTextSize * options.text_scale; }
std::int64_t line_height(const GridOptions& options) {
  return static_cast<std::int64_t>(line_pitch(text_size(options)));
}
std::int64_t width_of(const Lines& lines, const GridOptions& options) {
  double width = 0;
  for (const std::string& line : lines) {
    width = std::max(width, text_width(line, text_size(options)));
  }
  return static_cast<std::int64_t>(std::ceil(width));
}
std::int64_t text_height(const Lines& lines, const GridOptions& options) {
  return static_cast<std::int64_t>(lines.size()) * line_height(options);
}

/// (height, width) of a grey image, or throws Error.
std::pair<std::int64_t, std::int64_t> image_size(const NDArray& image, const std::string& who) {
  check(image.defined(), who, "expected an image, got a handle without an array");
  const Shape& shape = image.shape();
  if (shape.ndim() == 2) {
    return {shape[0], shape[1]};
  }
  if (shape.ndim() == 3 && shape[2] == 1) {
    return {shape[0], shape[1]};
  }
  if (shape.ndim() == 3 && shape[0] == 1) {
    return {shape[1], shape[2]};
  }
  fail(who, "expected a grey image of shape (height, width), (height, width, 1) or (1, height, ",
       "width), got ", shape);
}

/// The image's elements as shades of the screen: ink is black.
Pixels shades_of(const NDArray& image, const std::string& who) {
  if (image.dtype() == uint8) {
    Pixels shades = image.to_vector<std::uint8_t>();
    for (std::uint8_t& shade : shades) {
      shade = static_cast<std::uint8_t>(kPaper - shade);
    }
    return shades;
  }
  check(is_floating(image.dtype()), who, "expected uint8 or floating pixels, got ", image.dtype());
  Pixels shades;
  shades.reserve(static_cast<std::size_t>(image.size()));
  for (const float value : image.to_vector<float>()) {
    check(value >= 0.0F && value <= 1.0F, who, "expected floating pixels in [0, 1], got ", value);
    shades.push_back(static_cast<std::uint8_t>(kPaper - std::lround(value * 255.0F)));
  }
  return shades;
}

Tile make_tile(const GridImage& image, const std::string& who, const GridOptions& options) {
  const auto [height, width] = image_size(image.image, who);
  // An image without pixels may still be long, so each side is bounded before it is scaled.
  check(height <= kMaxPixels && width <= kMaxPixels, who,
        "is too large to draw: ", image.image.shape());
  return {.width = width * options.scale + 2 * kFrameWidth,
          .height = height * options.scale + 2 * kFrameWidth,
          .image_width = width,
          .pixels = shades_of(image.image, who),
          .title = lines_of(image.title)};
}

void add_section(Layout& layout, const GridSection& section, const std::string& who,
                 const GridOptions& options) {
  layout.rows.push_back({.caption = lines_of(section.caption), .tiles = {}});
  for (std::size_t i = 0; i < section.images.size(); ++i) {
    if (layout.rows.back().tiles.size() == static_cast<std::size_t>(options.columns)) {
      layout.rows.emplace_back();
    }
    Tile tile = make_tile(section.images[i], str(who, "image ", i, ": "), options);
    Row& row = layout.rows.back();
    row.title_height = std::max(row.title_height, text_height(tile.title, options));
    row.tile_height = std::max(row.tile_height, tile.height);
    layout.cell_width = std::max({layout.cell_width, tile.width, width_of(tile.title, options)});
    row.tiles.push_back(std::move(tile));
  }
}

std::int64_t caption_height(const Row& row, const GridOptions& options) {
  return row.caption.empty() ? 0 : text_height(row.caption, options) + kBelowCaption;
}

std::int64_t row_height(const Row& row, const GridOptions& options) {
  return caption_height(row, options) + row.title_height +
         (row.title_height > 0 ? kBelowTitle : 0) + row.tile_height;
}

void measure(Layout& layout, const GridOptions& options) {
  std::int64_t widest = 0;
  layout.height = 2 * kMargin - kBetweenRows;
  for (const Row& row : layout.rows) {
    const auto columns = static_cast<std::int64_t>(row.tiles.size());
    check(layout.cell_width <= kMaxPixels / std::max<std::int64_t>(columns, 1),
          "[save_image_grid] the picture would be too large: ", columns, " columns of ",
          layout.cell_width, " pixels");
    widest = std::max({widest, columns * (layout.cell_width + kBetweenColumns) - kBetweenColumns,
                       width_of(row.caption, options)});
    layout.height += row_height(row, options) + kBetweenRows;
  }
  layout.width = widest + 2 * kMargin;
  check(layout.width <= kMaxPixels && layout.height <= kMaxPixels / layout.width,
        "[save_image_grid] the picture would be too large: ", layout.width, " x ", layout.height,
        " pixels");
}

void fill_box(Raster& raster, std::int64_t left, std::int64_t top, std::int64_t width,
              std::int64_t height, std::uint8_t shade) {
  for (std::int64_t y = top; y < top + height; ++y) {
    std::fill_n(raster.pixels.begin() + y * raster.width + left, width, shade);
  }
}

void draw_line(Raster& raster, double left, std::int64_t top, const std::string& line,
               const GridOptions& options) {
  const double size = text_size(options);
  for (Path& letter : text_paths(line, size)) {
    letter.move(left, static_cast<double>(top) + std::ceil(ascent(size)));
    fill(raster, letter, kLetters);
  }
}

void draw_tile(Raster& raster, std::int64_t left, std::int64_t top, const Tile& tile,
               std::int64_t scale) {
  fill_box(raster, left, top, tile.width, tile.height, kFrame);
  for (std::size_t i = 0; i < tile.pixels.size(); ++i) {
    const auto index = static_cast<std::int64_t>(i);
    fill_box(raster, left + kFrameWidth + index % tile.image_width * scale,
             top + kFrameWidth + index / tile.image_width * scale, scale, scale, tile.pixels[i]);
  }
}

void draw_row(Raster& raster, std::int64_t top, const Row& row, const Layout& layout,
              const GridOptions& options) {
  const std::int64_t pitch = line_height(options);
  for (std::size_t i = 0; i < row.caption.size(); ++i) {
    draw_line(raster, kMargin, top + static_cast<std::int64_t>(i) * pitch, row.caption[i], options);
  }
  if (!row.caption.empty()) {
    fill_box(raster, kMargin, top + text_height(row.caption, options), layout.width - 2 * kMargin,
             kFrameWidth, kFrame);
  }
  // Titles stand on their images, also beside longer ones.
  const std::int64_t tiles_top = top + row_height(row, options) - row.tile_height;
  std::int64_t middle = kMargin + layout.cell_width / 2;
  for (const Tile& tile : row.tiles) {
    std::int64_t line_top = tiles_top - kBelowTitle - text_height(tile.title, options);
    for (const std::string& line : tile.title) {
      const double width = text_width(line, text_size(options));
      draw_line(raster, static_cast<double>(middle) - width / 2, line_top, line, options);
      line_top += pitch;
    }
    draw_tile(raster, middle - tile.width / 2, tiles_top, tile, options.scale);
    middle += layout.cell_width + kBetweenColumns;
  }
}

}  // namespace

Raster render_image_grid(const std::vector<GridSection>& sections, const GridOptions& options) {
  check(options.columns >= 1, "[save_image_grid] columns: expected at least 1, got ",
        options.columns);
  check(options.scale >= 1 && options.scale <= kMaxScale, "[save_image_grid] scale: expected 1 to ",
        kMaxScale, ", got ", options.scale);
  check(options.text_scale >= 1 && options.text_scale <= kMaxTextScale,
        "[save_image_grid] text_scale: expected 1 to ", kMaxTextScale, ", got ",
        options.text_scale);
  check(std::any_of(sections.begin(), sections.end(),
                    [](const GridSection& section) { return !section.images.empty(); }),
        "[save_image_grid] expected at least one image, got none");

  Layout layout;
  for (std::size_t i = 0; i < sections.size(); ++i) {
    const std::string section = sections.size() > 1 ? str("section ", i, ", ") : "";
    add_section(layout, sections[i], "[save_image_grid] " + section, options);
  }
  measure(layout, options);

  Raster raster{.width = static_cast<int>(layout.width),
                .height = static_cast<int>(layout.height),
                .pixels = Pixels(static_cast<std::size_t>(layout.width * layout.height), kPaper)};
  std::int64_t top = kMargin;
  for (const Row& row : layout.rows) {
    draw_row(raster, top, row, layout, options);
    top += row_height(row, options) + kBetweenRows;
  }
  return raster;
}

Raster render_image_grid(const std::vector<GridImage>& images, const GridOptions& options) {
  return render_image_grid(std::vector<GridSection>{{.caption = "", .images = images}}, options);
}

void save_image_grid(const std::string& path, const std::vector<GridSection>& sections,
                     const GridOptions& options) {
  write_png(path, render_image_grid(sections, options));
}

void save_image_grid(const std::string& path, const std::vector<GridImage>& images,
                     const GridOptions& options) {
  write_png(path, render_image_grid(images, options));
}

}  // namespace gluino::viz
