#include <gluino/kernels/cpu/elementwise/special.h>
#include <gluino/ops/random/distributions.h>
#include <math.h>  // NOLINT(modernize-deprecated-headers): lgammaf_r is there alone

#include <algorithm>
#include <cmath>
#include <type_traits>

namespace gluino::distributions {
namespace {

// Each distribution is a struct with its name, its parameters, and draw(stream, parameters...) in
// float or double. Numbers that count something are drawn in float whatever they become, as MXNet's
// are. Half is in what those are drawn that become float16.

struct Uniform {
  static constexpr const char* name = "uniform";
  static constexpr const char* doc = "Numbers uniform in [low, high).";
  static constexpr std::array parameters = {
      Parameter{"low", "low", Range::any, "Lower bound."},
      Parameter{"high", "high", Range::any, "Upper bound, not included."}};
  template <class T>
  using Real = T;
  using Half = double;

  template <class T>
  static T draw(Stream& stream, T low, T high) {
    return low + (high - low) * stream.canonical<T>();
  }
};

struct Normal {
  static constexpr const char* name = "normal";
  static constexpr const char* doc = "Normally distributed numbers.";
  static constexpr std::array parameters = {
      Parameter{"loc", "mu", Range::any, "The mean."},
      Parameter{"scale", "sigma", Range::at_least_0, "The standard deviation."}};
  template <class T>
  using Real = T;
  using Half = double;

  template <class T>
  static T draw(Stream& stream, T mean, T deviation) {
    return mean + deviation * stream.normal<T>();
  }
};

struct Gamma {
  static constexpr const char* name = "gamma";
  static constexpr const char* doc = "Numbers of the gamma distribution with mean alpha * beta.";
  static constexpr std::array parameters = {
      Parameter{"alpha", "alpha", Range::above_0, "The shape."},
      Parameter{"beta", "beta", Range::at_least_0, "The scale."}};
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
  static constexpr const char* name = "exponential";
  static constexpr const char* doc = "Exponentially distributed numbers with mean 1 / lam.";
  static constexpr std::array parameters = {Parameter{"lam", "lam", Range::above_0, "The rate."}};
  template <class T>
  using Real = T;
  using Half = double;

  template <class T>
  static T draw(Stream& stream, T rate) {
    return static_cast<T>(-std::log(1.0 - stream.canonical<T>()) / rate);
  }
};

struct Poisson {
  static constexpr const char* name = "poisson";
  static constexpr const char* doc = "Whole numbers of Poisson's distribution.";
  static constexpr std::array parameters = {
      Parameter{"lam", "lam", Range::at_least_0, "The mean."}};
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
  static constexpr const char* name = "negative_binomial";
  static constexpr const char* doc = "How many failures come before the k-th success.";
  static constexpr std::array parameters = {
      Parameter{"k", "k", Range::at_least_0, "How many successes."},
      Parameter{"p", "p", Range::chance, "The chance of a success."}};
  template <class T>
  using Real = float;
  using Half = float;

  // Poisson's distribution, with a mean of the gamma distribution.
  static float draw(Stream& stream, float k, float p) {
    if (k == 0) return 0;
    return Poisson::draw(stream, Gamma::draw(stream, k, (1 - p) / p));
  }
};

struct Binomial {
  static constexpr const char* name = "binomial";
  static constexpr const char* doc = "How many of n tries succeed.";
  static constexpr std::array parameters = {
      Parameter{"n", "n", Range::count, "How many tries."},
      Parameter{"p", "p", Range::part, "The chance of a success."}};
  template <class T>
  using Real = T;
  using Half = float;

  template <class T>
  static T draw(Stream& stream, T n, T p) {
    if (p == 1) return n;  // without a draw, as in MXNet
    if (p > T(0.5)) return n - draw_rare(stream, n, 1 - p);
    return draw_rare(stream, n, p);
  }

 private:
  // For chances of at most a half.
  template <class T>
  static T draw_rare(Stream& stream, T n, T p) {
    if (n * p < 10) {
      if (n <= 1024) return by_inversion(stream, n, p, std::pow(1 - p, n));
      // With more tries the roundings of float would distort the distribution.
      const double none = std::exp(static_cast<double>(n) * std::log1p(-static_cast<double>(p)));
      return static_cast<T>(by_inversion<double>(stream, n, p, none));
    }
    const double tries = n, chance = p, spread = std::sqrt(tries * chance * (1 - chance));
    if (spread < 1e6) return static_cast<T>(by_rejection(stream, tries, chance, spread));
    // From here on roundings of logarithms would distort the distribution; what differs from a
    // normal one is below 10^-6.
    const double drawn = std::floor(tries * chance + spread * stream.normal<double>() + 0.5);
    return static_cast<T>(std::clamp(drawn, 0.0, tries));
  }

