#include <gluino/base/random.h>
#include <gluino/kernels/cpu/pictures/colors.h>
#include <gluino/ndarray/pooled.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/image/image.h>
#include <gluino/ops/image/image_form-inl.h>

#include <array>
#include <cstring>
#include <span>
#include <utility>

namespace gluino {
namespace {

// The numbers of an image, as the functions of colors take them.
template <class T>
struct Pixels {
  const T* in;
  T* out;
  std::int64_t n, channels;
};

template <class F>
void change(const Call& call, F f) {
  const Tensor& x = call.in[0];
  dispatch_numbers(x.dtype, [&]<class T>() {
    f(Pixels<T>{x.as<T>(), call.out[0].as<T>(), x.size(), x.shape.back()});
  });
}

// MXNet draws for pictures from the stream of numbers one by one.
float between(random::Stream& stream, double low, double high) {
  const float base = static_cast<float>(low);
  return base + (static_cast<float>(high) - base) * stream.canonical<float>();
}
float between(double low, double high) {
  float factor = 0;
  random::one_by_one([&](random::Stream& stream) { factor = between(stream, low, high); });
  return factor;
}

void expect_colors(Inference& s) {
  expect_image(s);
  const std::int64_t channels = s.in(0)[2];
  s.expect(channels == 1 || channels == 3, 0, "expected 1 or 3 channels, got shape ", s.in(0));
  s.set_out(0, s.in(0));
}

template <class O>
OpDefinition<O> define_change(const char* name, const char* doc) {
  auto definition = define_op<O>(std::string("_image_") + name);
  definition.aliases({std::string("_npx__image_") + name})
      .doc(doc)
      .types(Types::numbers)
      .inputs({"data"})
      .nameless();
  return definition;
}

template <class O>
OpDefinition<O> define_random_change(const char* name, const char* doc) {
  auto definition = define_change<O>(name, doc);
  definition.looks_up({0}).random();
  return definition;
}

struct Brightness {
  static constexpr const char* name = "random_brightness";
  static constexpr const char* doc = "An image times a random factor.";
  template <class T>
  static void apply(const Pixels<T>& p, float factor) {
    kernels::linear(p.in, p.out, p.n, factor, 0);
  }
};

struct Contrast {
  static constexpr const char* name = "random_contrast";
  static constexpr const char* doc =
      "An image moved away from its mean brightness, or nearer, by a random factor.";
  template <class T>
  static void apply(const Pixels<T>& p, float factor) {
    kernels::contrast(p.in, p.out, p.n, p.channels, factor);
  }
};

struct Saturation {
  static constexpr const char* name = "random_saturation";
  static constexpr const char* doc =
      "Colors moved away from their grey, or nearer, by a random factor.";
  template <class T>
  static void apply(const Pixels<T>& p, float factor) {
    kernels::saturate(p.in, p.out, p.n, p.channels, factor);
  }
};

struct Hue {
  static constexpr const char* name = "random_hue";
  static constexpr const char* doc = "Colors turned by a random part of the circle of hues.";
  template <class T>
  static void apply(const Pixels<T>& p, float factor) {
    kernels::turn_hues(p.in, p.out, p.n, p.channels, 6 * factor);
  }
};

using Factors = ImageRandomFactorOptions;

template <class What>
[[maybe_unused]] const bool by_factor = [] {
  define_random_change<Factors>(What::name, What::doc)
      .field("min_factor", &Factors::min_factor, "The least factor.")
      .required()
      .field("max_factor", &Factors::max_factor, "The largest factor.")
      .required()
      .infer([](const Factors& o, Inference& s) {
        s.expect(o.min_factor >= 0, -1, "min_factor: expected at least 0, got ", o.min_factor);
        s.expect(o.max_factor >= 0, -1, "max_factor: expected at least 0, got ", o.max_factor);
        expect_colors(s);
      })
      .forward([](const Factors& o, const Call& call) {
        const float factor = between(o.min_factor, o.max_factor);
        change(call, [&](const auto& pixels) { What::apply(pixels, factor); });
      })
      .sample({}, {{{0, 3, 3}}});
  return true;
}();
template const bool by_factor<Brightness>;
template const bool by_factor<Contrast>;
template const bool by_factor<Saturation>;
template const bool by_factor<Hue>;

using Jitter = ImageRandomColorJitterOptions;

struct Step {
  enum class Kind { brightness, contrast, saturation, hue } kind;
  float factor;
};

// MXNet's order and factors. What has no extent draws none, and is left out.
PooledVector<Step> draw_steps(const Jitter& o) {
  std::array order{Step::Kind::brightness, Step::Kind::contrast, Step::Kind::saturation,
                   Step::Kind::hue};
  const std::array extents{o.brightness, o.contrast, o.saturation, o.hue};
  PooledVector<Step> steps;
  random::one_by_one([&](random::Stream& stream) {
    for (std::uint32_t i = 1; i < order.size(); ++i) {
      std::swap(order[i], order[stream.below(i + 1)]);
    }
    for (const Step::Kind kind : order) {
      const double extent = extents[static_cast<std::size_t>(kind)];
      const double middle = kind == Step::Kind::hue ? 0 : 1;
      if (extent > 0) steps.push_back({kind, between(stream, middle - extent, middle + extent)});
    }
  });
  return steps;
}

template <class T>
void jitter(std::span<const Step> steps, Pixels<T> p) {
  std::copy_n(p.in, p.n, p.out);
  p.in = p.out;
  for (const Step& step : steps) {
    switch (step.kind) {
      case Step::Kind::brightness:
        Brightness::apply(p, step.factor);
        break;
      case Step::Kind::contrast:
        Contrast::apply(p, step.factor);
        break;
      case Step::Kind::saturation:
        Saturation::apply(p, step.factor);
        break;
      case Step::Kind::hue:
        Hue::apply(p, step.factor);
        break;
    }
  }
}

const auto color_jitter =
    define_random_change<Jitter>(
        "random_color_jitter",
        "Brightness, contrast, saturation and hue changed in a random order.")
        .field("brightness", &Jitter::brightness, "How far its factor lies from 1 at most.")
        .required()
        .field("contrast", &Jitter::contrast, "How far its factor lies from 1 at most.")
        .required()
        .field("saturation", &Jitter::saturation, "How far its factor lies from 1 at most.")
        .required()
        .field("hue", &Jitter::hue, "The largest part of the circle by which hues turn.")
        .required()
        .infer([](const Jitter& o, Inference& s) {
          const std::pair<const char*, double> extents[] = {{"brightness", o.brightness},
                                                            {"contrast", o.contrast},
                                                            {"saturation", o.saturation},
                                                            {"hue", o.hue}};
          for (const auto& [name, extent] : extents) {
            s.expect(extent >= 0 && extent < 1e30, -1, name, ": expected at least 0, got ", extent);
          }
          expect_colors(s);
        })
        .forward([](const Jitter& o, const Call& call) {
          const auto steps = draw_steps(o);
          change(call, [&](const auto& pixels) { jitter(std::span(steps), pixels); });
        })
        .sample({}, {{{0, 3, 3}}});

const auto adjust_lighting =
    define_change<ImageLightingOptions>("adjust_lighting",
                                        "The principal colors of ImageNet's pixels added in parts.")
        .field("alpha", &ImageLightingOptions::alpha, "The three parts.")
        .required()
        .infer([](const ImageLightingOptions& o, Inference& s) {
          s.expect(o.alpha.size() == 3, -1, "alpha: expected 3 numbers, got ", o.alpha.size());
          expect_colors(s);
        })
        .forward([](const ImageLightingOptions& o, const Call& call) {
          std::array<float, 3> alpha{};
          std::copy_n(o.alpha.begin(), 3, alpha.begin());
          change(call, [&](const auto& p) { kernels::light(p.in, p.out, p.n, p.channels, alpha); });
        })
        .backward(
            [](const ImageLightingOptions& /*o*/, const GradientCall& call) {
              const Tensor& dx = call.in_grad[0];
              if (dx.size() == 0) return;
              std::memcpy(dx.data, call.out_grad[0].data,
                          static_cast<std::size_t>(dx.size()) * size_of(dx.dtype));
            },
            Op::nothing)
        .derivative([](const ImageLightingOptions& /*o*/, const DerivativeCall& call) {
          return std::vector<NDArray>{call.out_grad[0]};
        })
        .sample({.alpha = {0.1, -0.2, 0.3}}, {{{3, 5, 3}, {Fill::Kind::uniform, 0, 200}}})
        .sample({.alpha = {1, 1, 1}}, {{{2, 3, 1}, {Fill::Kind::uniform, 0, 100}}})
        .sample({.alpha = {1, 1, 1}}, {{{0, 3, 3}}});

const auto random_lighting =
    define_random_change<ImageRandomLightingOptions>(
        "random_lighting", "The principal colors of ImageNet's pixels added in random parts.")
        .field("alpha_std", &ImageRandomLightingOptions::alpha_std, "The parts' deviation.")
        .infer([](const ImageRandomLightingOptions& o, Inference& s) {
          s.expect(o.alpha_std >= 0 && o.alpha_std < 1e30, -1,
                   "alpha_std: expected at least 0, got ", o.alpha_std);
          expect_colors(s);
        })
        .forward([](const ImageRandomLightingOptions& o, const Call& call) {
          std::array<float, 3> alpha{};
          random::one_by_one([&](random::Stream& stream) {  // two at a time, as MXNet
            const auto [first, second] = stream.normal_pair<float>();
            alpha = {first, second, stream.normal<float>()};
          });
          for (float& part : alpha) part *= static_cast<float>(o.alpha_std);
          change(call, [&](const auto& p) { kernels::light(p.in, p.out, p.n, p.channels, alpha); });
        })
        .sample({}, {{{0, 3, 3}}});

}  // namespace
}  // namespace gluino
