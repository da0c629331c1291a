// Changes of colours. Pixels are computed in float and, where they are bytes, cut once per change.
#include <gluino/base/error.h>
#include <gluino/gluon/data/vision/by_operator-inl.h>
#include <gluino/gluon/data/vision/color_transforms.h>
#include <gluino/kernels/cpu/pictures/colors.h>
#include <gluino/ops/image/image.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>

namespace gluino::gluon::data::vision::transforms {
namespace {

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

NDArray bright(const NDArray& x, float alpha) {
  return changed("RandomBrightness", x, false, [&]<class T>(const T* in, T* out, std::int64_t) {
    kernels::linear(in, out, x.size(), alpha, 0);
  });
}

NDArray with_contrast(const NDArray& x, float alpha) {
  return changed("RandomContrast", x, true, [&]<class T>(const T* in, T* out, std::int64_t c) {
    kernels::contrast(in, out, x.size(), c, alpha);
  });
}

NDArray with_saturation(const NDArray& x, float alpha) {
  return changed("RandomSaturation", x, true, [&]<class T>(const T* in, T* out, std::int64_t c) {
    kernels::saturate(in, out, x.size(), c, alpha);
  });
}

NDArray with_hue(const NDArray& x, float turn) {
  return changed("RandomHue", x, true, [&]<class T>(const T* in, T* out, std::int64_t c) {
    kernels::turn_hues(in, out, x.size(), c, turn);
  });
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

NDArray changed_by(int change, const NDArray& x, const RandomColorJitterOptions& o,
                   Generator& generator) {
  switch (change) {
    case 0:
      return o.brightness > 0 ? bright(x, factor(o.brightness, generator)) : x;
    case 1:
      return o.contrast > 0 ? with_contrast(x, factor(o.contrast, generator)) : x;
    case 2:
      return o.saturation > 0 ? with_saturation(x, factor(o.saturation, generator)) : x;
    default:
      if (o.hue <= 0) return x;
      return with_hue(x, static_cast<float>(6 * o.hue * (2 * generator.uniform() - 1)));
  }
}

NDArray jittered(NDArray x, const RandomColorJitterOptions& options, Generator& generator) {
  std::array<int, 4> order{0, 1, 2, 3};
  for (std::size_t i = order.size() - 1; i > 0; --i) {
    std::swap(order[i], order[static_cast<std::size_t>(generator() % (i + 1))]);
  }
  for (const int change : order) x = changed_by(change, x, options, generator);
  return x;
}

NDArray lit(const NDArray& x, double alpha, Generator& generator) {
  std::array<float, 3> parts{};
  for (float& part : parts) part = static_cast<float>(alpha * normal(generator));
  return changed("RandomLighting", x, true, [&]<class T>(const T* in, T* out, std::int64_t c) {
    kernels::light(in, out, x.size(), c, parts);
  });
}

double checked(const char* what, double range) {
  check(range >= 0 && std::isfinite(range), what, ": expected at least 0, got ", range);
  return range;
}

const RandomColorJitterOptions& checked(const RandomColorJitterOptions& o) {
  checked("brightness", o.brightness);
  checked("contrast", o.contrast);
  checked("saturation", o.saturation);
  checked("hue", o.hue);
  return o;
}

Transform::Alone by_factor(const char* name, double range) {
  return by_operator(name, ImageRandomFactorOptions{.min_factor = std::max(0.0, 1 - range),
                                                    .max_factor = 1 + range});
}

Transform::Alone in_random_order(const RandomColorJitterOptions& o) {
  return by_operator("_image_random_color_jitter",
                     ImageRandomColorJitterOptions{.brightness = o.brightness,
                                                   .contrast = o.contrast,
                                                   .saturation = o.saturation,
                                                   .hue = o.hue});
}

}  // namespace

RandomColorJitter::RandomColorJitter(const RandomColorJitterOptions& options)
    : RandomColorJitter(options, in_random_order(options)) {}
RandomColorJitter::RandomColorJitter(const RandomColorJitterOptions& options, Alone alone)
    : Transform([o = checked(options)](const NDArray& x,
                                       Generator& generator) { return jittered(x, o, generator); },
                nullptr, true, std::move(alone)) {}

RandomBrightness::RandomBrightness(double brightness)
    : RandomColorJitter({.brightness = brightness},
                        by_factor("_image_random_brightness", brightness)) {}
RandomContrast::RandomContrast(double contrast)
    : RandomColorJitter({.contrast = contrast}, by_factor("_image_random_contrast", contrast)) {}
RandomSaturation::RandomSaturation(double saturation)
    : RandomColorJitter({.saturation = saturation},
                        by_factor("_image_random_saturation", saturation)) {}
RandomHue::RandomHue(double hue)
    : RandomColorJitter({.hue = hue}, by_factor("_image_random_hue", hue)) {}

RandomLighting::RandomLighting(double alpha)
    : Transform(
          [a = checked("RandomLighting: alpha", alpha)](const NDArray& x, Generator& generator) {
            return lit(x, a, generator);
          },
          nullptr, true,
          by_operator("_image_random_lighting", ImageRandomLightingOptions{.alpha_std = alpha})) {}

}  // namespace gluino::gluon::data::vision::transforms
