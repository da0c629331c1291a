#include <apps/digits/robust/drawing.h>
#include <gluino/io/pictures/image.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <string>

namespace digits::drawing {
namespace {

double radians(double degrees) { return degrees * std::numbers::pi / 180; }

// Between the middles of pixels; 0 beyond the edges.
double sampled(const Coverage& source, double x, double y) {
  const double left = std::floor(x - 0.5);
  const double top = std::floor(y - 0.5);
  const double tx = x - 0.5 - left;
  const double ty = y - 0.5 - top;
  const auto at = [&](double column, double row) -> double {
    const auto cx = static_cast<std::int64_t>(column);
    const auto cy = static_cast<std::int64_t>(row);
    return source.contains(cx, cy) ? source.at(cx, cy) : 0;
  };
  return (at(left, top) * (1 - tx) + at(left + 1, top) * tx) * (1 - ty) +
         (at(left, top + 1) * (1 - tx) + at(left + 1, top + 1) * tx) * ty;
}

std::uint8_t to_byte(float value) {
  return static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0F, 255.0F)));
}

// The mean over `reach` pixels to both sides, along rows or columns.
Grid<Colour> box_blurred(const Grid<Colour>& from, std::int64_t reach, bool along_rows) {
  Grid<Colour> to(from.width, from.height);
  const std::int64_t length = along_rows ? from.width : from.height;
  const std::int64_t lines = along_rows ? from.height : from.width;
  for (std::int64_t line = 0; line < lines; ++line) {
    const auto place = [&](std::int64_t i) {
      const std::int64_t inside = std::clamp<std::int64_t>(i, 0, length - 1);
      return along_rows ? from.index(inside, line) : from.index(line, inside);
    };
    for (std::int64_t i = 0; i < length; ++i) {
      Colour sum{};
      for (std::int64_t j = i - reach; j <= i + reach; ++j) {
        for (std::size_t c = 0; c < 3; ++c) sum[c] += from.cells[place(j)][c];
      }
      for (float& c : sum) c /= static_cast<float>(2 * reach + 1);
      to.cells[place(i)] = sum;
    }
  }
  return to;
}

}  // namespace

std::uint64_t Random::next() {
  std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

double Random::between(double low, double high) {
  return low + (high - low) * static_cast<double>(next() >> 11) * 0x1p-53;
}

std::int64_t Random::whole(std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(high - low + 1));
}

double Random::normal() {
  // The sum of twelve uniform numbers: near enough, and the same wherever it is computed.
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += between(0, 1);
  return sum;
}

void put(const Coverage& source, const Placement& p, Coverage& canvas) {
  // So many samples along each side of a pixel that none of the source's is passed over; one where
  // the source is not made smaller, so that it is not blurred.
  const double step = std::max(std::hypot(p.xx, p.yx), std::hypot(p.xy, p.yy));
  const int samples = step < 1.001 ? 1 : static_cast<int>(std::min(std::ceil(2 * step), 16.0));
  for (std::int64_t y = 0; y < canvas.height; ++y) {
    for (std::int64_t x = 0; x < canvas.width; ++x) {
      double sum = 0;
      for (int j = 0; j < samples; ++j) {
        for (int i = 0; i < samples; ++i) {
          const double dx = static_cast<double>(x) + (i + 0.5) / samples - p.to_x;
          const double dy = static_cast<double>(y) + (j + 0.5) / samples - p.to_y;
          sum +=
              sampled(source, p.xx * dx + p.xy * dy + p.from_x, p.yx * dx + p.yy * dy + p.from_y);
        }
      }
      float& to = canvas.at(x, y);
      to = std::max(to, static_cast<float>(sum / (samples * samples)));
    }
  }
}

void put(const Coverage& source, double scale, double degrees, double x, double y,
         Coverage& canvas) {
  const double cosine = std::cos(radians(degrees)) / scale;
  const double sine = std::sin(radians(degrees)) / scale;
  put(source,
      {.xx = cosine,
       .xy = sine,
       .yx = -sine,
       .yy = cosine,
       .from_x = static_cast<double>(source.width) / 2,
       .from_y = static_cast<double>(source.height) / 2,
       .to_x = x,
       .to_y = y},
      canvas);
}

void draw_line(Coverage& canvas, const Point& a, const Point& b, double width) {
  const double length = (b.x - a.x) * (b.x - a.x) + (b.y - a.y) * (b.y - a.y);
  for (std::int64_t y = 0; y < canvas.height; ++y) {
    for (std::int64_t x = 0; x < canvas.width; ++x) {
      const double px = static_cast<double>(x) + 0.5 - a.x;
      const double py = static_cast<double>(y) + 0.5 - a.y;
      const double along = length == 0 ? 0 : (px * (b.x - a.x) + py * (b.y - a.y)) / length;
      const double t = std::clamp(along, 0.0, 1.0);
      const double off = std::hypot(px - t * (b.x - a.x), py - t * (b.y - a.y));
      float& to = canvas.at(x, y);
      to = std::max(to, static_cast<float>(std::clamp(width / 2 + 0.5 - off, 0.0, 1.0)));
    }
  }
}

