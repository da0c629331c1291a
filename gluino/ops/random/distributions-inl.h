#pragma once

#include <gluino/base/convert.h>
#include <gluino/base/random.h>
#include <gluino/kernels/cpu/elementwise/special.h>
#include <gluino/ops/random/random.h>
#include <math.h>  // NOLINT(modernize-deprecated-headers): lgammaf_r is there alone

#include <cmath>
#include <limits>
#include <tuple>

/// The distributions: their parameters, and how a number is drawn from a stream. Each is a struct
/// with its name, a row of parameters, and draw(stream, parameters...) in float or double. Numbers
/// that count something are drawn in float whatever they become, as MXNet's are. Half is in what
/// those are drawn that become float16.
namespace gluino::distributions {
namespace {

using random::Stream;

/// Where a parameter may lie.
enum class Range { any, at_least_0, above_0, chance };

template <class T>
bool lies_in(T value, Range range) {
  switch (range) {
    case Range::any:
      return true;
    case Range::at_least_0:
      return value >= 0 && std::isfinite(value);
    case Range::above_0:
      return value > 0 && std::isfinite(value);
    case Range::chance:
      return value > 0 && value <= 1;
  }
  return false;
}

/// What the sentence about one that does not lie there expects.
inline const char* described(Range range) {
  constexpr const char* kTexts[] = {"a finite number", "a finite number of at least 0",
                                    "a finite number above 0", "a number above 0 and at most 1"};
  return kTexts[static_cast<int>(range)];
}

/// A parameter is an option where it is one number, and an input where each element has its own.
template <class O, class T>
struct Parameter {
  const char* name;
  T O::*member;
  /// Its name as an input.
  const char* input;
  Range range;
  const char* doc;
};
template <class O, class T>
Parameter(const char*, T O::*, const char*, Range, const char*) -> Parameter<O, T>;

struct Uniform {
  using Options = UniformOptions;
  static constexpr const char* name = "uniform";
  static constexpr const char* doc = "Numbers uniform in [low, high).";
  static constexpr std::tuple parameters = {
      Parameter{"low", &Options::low, "low", Range::any, "Lower bound."},
      Parameter{"high", &Options::high, "high", Range::any, "Upper bound, not included."}};
  template <class T>
  using Real = T;
  using Half = double;

  template <class T>
  static T draw(Stream& stream, T low, T high) {
    return low + (high - low) * stream.canonical<T>();
  }
};

struct Normal {
  using Options = NormalOptions;
  static constexpr const char* name = "normal";
  static constexpr const char* doc = "Normally distributed numbers.";
  static constexpr std::tuple parameters = {
      Parameter{"loc", &Options::loc, "mu", Range::any, "The mean."},
      Parameter{"scale", &Options::scale, "sigma", Range::at_least_0, "The standard deviation."}};
  template <class T>
  using Real = T;
  using Half = double;

  template <class T>
  static T draw(Stream& stream, T mean, T deviation) {
    return mean + deviation * stream.normal<T>();
  }
};

struct Gamma {
  using Options = GammaOptions;
  static constexpr const char* name = "gamma";
  static constexpr const char* doc = "Numbers of the gamma distribution with mean alpha * beta.";
  static constexpr std::tuple parameters = {
      Parameter{"alpha", &Options::alpha, "alpha", Range::above_0, "The shape."},
      Parameter{"beta", &Options::beta, "beta", Range::at_least_0, "The scale."}};
  template <class T>
  using Real = T;
  using Half = float;

  // Marsaglia and Tsang (2000), "A simple method for generating gamma variables". Below shape 1 it
  // is that of shape + 1 times u^(1 / shape).
  template <class T>
  static T draw(Stream& stream, T shape, T scale) {
    const bool below_1 = shape < 1;
    const T d = static_cast<T>(below_1 ? shape + 2.0 / 3.0 : shape - 1.0 / 3.0);
    const T k = static_cast<T>(std::sqrt(9.0 * d));
    const T c = static_cast<T>(1.0 / k);
    for (;;) {
      const T z = stream.normal<T>();
      if (z <= -k) continue;
      const T x = static_cast<T>(1.0 + c * z);
      const T v = x * x * x;
      const double room = 0.5 * z * z + d * (1.0 - v + std::log(v));
      if (std::log(1.0 - stream.canonical<T>()) >= room) continue;
      const T drawn = d * v * scale;
      if (!below_1) return drawn;
      const double power = static_cast<T>(1.0 / shape);
      return static_cast<T>(drawn * std::pow(static_cast<double>(stream.canonical<T>()), power));
    }
  }
};

struct Exponential {
  using Options = ExponentialOptions;
  static constexpr const char* name = "exponential";
  static constexpr const char* doc = "Exponentially distributed numbers with mean 1 / lam.";
  static constexpr std::tuple parameters = {
      Parameter{"lam", &Options::lam, "lam", Range::above_0, "The rate."}};
  template <class T>
  using Real = T;
  using Half = double;