  // How many of the chances of 0, 1, 2, ... successes a uniform number takes to fall below the
  // next; `chance` is that of none.
  template <class T>
  static T by_inversion(Stream& stream, T n, T p, T chance) {
    const T odds = p / (1 - p);
    T left = stream.canonical<float>();
    T count = 0;
    // A smaller chance is none of a number's: what is left then are roundings.
    while (left > chance && count < n && (chance > T(0x1p-32) || count < n * p)) {
      left -= chance;
      ++count;
      chance *= (n + 1) * odds / count - odds;
    }
    return count;
  }

  // What Stirling's series lacks to log(k!).
  static double stirling_rest(double k) {
    if (k < 10) {
      constexpr double kHalfLogOf2Pi = 0.91893853320467274;
      return kernels::log_gamma(k + 1) - kHalfLogOf2Pi - (k + 0.5) * std::log(k + 1) + k + 1;
    }
    const double square = (k + 1) * (k + 1);
    return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / (k + 1);
  }

  // Hörmann (1993), "The generation of binomial random variates", algorithm BTRS: candidates are
  // made of a uniform number in one step, most are taken without a look at their chance.
  static double by_rejection(Stream& stream, double n, double p, double spread) {
    const double odds = p / (1 - p);
    const double b = 1.15 + 2.53 * spread;
    const double a = -0.0873 + 0.0248 * b + 0.01 * p;
    const double alpha = (2.83 + 5.1 / b) * spread;
    const double mode = std::floor((n + 1) * p);
    for (;;) {
      const double u = stream.canonical<double>() - 0.5;
      const double v = stream.canonical<double>();
      const double room = 0.5 - std::abs(u);
      const double count = std::floor((2 * a / room + b) * u + n * p + 0.5);
      if (room >= 0.07 && v <= 0.92 - 4.2 / b) return count;
      if (!(count >= 0 && count <= n)) continue;
      const double others = n - count + 1;
      const double log_ratio = (mode + 0.5) * std::log((mode + 1) / (odds * (n - mode + 1))) +
                               (n + 1) * std::log1p((count - mode) / others) +
                               (count + 0.5) * std::log(others * odds / (count + 1)) +
                               stirling_rest(mode) + stirling_rest(n - mode) -
                               stirling_rest(count) - stirling_rest(n - count);
      if (std::log(v * alpha / (a / (room * room) + b)) <= log_ratio) return count;
    }
  }
};

struct GeneralizedNegativeBinomial {
  static constexpr const char* name = "generalized_negative_binomial";
  static constexpr const char* doc =
      "Whole numbers of the negative binomial distribution by mean and dispersion.";
  static constexpr std::array parameters = {
      Parameter{"mu", "mu", Range::at_least_0, "The mean."},
      Parameter{"alpha", "alpha", Range::at_least_0,
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

// Numbers T of a distribution that are drawn in Real.
template <class D, class T, class Real>
void draw_numbers(Stream& stream, T* to, std::int64_t count, double first,
                  [[maybe_unused]] double second) {
  const auto one = static_cast<Real>(first);
  [[maybe_unused]] const auto other = static_cast<Real>(second);
  for (std::int64_t i = 0; i < count; ++i) {
    if constexpr (D::parameters.size() == 2) {
      to[i] = static_cast<T>(D::draw(stream, one, other));
    } else {
      to[i] = static_cast<T>(D::draw(stream, one));
    }
  }
}

template <class D, class T, class Real>
constexpr Draw<T> kDraw = {std::is_same_v<Real, float>, draw_numbers<D, T, Real>};

template <class D>
constexpr Distribution kOf = {
    .name = D::name,
    .doc = D::doc,
    .count = D::parameters.size(),
    .parameters = {D::parameters.front(), D::parameters.back()},
    .floats = kDraw<D, float, typename D::template Real<float>>,
    .doubles = kDraw<D, double, typename D::template Real<double>>,
    .halves = kDraw<D, float, typename D::Half>,
};

}  // namespace

bool lies_in(double value, Range range) {
  switch (range) {
    case Range::any:
      return true;
    case Range::at_least_0:
      return value >= 0 && std::isfinite(value);
    case Range::above_0:
      return value > 0 && std::isfinite(value);
    case Range::chance:
      return value > 0 && value <= 1;
    case Range::part:
      return value >= 0 && value <= 1;
    case Range::count:
      return value >= 0 && std::isfinite(value) && std::floor(value) == value;
  }
  return false;
}

const char* described(Range range) {
  constexpr const char* kTexts[] = {"a finite number",         "a finite number of at least 0",
                                    "a finite number above 0", "a number above 0 and at most 1",
                                    "a number from 0 to 1",    "a whole number of at least 0"};
  return kTexts[static_cast<int>(range)];
}

constinit const Distribution uniform = kOf<Uniform>;
constinit const Distribution normal = kOf<Normal>;
constinit const Distribution gamma = kOf<Gamma>;
constinit const Distribution exponential = kOf<Exponential>;
constinit const Distribution poisson = kOf<Poisson>;
constinit const Distribution negative_binomial = kOf<NegativeBinomial>;
constinit const Distribution binomial = kOf<Binomial>;
constinit const Distribution generalized_negative_binomial = kOf<GeneralizedNegativeBinomial>;

}  // namespace gluino::distributions
