#pragma once

#include "image_transforms.h"

#include <gluino/base/error.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <type_traits>
#include <vector>

/// How one line of pixels becomes another of a different length. Images are resized along one axis
/// after the other.
namespace gluino::python::images {

/// One pixel of the result: the sum of `weights.size()` pixels from `first` on; those beyond the
/// line's ends are the ones at the ends.
struct Taps {
  std::int64_t first = 0;
  std::vector<float> weights;
};

inline double cubic(double x) {
  constexpr double a = -0.75;
  x = std::abs(x);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

inline double lanczos4(double x) {
  if (x == 0) return 1;
  if (std::abs(x) >= 4) return 0;
  const double t = std::numbers::pi * x;
  return 4 * std::sin(t) * std::sin(t / 4) / (t * t);
}

template <class Kernel>
Taps kernel_taps(double center, int reach, Kernel kernel) {
  Taps taps;
  taps.first = static_cast<std::int64_t>(std::floor(center)) - reach + 1;
  double sum = 0;
  std::vector<double> weights;
  for (int i = 0; i < 2 * reach; ++i) {
    weights.push_back(kernel(center - static_cast<double>(taps.first + i)));
    sum += weights.back();
  }
  for (const double weight : weights) taps.weights.push_back(static_cast<float>(weight / sum));
  return taps;
}

inline Taps area_taps(double from, double to) {
  Taps taps;
  taps.first = static_cast<std::int64_t>(std::floor(from));
  for (std::int64_t i = taps.first; static_cast<double>(i) < to - 1e-9; ++i) {
    const double begin = std::max(from, static_cast<double>(i));
    const double end = std::min(to, static_cast<double>(i + 1));
    taps.weights.push_back(static_cast<float>((end - begin) / (to - from)));
  }
  return taps;
}

inline Taps taps_of(std::int64_t pixel, double scale, Interpolation interpolation) {
  const auto at = static_cast<double>(pixel);
  const double center = (at + 0.5) * scale - 0.5;
  switch (interpolation) {
    case Interpolation::nearest:
      return {static_cast<std::int64_t>(std::floor(at * scale)), {1}};
    case Interpolation::bicubic:
      return kernel_taps(center, 2, cubic);
    case Interpolation::lanczos:
      return kernel_taps(center, 4, lanczos4);
    case Interpolation::area:
      if (scale >= 1) return area_taps(at * scale, (at + 1) * scale);
      break;
    case Interpolation::bilinear:
      break;
  }
  return kernel_taps(center, 1, [](double x) { return std::max(0.0, 1 - std::abs(x)); });
}

inline std::vector<Taps> line_taps(std::int64_t from, std::int64_t to,
                                   Interpolation interpolation) {
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  std::vector<Taps> taps;
  for (std::int64_t i = 0; i < to; ++i) taps.push_back(taps_of(i, scale, interpolation));
  return taps;
}

/// Lines of `from` points, each of `inner` numbers that lie side by side, become lines of
/// `taps.size()` points.
template <class In, class Out, class Convert>
void resample(const In* in, Out* out, std::int64_t lines, std::int64_t from, std::int64_t inner,
              const std::vector<Taps>& taps, Convert convert) {
  std::vector<float> sums(static_cast<std::size_t>(inner));
  for (std::int64_t line = 0; line < lines; ++line) {
    for (const Taps& tap : taps) {
      std::fill(sums.begin(), sums.end(), 0.0F);
      for (std::size_t t = 0; t < tap.weights.size(); ++t) {
        const std::int64_t point =
            std::clamp<std::int64_t>(tap.first + static_cast<std::int64_t>(t), 0, from - 1);
        const In* const pixel = in + (line * from + point) * inner;
        for (std::int64_t i = 0; i < inner; ++i) {
          sums[static_cast<std::size_t>(i)] += tap.weights[t] * static_cast<float>(pixel[i]);
        }
      }
      for (const float sum : sums) *out++ = convert(sum);
    }
  }
}

/// A number as an element: bytes are rounded and kept within their range.
template <class T>
T as_element(float value) {
  if constexpr (std::is_same_v<T, std::uint8_t>) {
    return static_cast<T>(std::clamp(std::nearbyint(value), 0.0F, 255.0F));
  } else {
    return static_cast<T>(value);
  }
}

}  // namespace gluino::python::images