  template <class T>
  static T draw(Stream& stream, T rate) {
    return static_cast<T>(-std::log(1.0 - stream.canonical<T>()) / rate);
  }
};

struct Poisson {
  using Options = PoissonOptions;
  static constexpr const char* name = "poisson";
  static constexpr const char* doc = "Whole numbers of Poisson's distribution.";
  static constexpr std::tuple parameters = {
      Parameter{"lam", &Options::lam, "lam", Range::at_least_0, "The mean."}};
  template <class T>
  using Real = float;
  using Half = float;

  static float draw(Stream& stream, float mean) {
    if (mean < 12) return from_products(stream, mean);
    // From here on the logarithms' roundings in float would distort the distribution,
    if (mean < 1e5F) return by_rejection<float>(stream, mean);
    // and from here on those in double; what differs from a normal one is below 10^-6.
    if (mean < 1e12F) return static_cast<float>(by_rejection<double>(stream, mean));
    return std::floor(mean + std::sqrt(mean) * stream.normal<float>());
  }

 private:
  // In float as the C library computes it, since its roundings decide what MXNet draws.
  static float log_gamma(float x) {
    int sign = 0;  // which std::lgamma writes where all threads see it
    return ::lgammaf_r(x, &sign);
  }
  static double log_gamma(double x) { return kernels::log_gamma(x); }

  // Knuth: how many uniform numbers their product takes to fall below e^-mean.
  static float from_products(Stream& stream, float mean) {
    const float end = std::exp(-mean);
    float count = 0;
    for (float product = stream.canonical<float>(); product > end;
         product *= stream.canonical<float>()) {
      ++count;
    }
    return count;
  }

  // Press and others, Numerical Recipes, 7.3: candidates of a Cauchy distribution around the mean.
  template <class T>
  static T by_rejection(Stream& stream, T mean) {
    const T width = static_cast<T>(std::sqrt(2.0 * mean));
    const T log_mean = std::log(mean);
    const T at_mean = mean * log_mean - log_gamma(mean + 1);
    for (;;) {
      const T y = std::tan(T(3.1415926F) * stream.canonical<T>());
      const T place = width * y + mean;
      if (place < 0) continue;
      const T count = std::floor(place);
      const T log_ratio = count * log_mean - log_gamma(count + 1) - at_mean;
      const double ratio = std::exp(static_cast<double>(log_ratio));
      const T kept = static_cast<T>(0.9 * (1.0 + y * y) * ratio);
      if (stream.canonical<T>() <= kept) return count;
    }
  }
};

struct NegativeBinomial {
  using Options = NegativeBinomialOptions;
  static constexpr const char* name = "negative_binomial";
  static constexpr const char* doc = "How many failures come before the k-th success.";
  static constexpr std::tuple parameters = {
      Parameter{"k", &Options::k, "k", Range::at_least_0, "How many successes."},
      Parameter{"p", &Options::p, "p", Range::chance, "The chance of a success."}};
  template <class T>
  using Real = float;
  using Half = float;

  // Poisson's distribution, with a mean of the gamma distribution.
  static float draw(Stream& stream, float k, float p) {
    if (k == 0) return 0;
    return Poisson::draw(stream, Gamma::draw(stream, k, (1 - p) / p));
  }
};

struct GeneralizedNegativeBinomial {
  using Options = GeneralizedNegativeBinomialOptions;
  static constexpr const char* name = "generalized_negative_binomial";
  static constexpr const char* doc =
      "Whole numbers of the negative binomial distribution by mean and dispersion.";
  static constexpr std::tuple parameters = {
      Parameter{"mu", &Options::mu, "mu", Range::at_least_0, "The mean."},
      Parameter{"alpha", &Options::alpha, "alpha", Range::at_least_0,
                "The dispersion: the variance is mu + alpha * mu^2."}};
  template <class T>
  using Real = float;
  using Half = float;

  static float draw(Stream& stream, float mean, float dispersion) {
    if (mean == 0) return 0;
    if (dispersion == 0) return Poisson::draw(stream, mean);
    return Poisson::draw(stream, Gamma::draw(stream, 1 / dispersion, mean * dispersion));
  }
};

/// Calls f(parameter) for each parameter of a distribution.
template <class D, class F>
void for_each_parameter(F f) {
  std::apply([&](const auto&... parameter) { (f(parameter), ...); }, D::parameters);
}

}  // namespace
}  // namespace gluino::distributions