Coverage with_pen(const Coverage& source, double pixels) {
  // At four times the size, a disc is moved along the shape.
  constexpr std::int64_t kFiner = 4;
  Coverage large(source.width * kFiner, source.height * kFiner);
  put(source, kFiner, 0, static_cast<double>(large.width) / 2,
      static_cast<double>(large.height) / 2, large);
  const double radius = std::abs(pixels) * kFiner;
  const auto reach = static_cast<std::int64_t>(std::ceil(radius));
  Coverage moved = large;
  for (std::int64_t y = 0; y < large.height; ++y) {
    for (std::int64_t x = 0; x < large.width; ++x) {
      float& value = moved.at(x, y);
      for (std::int64_t dy = -reach; dy <= reach; ++dy) {
        for (std::int64_t dx = -reach; dx <= reach; ++dx) {
          if (std::hypot(static_cast<double>(dx), static_cast<double>(dy)) > radius) continue;
          if (!large.contains(x + dx, y + dy)) continue;
          const float other = large.at(x + dx, y + dy);
          value = pixels > 0 ? std::max(value, other) : std::min(value, other);
        }
      }
    }
  }
  Coverage result(source.width, source.height);
  put(moved, 1.0 / kFiner, 0, static_cast<double>(source.width) / 2,
      static_cast<double>(source.height) / 2, result);
  return result;
}

Grid<Colour> coloured(const Coverage& coverage, const Colour& ink, const Colour& paper) {
  Grid<Colour> pixels(coverage.width, coverage.height);
  for (std::size_t i = 0; i < pixels.cells.size(); ++i) {
    const float share = coverage.cells[i];
    for (std::size_t c = 0; c < 3; ++c) {
      pixels.cells[i][c] = paper[c] + share * (ink[c] - paper[c]);
    }
  }
  return pixels;
}

void blur(Grid<Colour>& pixels, double deviation) {
  // Three boxes are nearly a bell; each of width n has the variance (n * n - 1) / 12.
  const double width = std::sqrt(4 * deviation * deviation + 1);
  const auto reach = static_cast<std::int64_t>(std::lround((width - 1) / 2));
  if (reach < 1) return;
  for (int i = 0; i < 3; ++i) pixels = box_blurred(box_blurred(pixels, reach, true), reach, false);
}

void add_noise(Grid<Colour>& pixels, double deviation, Random& random) {
  for (Colour& pixel : pixels.cells) {
    // Most of it is of brightness, as cameras have it.
    const double brightness = random.normal();
    for (float& c : pixel) {
      c += static_cast<float>(deviation * (0.9 * brightness + 0.4 * random.normal()));
    }
  }
}

void shade(Grid<Colour>& pixels, const Light& light) {
  const double dx = std::cos(radians(light.degrees));
  const double dy = std::sin(radians(light.degrees));
  for (std::int64_t y = 0; y < pixels.height; ++y) {
    for (std::int64_t x = 0; x < pixels.width; ++x) {
      const double u = 2 * (static_cast<double>(x) + 0.5) / static_cast<double>(pixels.width) - 1;
      const double v = 2 * (static_cast<double>(y) + 0.5) / static_cast<double>(pixels.height) - 1;
      const double share =
          1 + light.slope * (u * dx + v * dy) / 2 - light.corners * (u * u + v * v) / 2;
      for (float& c : pixels.at(x, y)) c *= static_cast<float>(share);
    }
  }
}

void cast(const Shadow& shadow, Grid<Colour>& pixels) {
  const double dx = std::cos(radians(shadow.degrees));
  const double dy = std::sin(radians(shadow.degrees));
  for (std::int64_t y = 0; y < pixels.height; ++y) {
    for (std::int64_t x = 0; x < pixels.width; ++x) {
      const double inside =
          (static_cast<double>(x) - shadow.x) * dx + (static_cast<double>(y) - shadow.y) * dy;
      const double share = std::clamp(inside / shadow.softness + 0.5, 0.0, 1.0);
      for (float& c : pixels.at(x, y)) c *= static_cast<float>(1 - shadow.darkness * share);
    }
  }
}

gluino::NDArray to_picture(const Grid<Colour>& pixels) {
  gluino::NDArray picture({pixels.height, pixels.width, 3}, gluino::uint8);
  auto* out = picture.data<std::uint8_t>();
  for (const Colour& pixel : pixels.cells) {
    for (const float c : pixel) *out++ = to_byte(c);
  }
  return picture;
}

gluino::NDArray to_grey_picture(const Coverage& coverage, float ink, float paper) {
  gluino::NDArray picture({coverage.height, coverage.width, 1}, gluino::uint8);
  auto* out = picture.data<std::uint8_t>();
  for (const float share : coverage.cells) *out++ = to_byte(paper + share * (ink - paper));
  return picture;
}

gluino::NDArray through_jpeg(const gluino::NDArray& picture, int quality) {
  const std::string bytes =
      gluino::image::imencode(picture, {.format = ".jpg", .quality = quality});
  return gluino::image::imdecode(bytes, {.flag = -1});
}

}  // namespace digits::drawing
