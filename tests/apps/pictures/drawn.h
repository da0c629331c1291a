#pragma once

#include <apps/digits/pictures/find_digits.h>
#include <gluino/io/digits/digit_strokes.h>
#include <gluino/ndarray/ndarray.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

/// Pictures for the tests of what finds digits in them.
namespace digits_test {

using gluino::NDArray;

struct Picture {
  std::int64_t width = 0;
  std::int64_t height = 0;
  std::int64_t channels = 1;
  std::vector<std::uint8_t> pixels{};

  Picture(std::int64_t w, std::int64_t h, std::int64_t c = 1, std::uint8_t value = 0)
      : width(w), height(h), channels(c), pixels(static_cast<std::size_t>(w * h * c), value) {}

  std::uint8_t& at(std::int64_t x, std::int64_t y, std::int64_t c = 0) {
    return pixels[static_cast<std::size_t>((y * width + x) * channels + c)];
  }
  std::uint8_t at(std::int64_t x, std::int64_t y, std::int64_t c = 0) const {
    return pixels[static_cast<std::size_t>((y * width + x) * channels + c)];
  }
  NDArray array() const {
    NDArray result({height, width, channels}, gluino::uint8);
    std::copy(pixels.begin(), pixels.end(), result.data<std::uint8_t>());
    return result;
  }
};

/// A digit as the library draws them, 28 x 28, light on dark; `number` 0 to 9 gives those digits.
inline Picture drawn_digit(int digit, std::uint64_t variant = 0) {
  for (std::uint64_t i = variant;; ++i) {
    Picture picture(28, 28);
    const std::span<std::uint8_t, 784> pixels(picture.pixels.data(), 784);
    if (gluino::io::draw_digit(3, i, pixels) == digit) return picture;
  }
}

/// The picture with its pixels moved into a larger one.
inline Picture on_canvas(const Picture& picture, std::int64_t width, std::int64_t height,
                         std::int64_t left, std::int64_t top) {
  Picture result(width, height, picture.channels);
  for (std::int64_t y = 0; y < picture.height; ++y) {
    for (std::int64_t x = 0; x < picture.width; ++x) {
      for (std::int64_t c = 0; c < picture.channels; ++c) {
        if (x + left >= 0 && x + left < width && y + top >= 0 && y + top < height) {
          result.at(x + left, y + top, c) = picture.at(x, y, c);
        }
      }
    }
  }
  return result;
}

/// Each pixel as a square of `times` x `times`.
inline Picture enlarged(const Picture& picture, std::int64_t times) {
  Picture result(picture.width * times, picture.height * times, picture.channels);
  for (std::int64_t y = 0; y < result.height; ++y) {
    for (std::int64_t x = 0; x < result.width; ++x) {
      for (std::int64_t c = 0; c < picture.channels; ++c) {
        result.at(x, y, c) = picture.at(x / times, y / times, c);
      }
    }
  }
  return result;
}

/// A grey picture in other colours: `make` gives the channels for a value from 0 to 255.
inline Picture recoloured(const Picture& picture,
                          const std::function<std::vector<double>(double)>& make) {
  Picture result(picture.width, picture.height, static_cast<std::int64_t>(make(0).size()));
  for (std::int64_t y = 0; y < picture.height; ++y) {
    for (std::int64_t x = 0; x < picture.width; ++x) {
      const std::vector<double> channels = make(picture.at(x, y));
      for (std::size_t c = 0; c < channels.size(); ++c) {
        result.at(x, y, static_cast<std::int64_t>(c)) =
            static_cast<std::uint8_t>(std::lround(std::clamp(channels[c], 0.0, 255.0)));
      }
    }
  }
  return result;
}

/// How far two found images are apart: the mean difference of pixels, of those that are ink in one.
inline double difference(const NDArray& a, const NDArray& b) {
  const auto x = a.to_vector<float>();
  const auto y = b.to_vector<float>();
  double sum = 0;
  double ink = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    sum += std::abs(x[i] - y[i]);
    ink += std::max(x[i], y[i]);
  }
  return sum / ink;
}

}  // namespace digits_test
