#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

/// Changes of colors of pictures of one or three interleaved channels, computed in float.
namespace gluino::kernels {

/// A number as an element: whole ones are cut, as MXNet does, and kept within their range.
template <class T>
T as_element(float value) {
  if constexpr (std::is_integral_v<T>) {
    constexpr auto kLow = static_cast<float>(std::numeric_limits<T>::lowest());
    constexpr auto kHigh = static_cast<float>(std::numeric_limits<T>::max());
    if (value >= kHigh) return std::numeric_limits<T>::max();
    return value > kLow ? static_cast<T>(value) : std::numeric_limits<T>::lowest();
  } else {
    return static_cast<T>(value);
  }
}

struct Rgb {
  float r, g, b;
};

/// How bright a color appears (ITU-R BT.601).
inline float luma(const Rgb& c) { return 0.299F * c.r + 0.587F * c.g + 0.114F * c.b; }

template <class T>
Rgb color_at(const T* pixel) {
  return {static_cast<float>(pixel[0]), static_cast<float>(pixel[1]), static_cast<float>(pixel[2])};
}

/// alpha x + beta of n numbers.
template <class T>
void linear(const T* in, T* out, std::int64_t n, float alpha, float beta) {
  for (std::int64_t i = 0; i < n; ++i) {
    out[i] = as_element<T>(alpha * static_cast<float>(in[i]) + beta);
  }
}

/// Replaces each color by f of it; grey pixels stay.
template <class T, class F>
void each_color(const T* in, T* out, std::int64_t n, std::int64_t channels, F f) {
  if (channels != 3) {
    std::copy(in, in + n, out);
    return;
  }
  for (std::int64_t i = 0; i < n; i += 3) {
    const Rgb c = f(color_at(in + i));
    out[i] = as_element<T>(c.r);
    out[i + 1] = as_element<T>(c.g);
    out[i + 2] = as_element<T>(c.b);
  }
}

/// The mean brightness of n numbers, 0 where there are none.
template <class T>
float mean_luma(const T* in, std::int64_t n, std::int64_t channels) {
  double sum = 0;
  for (std::int64_t i = 0; i < n; i += channels) {
    sum += channels == 3 ? luma(color_at(in + i)) : static_cast<float>(in[i]);
  }
  return n == 0 ? 0 : static_cast<float>(sum / static_cast<double>(n / channels));
}

/// The numbers moved away from the mean brightness, or nearer.
template <class T>
void contrast(const T* in, T* out, std::int64_t n, std::int64_t channels, float alpha) {
  linear(in, out, n, alpha, (1 - alpha) * mean_luma(in, n, channels));
}

/// Colors moved away from their grey, or nearer.
template <class T>
void saturate(const T* in, T* out, std::int64_t n, std::int64_t channels, float alpha) {
  each_color(in, out, n, channels, [alpha](const Rgb& c) {
    const float grey = (1 - alpha) * luma(c);
    return Rgb{alpha * c.r + grey, alpha * c.g + grey, alpha * c.b + grey};
  });
}

/// The color of a hue, in sixths of the circle, whose smallest channel is `low` and whose largest
/// is by `range` more (the hexagon of HLS).
inline Rgb of_hexagon(float hue, float low, float range) {
  const auto channel = [&](float from_red) {
    float place = std::fmod(hue + from_red, 6.0F);
    if (place < 0) place += 6;
    return low + range * std::clamp(std::min(place, 4 - place), 0.0F, 1.0F);
  };
  return {channel(2), channel(0), channel(-2)};
}

/// The hue of a color, in sixths of the circle from red, 0 of grey.
inline float hue_of(const Rgb& c) {
  const float high = std::max({c.r, c.g, c.b});
  const float range = high - std::min({c.r, c.g, c.b});
  if (range == 0) return 0;
  if (high == c.r) return (c.g - c.b) / range;
  return high == c.g ? 2 + (c.b - c.r) / range : 4 + (c.r - c.g) / range;
}

/// The color with its hue turned by `turn` sixths of the circle, its lightness and saturation kept
/// (the hexagon of HLS).
inline Rgb turned(const Rgb& c, float turn) {
  const float high = std::max({c.r, c.g, c.b});
  const float low = std::min({c.r, c.g, c.b});
  const float range = high - low;
  if (range == 0) return c;
  return of_hexagon(hue_of(c) + turn, low, range);
}

template <class T>
void turn_hues(const T* in, T* out, std::int64_t n, std::int64_t channels, float turn) {
  each_color(in, out, n, channels, [turn](const Rgb& c) { return turned(c, turn); });
}

/// What is added to hue, lightness and saturation, in MXNet's units: 180 are the circle, 255 are
/// all.
struct HlsShift {
  float hue = 0;
  float lightness = 0;
  float saturation = 0;
};

/// A color of bytes with such numbers added, each kept within its range.
inline Rgb shifted(const Rgb& c, const HlsShift& by) {
  constexpr float kAll = 255;
  const float high = std::max({c.r, c.g, c.b});
  const float low = std::min({c.r, c.g, c.b});
  // The widest range that a lightness, half of high + low, leaves.
  const auto widest = [](float lightness) { return 2 * std::min(lightness, kAll - lightness); };
  const float room = widest((high + low) / 2);
  const float saturation = room > 0 ? kAll * (high - low) / room : 0;
  float hue = 30 * hue_of(c);
  if (hue < 0) hue += 180;
  hue = std::clamp(hue + by.hue, 0.0F, 180.0F);
  const float lightness = std::clamp((high + low) / 2 + by.lightness, 0.0F, kAll);
  const float range = std::clamp(saturation + by.saturation, 0.0F, kAll) / kAll * widest(lightness);
  return of_hexagon(hue / 30, lightness - range / 2, range);
}

/// Adds the principal colors of ImageNet's pixels, each times its alpha; to grey ones nothing.
template <class T>
void light(const T* in, T* out, std::int64_t n, std::int64_t channels,
           const std::array<float, 3>& alpha) {
  // Eigenvalues, and eigenvectors as columns (Krizhevsky et al., 2012).
  constexpr std::array<float, 3> kValues{55.46F, 4.794F, 1.148F};
  constexpr std::array<std::array<float, 3>, 3> kVectors{{{-0.5675F, 0.7192F, 0.4009F},
                                                          {-0.5808F, -0.0045F, -0.8140F},
                                                          {-0.5836F, -0.6948F, 0.4203F}}};
  std::array<float, 3> shift{};
  for (std::size_t j = 0; j < 3; ++j) {
    for (std::size_t i = 0; i < 3; ++i) shift[i] += kVectors[i][j] * (alpha[j] * kValues[j]);
  }
  if (channels == 1) {
    std::copy_n(in, n, out);
    return;
  }
  for (std::int64_t i = 0; i < n; ++i) {
    const float by = shift[static_cast<std::size_t>(i % 3)];
    if constexpr (std::is_floating_point_v<T>) {
      out[i] = in[i] + by;
    } else {
      out[i] = as_element<T>(static_cast<float>(in[i]) + by);
    }
  }
}

}  // namespace gluino::kernels
