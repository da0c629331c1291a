#include <apps/digits/pictures/colours.h>
#include <gluino/base/error.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace digits {
namespace {

// A digit in a photograph that was made smaller than this is found still.
constexpr std::int64_t kMostPixels = std::int64_t{1} << 21;

constexpr float kOpaque = 255;
// What of a picture counts as seen.
constexpr float kVisible = 128;

struct Pixel {
  Colour colour;
  float opacity;
};

class Pixels {
 public:
  explicit Pixels(const gluino::NDArray& picture)
      : data_(picture.data<std::uint8_t>()),
        width_(picture.shape()[1]),
        height_(picture.shape()[0]),
        channels_(picture.shape()[2]) {}

  std::int64_t width() const { return width_; }
  std::int64_t height() const { return height_; }
  bool has_opacity() const { return channels_ == 2 || channels_ == 4; }

  Pixel at(std::int64_t x, std::int64_t y) const {
    const std::uint8_t* p = data_ + (y * width_ + x) * channels_;
    const float opacity = has_opacity() ? p[channels_ - 1] : kOpaque;
    if (channels_ < 3) return {{float(p[0]), float(p[0]), float(p[0])}, opacity};
    return {{float(p[0]), float(p[1]), float(p[2])}, opacity};
  }

  template <class F>
  void each(F&& visit) const {
    for (std::int64_t y = 0; y < height_; ++y) {
      for (std::int64_t x = 0; x < width_; ++x) visit(x, y, at(x, y));
    }
  }

 private:
  const std::uint8_t* data_;
  std::int64_t width_;
  std::int64_t height_;
  std::int64_t channels_;
};

float brightness(const Colour& c) { return 0.299F * c[0] + 0.587F * c[1] + 0.114F * c[2]; }

// What can be seen of a transparent picture.
struct Seen {
  std::int64_t pixels = 0;
  double mean = 0;       // of the brightness
  double deviation = 0;  // of the brightness
  double fill = 0;       // the share of the box around it
};

Seen see(const Pixels& pixels) {
  Seen seen;
  double sum = 0;
  double squares = 0;
  std::int64_t left = pixels.width();
  std::int64_t top = pixels.height();
  std::int64_t right = -1;
  std::int64_t bottom = -1;
  pixels.each([&](std::int64_t x, std::int64_t y, const Pixel& pixel) {
    if (pixel.opacity < kVisible) return;
    const double b = brightness(pixel.colour);
    ++seen.pixels;
    sum += b;
    squares += b * b;
    left = std::min(left, x);
    right = std::max(right, x);
    top = std::min(top, y);
    bottom = std::max(bottom, y);
  });
  if (seen.pixels == 0) return seen;
  const auto count = static_cast<double>(seen.pixels);
  seen.mean = sum / count;
  seen.deviation = std::sqrt(std::max(squares / count - seen.mean * seen.mean, 0.0));
  seen.fill = count / static_cast<double>((right - left + 1) * (bottom - top + 1));
  return seen;
}

// The colour that most of the visible pixels have, about.
Colour commonest(const Pixels& pixels) {
  constexpr int kSteps = 8;  // of each channel
  struct Bin {
    Colour sum{};
    std::int64_t count = 0;
  };
  std::vector<Bin> bins(kSteps * kSteps * kSteps);
  pixels.each([&](std::int64_t, std::int64_t, const Pixel& pixel) {
    if (pixel.opacity < kVisible) return;
    std::size_t place = 0;
    for (const float c : pixel.colour) place = place * kSteps + static_cast<std::size_t>(c) / 32;
    Bin& bin = bins[place];
    ++bin.count;
    for (std::size_t c = 0; c < 3; ++c) bin.sum[c] += pixel.colour[c];
  });
  const Bin& most = *std::max_element(bins.begin(), bins.end(),
                                      [](const Bin& a, const Bin& b) { return a.count < b.count; });
  Colour mean = most.sum;
  for (float& c : mean) c /= static_cast<float>(std::max<std::int64_t>(most.count, 1));
  return mean;
}

// What is put behind a picture with transparent parts: for ink without paper, white behind dark
// and black behind light; where an opaque card bears the ink, more of the card.
Colour backdrop(const Pixels& pixels) {
  constexpr double kCardFill = 0.6;
  constexpr double kCardDeviation = 25;
  const Seen seen = see(pixels);
  if (seen.fill >= kCardFill && seen.deviation >= kCardDeviation) return commonest(pixels);
  return seen.mean < 128 ? Colour{255, 255, 255} : Colour{0, 0, 0};
}

// True where opacity tells something: not where it is the same everywhere.
bool has_transparent_parts(const Pixels& pixels) {
  if (!pixels.has_opacity()) return false;
  const float first = pixels.at(0, 0).opacity;
  bool differs = first < 1;
  pixels.each([&](std::int64_t, std::int64_t, const Pixel& pixel) {
    differs = differs || pixel.opacity != first;
  });
  return differs;
}

}  // namespace

