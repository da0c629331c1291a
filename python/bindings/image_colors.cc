// Changes of colours. Pixels are computed in float and, where they are bytes, rounded once per
// change.
#include <gluino/base/error.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <type_traits>

#include "image_transforms.h"

namespace gluino::python::images {
namespace {

using gluon::data::Generator;

// A number as an element: bytes are rounded and kept within their range.
template <class T>
T as_element(float value) {
  if constexpr (std::is_same_v<T, std::uint8_t>) {
    return static_cast<T>(std::clamp(std::nearbyint(value), 0.0F, 255.0F));
  } else {
    return static_cast<T>(value);
  }
}

struct Rgb {
  float r, g, b;
};

float luma(const Rgb& c) { return 0.299F * c.r + 0.587F * c.g + 0.114F * c.b; }

// Calls f with the type of the pixels, and checks that they are an image's.
template <class F>
NDArray changed(const char* who, const NDArray& x, bool needs_color, F&& f) {
  check(x.ndim() == 3, who, ": expected an image (height, width, channels), got shape ", x.shape());
  const std::int64_t channels = x.shape()[2];
  check(!needs_color || channels == 1 || channels == 3, who,
        ": expected 1 or 3 channels, got shape ", x.shape());
  NDArray result(x.shape(), x.dtype(), x.context());
  if (x.dtype() == uint8) {
    f(x.data<std::uint8_t>(), result.data<std::uint8_t>(), channels);
  } else {
    check(x.dtype() == float32, who, ": expected pixels of type uint8 or float32, got ", x.dtype());
    f(x.data<float>(), result.data<float>(), channels);
  }
  return result;
}

// Replaces each pixel of three channels by f of it.
template <class F>
NDArray each_pixel(const char* who, const NDArray& x, F f) {
  return changed(who, x, true, [&]<class T>(const T* in, T* out, std::int64_t channels) {
    if (channels == 1) {
      std::copy(in, in + x.size(), out);
      return;
    }
    for (std::int64_t i = 0; i < x.size(); i += 3) {
      const Rgb c = f(Rgb{static_cast<float>(in[i]), static_cast<float>(in[i + 1]),
                          static_cast<float>(in[i + 2])});
      out[i] = as_element<T>(c.r);
      out[i + 1] = as_element<T>(c.g);
      out[i + 2] = as_element<T>(c.b);
    }
  });
}

// alpha x + beta of every number.
NDArray linear(const char* who, const NDArray& x, float alpha, float beta) {
  return changed(who, x, false, [&]<class T>(const T* in, T* out, std::int64_t) {
    for (std::int64_t i = 0; i < x.size(); ++i) {
      out[i] = as_element<T>(alpha * static_cast<float>(in[i]) + beta);
    }
  });
}

float mean_luma(const NDArray& x) {
  double sum = 0;
  changed("RandomContrast", x, true, [&]<class T>(const T* in, T*, std::int64_t channels) {
    for (std::int64_t i = 0; i < x.size(); i += channels) {
      const auto first = static_cast<float>(in[i]);
      sum += channels == 1
                 ? first
                 : luma({first, static_cast<float>(in[i + 1]), static_cast<float>(in[i + 2])});
    }
  });
  const std::int64_t pixels = x.shape()[0] * x.shape()[1];
  return pixels == 0 ? 0 : static_cast<float>(sum / static_cast<double>(pixels));
}

NDArray with_contrast(const NDArray& x, float alpha) {
  return linear("RandomContrast", x, alpha, (1 - alpha) * mean_luma(x));
}

NDArray with_saturation(const NDArray& x, float alpha) {
  return each_pixel("RandomSaturation", x, [alpha](const Rgb& c) {
    const float grey = (1 - alpha) * luma(c);
    return Rgb{alpha * c.r + grey, alpha * c.g + grey, alpha * c.b + grey};
  });
}

// The colour with its hue turned by `turn` sixths of the circle, its lightness and saturation kept
// (the hexagon of HLS).
Rgb turned(const Rgb& c, float turn) {
  const float high = std::max({c.r, c.g, c.b});
  const float low = std::min({c.r, c.g, c.b});
  const float range = high - low;
  if (range == 0) return c;
  float hue = high == c.r   ? (c.g - c.b) / range
              : high == c.g ? 2 + (c.b - c.r) / range
                            : 4 + (c.r - c.g) / range;
  hue += turn;
  const auto channel = [&](float from_red) {
    float place = std::fmod(hue + from_red, 6.0F);
    if (place < 0) place += 6;
    return low + range * std::clamp(std::min(place, 4 - place), 0.0F, 1.0F);
  };
  return {channel(2), channel(0), channel(-2)};
}

NDArray with_hue(const NDArray& x, float turn) {
  return each_pixel("RandomHue", x, [turn](const Rgb& c) { return turned(c, turn); });
}

// 1 +- `range`, but not below 0.
float factor(double range, Generator& generator) {
  const double low = std::max(0.0, 1 - range);
  return static_cast<float>(low + (1 + range - low) * generator.uniform());
}

double normal(Generator& generator) {
  const double u = 1 - generator.uniform();
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * generator.uniform());
}

NDArray changed_by(int change, const NDArray& x, const JitterOptions& o, Generator& generator) {
  switch (change) {
    case 0:
      return o.brightness > 0 ? linear("RandomBrightness", x, factor(o.brightness, generator), 0)
                              : x;
    case 1:
      return o.contrast > 0 ? with_contrast(x, factor(o.contrast, generator)) : x;
    case 2:
      return o.saturation > 0 ? with_saturation(x, factor(o.saturation, generator)) : x;
    default:
      if (o.hue <= 0) return x;
      return with_hue(x, static_cast<float>(6 * o.hue * (2 * generator.uniform() - 1)));
  }
}

}  // namespace

Transform color_jitter_transform(const JitterOptions& options) {
  return [options](const NDArray& x, Generator& generator) {
    std::array<int, 4> order{0, 1, 2, 3};
    for (std::size_t i = order.size() - 1; i > 0; --i) {
      std::swap(order[i], order[static_cast<std::size_t>(generator() % (i + 1))]);
    }
    NDArray result = x;
    for (const int change : order) result = changed_by(change, result, options, generator);
    return result;
  };
}

Transform random_lighting_transform(double alpha) {
  // Eigenvalues, and eigenvectors as columns, of the colours of ImageNet's pixels.
  constexpr std::array<float, 3> kValues{55.46F, 4.794F, 1.148F};
  constexpr std::array<std::array<float, 3>, 3> kVectors{{{-0.5675F, 0.7192F, 0.4009F},
                                                          {-0.5808F, -0.0045F, -0.8140F},
                                                          {-0.5836F, -0.6948F, 0.4203F}}};
  return [=](const NDArray& x, Generator& generator) {
    std::array<float, 3> shift{};
    for (std::size_t j = 0; j < 3; ++j) {
      const float amount = static_cast<float>(alpha * normal(generator)) * kValues[j];
      for (std::size_t i = 0; i < 3; ++i) shift[i] += kVectors[i][j] * amount;
    }
    return each_pixel("RandomLighting", x, [&](const Rgb& c) {
      return Rgb{c.r + shift[0], c.g + shift[1], c.b + shift[2]};
    });
  };
}

}  // namespace gluino::python::images
