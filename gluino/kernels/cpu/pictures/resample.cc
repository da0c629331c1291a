#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/pictures/resample.h>
#include <gluino/kernels/cpu/support/grain.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <type_traits>
#include <vector>

namespace gluino::kernels {
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

// Enlarged by area, a pixel keeps its value but where the next one, low + 1, begins below it: the
// part of that.
float part_of_next(double at, std::int64_t low, double ratio) {
  const auto part = static_cast<float>((at + 1) - static_cast<double>(low + 1) * ratio);
  return part <= 0 ? 0 : part - std::floor(part);
}

std::vector<Tap> taps_of(std::int64_t i, std::int64_t from, std::int64_t to, Interpolation how,
                         bool shrinks) {
  // As OpenCV has it: where i * from / to is whole, the rounding says whether the place is that or
  // the one before.
  const double ratio = static_cast<double>(to) / static_cast<double>(from);
  const double scale = 1 / ratio;
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
      const auto low = static_cast<std::int64_t>(at * scale);
      const float part = part_of_next(at, low, ratio);
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

bool shrinks(const PictureSize& from, const PictureSize& to) {
  return to.width <= from.width && to.height <= from.height;
}

// Along both axes.
struct AllTaps {
  AllTaps(const PictureSize& from, const PictureSize& to, Interpolation how)
      : rows(all_taps(from.height, to.height, how, shrinks(from, to))),
        columns(all_taps(from.width, to.width, how, shrinks(from, to))) {}
  Taps rows, columns;
};

// What each of `size` places is a part of.
Taps transposed(const Taps& taps, std::int64_t size) {
  Taps result(static_cast<std::size_t>(size));
  for (std::size_t i = 0; i < taps.size(); ++i) {
    for (const Tap& tap : taps[i]) {
      result[static_cast<std::size_t>(tap.place)].push_back(
          {static_cast<std::int64_t>(i), tap.weight});
    }
  }
  return result;
}

template <class T>
T pixel(double value) {
  if constexpr (std::is_integral_v<T>) {
    constexpr auto kLow = static_cast<double>(std::numeric_limits<T>::lowest());
    constexpr auto kHigh = static_cast<double>(std::numeric_limits<T>::max());
    // The largest int64 is no double, but the next above it is.
    if (value >= kHigh) return std::numeric_limits<T>::max();
    return static_cast<T>(std::floor(std::max(value, kLow) + 0.5));
  } else {
    return static_cast<T>(value);
  }
}

template <class T>
void run(const T* in, const PictureSize& from, T* out, const Taps& rows, const Taps& columns) {
  const std::int64_t channels = from.channels;
  const std::int64_t stride = from.width * channels;
  const auto width = static_cast<std::int64_t>(columns.size());
  parallel_for(static_cast<std::int64_t>(rows.size()), 1, [&](std::int64_t y, std::int64_t end) {
    std::vector<double> row(static_cast<std::size_t>(stride));
    for (; y < end; ++y) {
      std::fill(row.begin(), row.end(), 0.0);
      for (const Tap& tap : rows[static_cast<std::size_t>(y)]) {
        const T* const source = in + tap.place * stride;
        for (std::int64_t i = 0; i < stride; ++i) {
          row[static_cast<std::size_t>(i)] += tap.weight * static_cast<double>(source[i]);
        }
      }
      T* to = out + y * width * channels;
      for (const std::vector<Tap>& taps : columns) {
        for (std::int64_t c = 0; c < channels; ++c) {
          double sum = 0;
          for (const Tap& tap : taps) {
            sum += tap.weight * row[static_cast<std::size_t>(tap.place * channels + c)];
          }
          *to++ = pixel<T>(sum);
        }
      }
    }
  });
}

constexpr int kBits = 11;  // of a weight
constexpr int kOne = 1 << kBits;

// Bytes between two neighbours along one axis, in whole numbers: the roundings are OpenCV's.
struct ByteTap {
  std::int64_t low;
  std::int64_t high;
  int low_weight;  // in 2^-kBits
  int high_weight;
};

enum class Axis { rows, columns };

std::vector<ByteTap> byte_taps(std::int64_t from, std::int64_t to, Axis axis, Interpolation how) {
  std::vector<ByteTap> result(static_cast<std::size_t>(to));
  const double ratio = static_cast<double>(to) / static_cast<double>(from);
  const double scale = 1 / ratio;
  for (std::int64_t i = 0; i < to; ++i) {
    const auto at = static_cast<double>(i);
    const auto place = static_cast<float>((at + 0.5) * scale - 0.5);
    auto low = static_cast<std::int64_t>(std::floor(place));
    float part = place - std::floor(place);
    if (how == Interpolation::area) {
      low = static_cast<std::int64_t>(at * scale);
      part = part_of_next(at, low, ratio);
    }
    // Beyond an edge a column is the edge's; a row is mixed of the edge's and the edge's.
    if (axis == Axis::columns && (low < 0 || low >= from - 1)) part = 0;
    result[static_cast<std::size_t>(i)] = {
        std::clamp<std::int64_t>(low, 0, from - 1), std::clamp<std::int64_t>(low + 1, 0, from - 1),
        static_cast<int>(std::lrint((1 - part) * kOne)), static_cast<int>(std::lrint(part * kOne))};
  }
  return result;
}

// A row of the result, out of two rows of the picture.
void blend(const std::uint8_t* upper, const std::uint8_t* lower, const ByteTap& row,
           const std::vector<ByteTap>& columns, std::int64_t channels, std::uint8_t* out) {
  for (const ByteTap& x : columns) {
    for (std::int64_t c = 0; c < channels; ++c) {
      const std::int64_t low = x.low * channels + c;
      const std::int64_t high = x.high * channels + c;
      const int above = upper[low] * x.low_weight + upper[high] * x.high_weight;
      const int below = lower[low] * x.low_weight + lower[high] * x.high_weight;
      // Products fit 16 bits of a vector of OpenCV's: each is cut off to quarters.
      const int quarters =
          (((above >> 4) * row.low_weight) >> 16) + (((below >> 4) * row.high_weight) >> 16);
      *out++ = static_cast<std::uint8_t>((quarters + 2) >> 2);
    }
  }
}

void blend_bytes(const std::uint8_t* in, const PictureSize& from, std::uint8_t* out,
                 const PictureSize& to, Interpolation how) {
  const std::vector<ByteTap> rows = byte_taps(from.height, to.height, Axis::rows, how);
  const std::vector<ByteTap> columns = byte_taps(from.width, to.width, Axis::columns, how);
  const std::int64_t stride = from.width * from.channels;
  const std::int64_t out_stride = to.width * from.channels;
  parallel_for(to.height, row_grain(out_stride, kMathGrain), [&](std::int64_t y, std::int64_t end) {
    for (; y < end; ++y) {
      const ByteTap& row = rows[static_cast<std::size_t>(y)];
      blend(in + row.low * stride, in + row.high * stride, row, columns, from.channels,
            out + y * out_stride);
    }
  });
}

}  // namespace

template <class T>
void resample(const T* in, const PictureSize& from, T* out, const PictureSize& to,
              Interpolation how) {
  if constexpr (std::is_same_v<T, std::uint8_t>) {
    if (how == Interpolation::linear || (how == Interpolation::area && !shrinks(from, to))) {
      return blend_bytes(in, from, out, to, how);
    }
  }
  const AllTaps taps(from, to, how);
  run(in, from, out, taps.rows, taps.columns);
}

template <class T>
void resample_gradient(const T* out_grad, const PictureSize& to, T* in_grad,
                       const PictureSize& from, Interpolation how) {
  const AllTaps taps(from, to, how);
  run(out_grad, to, in_grad, transposed(taps.rows, from.height),
      transposed(taps.columns, from.width));
}

template void resample(const std::uint8_t*, const PictureSize&, std::uint8_t*, const PictureSize&,
                       Interpolation);
template void resample(const std::int8_t*, const PictureSize&, std::int8_t*, const PictureSize&,
                       Interpolation);
template void resample(const std::int32_t*, const PictureSize&, std::int32_t*, const PictureSize&,
                       Interpolation);
template void resample(const std::int64_t*, const PictureSize&, std::int64_t*, const PictureSize&,
                       Interpolation);
template void resample(const float*, const PictureSize&, float*, const PictureSize&, Interpolation);
template void resample(const double*, const PictureSize&, double*, const PictureSize&,
                       Interpolation);
template void resample_gradient(const float*, const PictureSize&, float*, const PictureSize&,
                                Interpolation);
template void resample_gradient(const double*, const PictureSize&, double*, const PictureSize&,
                                Interpolation);

}  // namespace gluino::kernels
