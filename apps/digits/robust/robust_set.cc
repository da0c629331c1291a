#include <apps/digits/robust/drawing.h>
#include <apps/digits/robust/robust_set.h>
#include <apps/digits/robust/scribbles.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace digits {
namespace {

using drawing::Coverage;
using drawing::Random;

// Random numbers are drawn within braces, which have an order, not among arguments, which have
// none.

constexpr std::uint64_t kSeed = 20'240'601;
constexpr double kSide = 28;

struct Digit {
  Coverage coverage;
  int label = 0;
};

// A digit as pictures are made of it, and the numbers that they are made by.
struct Source {
  const gluino::gluon::data::Dataset& digits;
  std::int64_t index;
  Random random;

  Digit digit(std::int64_t offset = 0) const {
    const auto sample = digits.get((index + offset) % digits.size());
    const auto pixels = sample[0].to_vector<float>();
    Coverage coverage(sample[0].shape()[1], sample[0].shape()[0]);
    std::transform(pixels.begin(), pixels.end(), coverage.cells.begin(),
                   [](float value) { return value / 255; });
    return {coverage, sample[1].asscalar<int>()};
  }
};

RobustPicture white_on_black(const Coverage& coverage, int label) {
  return {drawing::to_grey_picture(coverage, 255, 0), std::to_string(label)};
}

// A digit alone on a canvas, its middle anywhere, but nothing beyond the edge.
Coverage somewhere(const Digit& digit, double scale, std::int64_t width, std::int64_t height,
                   Random& random) {
  double left = kSide;
  double right = 0;
  double top = kSide;
  double bottom = 0;
  for (std::int64_t y = 0; y < digit.coverage.height; ++y) {
    for (std::int64_t x = 0; x < digit.coverage.width; ++x) {
      if (digit.coverage.at(x, y) == 0) continue;
      left = std::min(left, static_cast<double>(x));
      right = std::max(right, static_cast<double>(x) + 1);
      top = std::min(top, static_cast<double>(y));
      bottom = std::max(bottom, static_cast<double>(y) + 1);
    }
  }
  Coverage canvas(width, height);
  const auto place = [&](double begin, double end, std::int64_t size) {
    const double low = (kSide / 2 - begin) * scale;
    const double high = static_cast<double>(size) - (end - kSide / 2) * scale;
    return low < high ? std::round(random.between(low, high)) : static_cast<double>(size) / 2;
  };
  const double x = place(left, right, width);
  const double y = place(top, bottom, height);
  drawing::put(digit.coverage, scale, 0, x, y, canvas);
  return canvas;
}

// A digit that fills a square canvas as it fills its own, turned.
Coverage filling(const Digit& digit, std::int64_t side, double degrees = 0) {
  Coverage canvas(side, side);
  const double middle = static_cast<double>(side) / 2;
  drawing::put(digit.coverage, static_cast<double>(side) / kSide, degrees, middle, middle, canvas);
  return canvas;
}

RobustPicture as_it_is(Source& source) {
  const Digit digit = source.digit();
  return white_on_black(digit.coverage, digit.label);
}

RobustPicture shifted(Source& source) {
  const Digit digit = source.digit();
  const std::int64_t width = source.random.whole(28, 112);
  const std::int64_t height = source.random.whole(28, 112);
  return white_on_black(somewhere(digit, 1, width, height, source.random), digit.label);
}

RobustPicture scaled(Source& source) {
  const Digit digit = source.digit();
  return white_on_black(filling(digit, source.random.whole(8, 200)), digit.label);
}

RobustPicture inverted(Source& source) {
  const Digit digit = source.digit();
  const auto paper = static_cast<float>(source.random.between(170, 255));
  const auto ink = static_cast<float>(source.random.between(0, 60));
  const double scale = source.random.between(1, 4);
  const auto side = static_cast<std::int64_t>(kSide * scale);
  return {drawing::to_grey_picture(somewhere(digit, scale, side, side, source.random), ink, paper),
          std::to_string(digit.label)};
}

RobustPicture with_other_pen(Source& source, double pixels) {
  const Digit digit = source.digit();
  // Room for the wider strokes.
  Coverage wide(32, 32);
  drawing::put(digit.coverage, 1, 0, 16, 16, wide);
  return white_on_black(drawing::with_pen(wide, pixels), digit.label);
}

RobustPicture thickened(Source& source) {
  return with_other_pen(source, source.random.between(0.5, 1.25));
}

RobustPicture thinned(Source& source) {
  return with_other_pen(source, -source.random.between(0.25, 0.75));
}

float brightness(const Colour& c) { return 0.299F * c[0] + 0.587F * c[1] + 0.114F * c[2]; }

Colour any_colour(Random& random) {
  const auto channel = [&] { return static_cast<float>(random.between(0, 255)); };
  return {channel(), channel(), channel()};
}

struct Colouring {
  Colour ink{};
  Colour paper{};
};

// Any two colours that people can read.
Colouring any_colouring(Random& random) {
  constexpr float kReadable = 90;
  for (;;) {
    const Colouring colours{any_colour(random), any_colour(random)};
    if (std::abs(brightness(colours.ink) - brightness(colours.paper)) >= kReadable) return colours;
  }
}

RobustPicture on_paper(Source& source) {
  Random& random = source.random;
  const Digit digit = source.digit();
  const Colouring colours = any_colouring(random);
  auto pixels =
      drawing::coloured(filling(digit, random.whole(40, 160)), colours.ink, colours.paper);
  drawing::shade(pixels, {.slope = random.between(0, 0.3), .degrees = random.between(0, 360)});
  drawing::add_noise(pixels, random.between(2, 14), random);
  return {drawing::to_picture(pixels), std::to_string(digit.label)};
}

RobustPicture rotated(Source& source) {
  const Digit digit = source.digit();
  const std::int64_t side = source.random.whole(28, 140);
  return white_on_black(filling(digit, side, source.random.between(-15, 15)), digit.label);
}

Colour pale_paper(Random& random) {
  const auto light = static_cast<float>(random.between(170, 245));
  return {light, light * static_cast<float>(random.between(0.93, 1)),
          light * static_cast<float>(random.between(0.8, 1))};
}

Colour dark_ink(Random& random) {
  const auto dark = [&](double most) { return static_cast<float>(random.between(10, most)); };
  return {dark(70), dark(70), dark(120)};
}

gluino::NDArray photographed(const Coverage& coverage, Random& random) {
  const Colouring colours{dark_ink(random), pale_paper(random)};
  auto pixels = drawing::coloured(coverage, colours.ink, colours.paper);
  drawing::shade(pixels, {.slope = random.between(0, 0.6),
                          .degrees = random.between(0, 360),
                          .corners = random.between(0, 0.25)});
  if (random.chance(0.25)) {
    const auto width = static_cast<double>(coverage.width);
    const auto height = static_cast<double>(coverage.height);
    drawing::cast({.x = random.between(0.2, 0.8) * width,
                   .y = random.between(0.2, 0.8) * height,
                   .degrees = random.between(0, 360),
                   .softness = random.between(0.02, 0.4) * width,
                   .darkness = random.between(0.15, 0.45)},
                  pixels);
  }
  drawing::blur(pixels, random.between(0.5, 0.015 * static_cast<double>(coverage.width)));
  drawing::add_noise(pixels, random.between(1, 6), random);
  return drawing::through_jpeg(drawing::to_picture(pixels), static_cast<int>(random.whole(30, 90)));
}

RobustPicture photograph(Source& source) {
  Random& random = source.random;
  const Digit digit = source.digit();
  const std::int64_t side = random.whole(100, 320);
  const double scale = random.between(0.4, 1) * static_cast<double>(side) / kSide;
  Coverage canvas(side, side);
  const double room = (static_cast<double>(side) - scale * kSide) / 2;
  const double middle = static_cast<double>(side) / 2;
  const double x = middle + random.between(-room, room);
  const double y = middle + random.between(-room, room);
  drawing::put(digit.coverage, scale, random.between(-5, 5), x, y, canvas);
  return {photographed(canvas, random), std::to_string(digit.label)};
}

// Where the ink of a digit begins and ends, from left to right.
std::pair<double, double> columns_of(const Coverage& coverage) {
  double left = kSide;
  double right = 0;
  for (std::int64_t y = 0; y < coverage.height; ++y) {
    for (std::int64_t x = 0; x < coverage.width; ++x) {
      if (coverage.at(x, y) == 0) continue;
      left = std::min(left, static_cast<double>(x));
      right = std::max(right, static_cast<double>(x) + 1);
    }
  }
  return {left, right};
}

RobustPicture row(Source& source) {
  Random& random = source.random;
  const double scale = random.between(1, 3);
  const std::int64_t count = random.whole(2, 6);
  std::vector<std::pair<Digit, double>> places;
  RobustPicture result;
  double end = random.between(2, 8);
  for (std::int64_t i = 0; i < count; ++i) {
    const Digit digit = source.digit(i);
    const auto [left, right] = columns_of(digit.coverage);
    places.emplace_back(digit, end - left + kSide / 2);
    end += right - left + random.between(2.5, 8);
    result.text += std::to_string(digit.label);
  }
  Coverage canvas(static_cast<std::int64_t>(std::ceil(end * scale)),
                  static_cast<std::int64_t>(36 * scale));
  for (const auto& [digit, middle] : places) {
    drawing::put(digit.coverage, scale, 0, middle * scale, (18 + random.between(-3, 3)) * scale,
                 canvas);
  }
  const bool dark = random.chance(0.5);
  result.picture = drawing::to_grey_picture(canvas, dark ? 20 : 255, dark ? 250 : 0);
  return result;
}

RobustPicture blank(Source& source) {
  Random& random = source.random;
  const Coverage nothing{random.whole(8, 200), random.whole(8, 200)};
  switch (random.whole(0, 3)) {
    case 0: {
      const auto grey = static_cast<float>(random.between(0, 255));
      return {drawing::to_grey_picture(nothing, grey, grey), ""};
    }
    case 1:
      return {photographed(nothing, random), ""};
    default: {
      auto pixels = drawing::coloured(nothing, {}, any_colour(random));
      drawing::shade(pixels, {.slope = random.between(0, 0.4), .degrees = random.between(0, 360)});
      drawing::add_noise(pixels, random.between(0, 25), random);
      return {drawing::to_picture(pixels), ""};
    }
  }
}

RobustPicture scribble(Source& source) {
  const Coverage drawn = drawing::draw_scribble(source.random, source.random.whole(56, 200));
  const bool dark = source.random.chance(0.5);
  return {drawing::to_grey_picture(drawn, dark ? 0 : 255, dark ? 255 : 0), ""};
}

struct Kind {
  RobustKind told;
  RobustPicture (*make)(Source& source);
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = {
      {{"as they are", "28 x 28, as the data set has them"}, as_it_is},
      {{"shifted", "anywhere on a canvas of 28 to 112 pixels, also in a corner"}, shifted},
      {{"scaled", "to 8 to 200 pixels"}, scaled},
      {{"inverted", "dark on light, of several shades and sizes"}, inverted},
      {{"thickened", "strokes wider by 1 to 2.5 pixels of 28"}, thickened},
      {{"thinned", "strokes narrower by 0.5 to 1.5 pixels of 28"}, thinned},
      {{"paper", "any two colours, uneven light, noise"}, on_paper},
      {{"rotated", "by up to 15 degrees"}, rotated},
      {{"photographed", "blur, shade, shadows, noise, JPEG, and a little turned"}, photograph},
      {{"in a row", "two to six digits; all must be right"}, row},
      {{"blank", "paper without ink, of all the kinds above", false}, blank},
      {{"scribbles", "tangles, hatchings, stars, spirals, blots", false}, scribble},
  };
  return all;
}

}  // namespace

const std::vector<RobustKind>& robust_kinds() {
  static const std::vector<RobustKind> told = [] {
    std::vector<RobustKind> all;
    for (const Kind& kind : kinds()) all.push_back(kind.told);
    return all;
  }();
  return told;
}

RobustPicture make_robust_picture(std::size_t kind, std::int64_t index,
                                  const gluino::gluon::data::Dataset& digits) {
  Random seeds(kSeed + (static_cast<std::uint64_t>(kind) << 32) +
               static_cast<std::uint64_t>(index));
  Source source{digits, index, Random(seeds.next())};
  return kinds()[kind].make(source);
}

}  // namespace digits
