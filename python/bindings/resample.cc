#include "resample.h"

#include <gluino/base/error.h>
#include <gluino/base/parallel.h>
#include <gluino/io/pictures/image.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace gluino::python {
namespace {

// What a pixel is made of, along one axis.
struct Tap {
  std::int64_t place;
  double weight;
};
using Taps = std::vector<std::vector<Tap>>;

// Keys' kernel, with the parameter that OpenCV gives it.
double cubic(double x) {
  constexpr double kA = -0.75;
  x = std::abs(x);
  if (x <= 1) return ((kA + 2) * x - (kA + 3)) * x * x + 1;
  if (x < 2) return ((kA * x - 5 * kA) * x + 8 * kA) * x - 4 * kA;
  return 0;
}

double lanczos(double x) {
  constexpr double kLobes = 4;
  if (x == 0) return 1;
  if (std::abs(x) >= kLobes) return 0;
  const double y = std::numbers::pi * x;
  return kLobes * std::sin(y) * std::sin(y / kLobes) / (y * y);
}

// The places around `place` within `reach`, weighted by a kernel; beyond an edge is the edge.
template <class Kernel>
std::vector<Tap> around(double place, int reach, std::int64_t size, Kernel kernel) {
  std::vector<Tap> taps;
  const auto low = static_cast<std::int64_t>(std::floor(place));
  double sum = 0;
  for (std::int64_t i = low - reach + 1; i <= low + reach; ++i) {
    const double weight = kernel(place - static_cast<double>(i));
    sum += weight;
    taps.push_back({std::clamp<std::int64_t>(i, 0, size - 1), weight});
  }
  for (Tap& tap : taps) tap.weight /= sum;
  return taps;
}

// The pixels that lie under one of the smaller picture, as far as they do.
std::vector<Tap> covered(double begin, double end, std::int64_t size) {
  constexpr double kSliver = 1e-3;  // less of a pixel does not count
  end = std::min(end, static_cast<double>(size));
  std::vector<Tap> taps;
  double sum = 0;
  for (auto i = static_cast<std::int64_t>(begin); i < size && static_cast<double>(i) < end; ++i) {
    const double part =
        std::min(end, static_cast<double>(i + 1)) - std::max(begin, static_cast<double>(i));
    if (part <= kSliver) continue;
    taps.push_back({i, part});
    sum += part;
  }
  for (Tap& tap : taps) tap.weight /= sum;
  return taps;
}

std::vector<Tap> taps_of(std::int64_t i, std::int64_t from, std::int64_t to, Interpolation how,
                         bool shrinks) {
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  const auto at = static_cast<double>(i);
  const double center = (at + 0.5) * scale - 0.5;
  switch (how) {
    case Interpolation::nearest:
      return {{std::min(static_cast<std::int64_t>(at * scale), from - 1), 1}};
    case Interpolation::cubic:
      return around(center, 2, from, cubic);
    case Interpolation::lanczos:
      return around(center, 4, from, lanczos);
    case Interpolation::area: {
      if (shrinks) return covered(at * scale, (at + 1) * scale, from);
      // Enlarged, a pixel keeps its value but where the next one begins below it.
      const auto low = static_cast<std::int64_t>(at * scale);
      double part = (at + 1) - static_cast<double>(low + 1) / scale;
      part = part <= 0 ? 0 : part - std::floor(part);
      return {{std::min(low, from - 1), 1 - part}, {std::min(low + 1, from - 1), part}};
    }
    case Interpolation::linear:
      break;
  }
  return around(std::clamp(center, 0.0, static_cast<double>(from - 1)), 1, from,
                [](double x) { return 1 - std::min(1.0, std::abs(x)); });
}

Taps all_taps(std::int64_t from, std::int64_t to, Interpolation how, bool shrinks) {
  Taps taps;
  for (std::int64_t i = 0; i < to; ++i) taps.push_back(taps_of(i, from, to, how, shrinks));
  return taps;
}

template <class T>
T pixel(double value) {
  if constexpr (std::is_same_v<T, std::uint8_t>) {
    return static_cast<T>(std::clamp(value, 0.0, 255.0) + 0.5);
  } else {
    return static_cast<T>(value);
  }
}

template <class T>
void run(const NDArray& picture, const NDArray& result, const Taps& rows, const Taps& columns) {
  const std::int64_t channels = picture.shape()[2];
  const std::int64_t stride = picture.shape()[1] * channels;
  const auto width = static_cast<std::int64_t>(columns.size());
  const T* const from = picture.data<T>();
  T* const to = result.data<T>();
  parallel_for(static_cast<std::int64_t>(rows.size()), 1, [&](std::int64_t y, std::int64_t end) {
    std::vector<double> row(static_cast<std::size_t>(stride));
    for (; y < end; ++y) {
      std::fill(row.begin(), row.end(), 0.0);
      for (const Tap& tap : rows[static_cast<std::size_t>(y)]) {
        const T* const source = from + tap.place * stride;
        for (std::int64_t i = 0; i < stride; ++i) {
          row[static_cast<std::size_t>(i)] += tap.weight * static_cast<double>(source[i]);
        }
      }
      T* out = to + y * width * channels;
      for (const std::vector<Tap>& taps : columns) {
        for (std::int64_t c = 0; c < channels; ++c) {
          double sum = 0;
          for (const Tap& tap : taps) {
            sum += tap.weight * row[static_cast<std::size_t>(tap.place * channels + c)];
          }
          *out++ = pixel<T>(sum);
        }
      }
    }
  });
}

}  // namespace

NDArray resample(const NDArray& picture, std::int64_t width, std::int64_t height,
                 Interpolation interpolation) {
  check(picture.defined() && picture.ndim() == 3 &&
            (picture.dtype() == uint8 || picture.dtype() == float32),
        "imresize: expected a picture of shape (height, width, channels), uint8 or float32, got ",
        picture.defined() ? str(picture.dtype(), " of shape ", picture.shape()) : "none");
  const bool is_byte = picture.dtype() == uint8;
  // The library's own way, which is faster, is the same.
  if (is_byte && interpolation == Interpolation::linear) {
    return image::imresize(picture, width, height);
  }
  const Shape& shape = picture.shape();
  constexpr std::int64_t kMaxPixels = std::int64_t{1} << 28;
  check(shape.size() > 0, "imresize: expected a picture with pixels, got shape ", shape);
  check(width > 0 && height > 0 && width <= kMaxPixels / height,
        "imresize: expected a width and a height of at least 1 and at most ", kMaxPixels,
        " pixels in all, got ", width, " and ", height);
  const bool shrinks = width <= shape[1] && height <= shape[0];
  const Taps rows = all_taps(shape[0], height, interpolation, shrinks);
  const Taps columns = all_taps(shape[1], width, interpolation, shrinks);
  const NDArray result({height, width, shape[2]}, picture.dtype(), picture.context());
  if (is_byte) {
    run<std::uint8_t>(picture, result, rows, columns);
  } else {
    run<float>(picture, result, rows, columns);
  }
  return result;
}

}  // namespace gluino::python