Colours to_colours(const gluino::NDArray& picture) {
  gluino::check(picture.dtype() == gluino::uint8 && picture.ndim() == 3 &&
                    picture.shape()[2] >= 1 && picture.shape()[2] <= 4,
                "find_digits: expected a picture, uint8 of shape (height, width, channels) with 1 "
                "to 4 channels, got ",
                picture.dtype(), " of shape ", picture.shape());
  if (picture.size() == 0) return {};
  const Pixels pixels(picture);
  const bool transparent = has_transparent_parts(pixels);
  const Colour behind = transparent ? backdrop(pixels) : Colour{};
  Colours result;
  std::int64_t& step = result.reduction;
  // A part of a cell is a cell: a picture of a pixel's width is made smaller, too.
  const auto cells = [&](std::int64_t side) { return (side + step - 1) / step; };
  while (cells(pixels.width()) * cells(pixels.height()) > kMostPixels) ++step;
  result.pixels = Grid<Colour>(cells(pixels.width()), cells(pixels.height()));
  Grid<float> counts(step == 1 ? 0 : result.pixels.width, step == 1 ? 0 : result.pixels.height);
  pixels.each([&](std::int64_t x, std::int64_t y, const Pixel& pixel) {
    const float share = transparent ? pixel.opacity / kOpaque : 1;
    Colour& to = result.pixels.at(x / step, y / step);
    for (std::size_t c = 0; c < 3; ++c) {
      to[c] += transparent ? pixel.colour[c] * share + behind[c] * (1 - share) : pixel.colour[c];
    }
    if (step > 1) counts.at(x / step, y / step) += 1;
  });
  for (std::size_t i = 0; i < counts.cells.size(); ++i) {
    for (float& c : result.pixels.cells[i]) c /= counts.cells[i];
  }
  return result;
}

Grid<Colour> smoothed(const Grid<Colour>& pixels) {
  const auto pass = [](const Grid<Colour>& from, std::int64_t dx, std::int64_t dy) {
    Grid<Colour> to(from.width, from.height);
    for (std::int64_t y = 0; y < from.height; ++y) {
      for (std::int64_t x = 0; x < from.width; ++x) {
        const Colour& before =
            from.at(std::max<std::int64_t>(x - dx, 0), std::max<std::int64_t>(y - dy, 0));
        const Colour& here = from.at(x, y);
        const Colour& behind =
            from.at(std::min(x + dx, from.width - 1), std::min(y + dy, from.height - 1));
        for (std::size_t c = 0; c < 3; ++c) {
          to.at(x, y)[c] = (before[c] + 2 * here[c] + behind[c]) / 4;
        }
      }
    }
    return to;
  };
  return pass(pass(pixels, 1, 0), 0, 1);
}

}  // namespace digits
