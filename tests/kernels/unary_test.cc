#include <gluino/kernels/cpu/elementwise/unary.h>

#include <functional>
#include <numbers>
#include <string>

#include "kernels/kernel_test.h"

namespace gluino::kernels {
namespace {

struct Case {
  std::string name;
  const UnaryKernel<float>& f32;
  const UnaryKernel<double>& f64;
  std::function<long double(long double)> reference;
  double low, high;
  double ulps32, ulps64;  // tolerated error
  bool smooth = true;     // its gradient is checked by differences
};

#define GLUINO_BOTH(name) #name, unary::name < float>(), unary::name < double>()

std::vector<Case> cases() {
  using L = long double;
  return {
      {GLUINO_BOTH(exp), [](L x) { return std::exp(x); }, -110, 90, 2, 4},
      {GLUINO_BOTH(log), [](L x) { return std::log(x); }, 1e-30, 100, 4, 4},
      {GLUINO_BOTH(tanh), [](L x) { return std::tanh(x); }, -10, 10, 6, 5},
      {GLUINO_BOTH(sigmoid), [](L x) { return 1 / (1 + std::exp(-x)); }, -80, 80, 3, 4},
      {GLUINO_BOTH(relu), [](L x) { return x > 0 ? x : 0; }, -3, 3, 0, 0},
      {GLUINO_BOTH(softsign), [](L x) { return x / (1 + std::abs(x)); }, -9, 9, 1.5, 1.5},
      {GLUINO_BOTH(softrelu), [](L x) { return std::log1p(std::exp(x)); }, -40, 40, 6, 6},
      {GLUINO_BOTH(log_sigmoid), [](L x) { return -std::log1p(std::exp(-x)); }, -40, 40, 6, 6},
      {GLUINO_BOTH(mish), [](L x) { return x * std::tanh(std::log1p(std::exp(x))); }, -40, 40, 6,
       6},
      {GLUINO_BOTH(sqrt), [](L x) { return std::sqrt(x); }, 1e-9, 9, 0, 1},
      {GLUINO_BOTH(square), [](L x) { return x * x; }, -9, 9, 1, 1},
      {GLUINO_BOTH(abs), [](L x) { return std::abs(x); }, -9, 9, 0, 0},
      {GLUINO_BOTH(negative), [](L x) { return -x; }, -9, 9, 0, 0},
      {GLUINO_BOTH(sign), [](L x) { return (x > 0) - (x < 0); }, -9, 9, 0, 0},
      {GLUINO_BOTH(reciprocal), [](L x) { return 1 / x; }, 0.01, 9, 1, 1},
      {GLUINO_BOTH(rsqrt), [](L x) { return 1 / std::sqrt(x); }, 0.01, 9, 1.5, 1.5},
      {GLUINO_BOTH(log1p), [](L x) { return std::log1p(x); }, -0.999, 20, 5, 6},
      {GLUINO_BOTH(expm1), [](L x) { return std::expm1(x); }, -20, 20, 6, 6},
      {GLUINO_BOTH(sin), [](L x) { return std::sin(x); }, -3.1, 3.1, 4, 4},
      {GLUINO_BOTH(cos), [](L x) { return std::cos(x); }, -1.5, 1.5, 4, 4},
      {GLUINO_BOTH(erf), [](L x) { return std::erf(x); }, -5, 5, 4, 1},
      {GLUINO_BOTH(log2), [](L x) { return std::log2(x); }, 1e-30, 100, 2, 2},
      {GLUINO_BOTH(log10), [](L x) { return std::log10(x); }, 1e-30, 100, 2, 2},
      {GLUINO_BOTH(cbrt), [](L x) { return std::cbrt(x); }, 0.1, 9, 2, 4},
      {GLUINO_BOTH(rcbrt), [](L x) { return 1 / std::cbrt(x); }, 0.1, 9, 2, 5},
      {GLUINO_BOTH(tan), [](L x) { return std::tan(x); }, -1.4, 1.4, 2, 2},
      {GLUINO_BOTH(arcsin), [](L x) { return std::asin(x); }, -0.99, 0.99, 2, 2},
      {GLUINO_BOTH(arccos), [](L x) { return std::acos(x); }, -0.99, 0.99, 2, 2},
      {GLUINO_BOTH(arctan), [](L x) { return std::atan(x); }, -9, 9, 2, 2},
      {GLUINO_BOTH(sinh), [](L x) { return std::sinh(x); }, -9, 9, 2, 2},
      {GLUINO_BOTH(cosh), [](L x) { return std::cosh(x); }, -9, 9, 2, 2},
      {GLUINO_BOTH(arcsinh), [](L x) { return std::asinh(x); }, -9, 9, 2, 2},
      {GLUINO_BOTH(arccosh), [](L x) { return std::acosh(x); }, 1.1, 9, 2, 2},
      {GLUINO_BOTH(arctanh), [](L x) { return std::atanh(x); }, -0.9, 0.9, 2, 2},
      {GLUINO_BOTH(degrees), [](L x) { return x * 180 / std::numbers::pi_v<L>; }, -9, 9, 2, 2},
      {GLUINO_BOTH(radians), [](L x) { return x * std::numbers::pi_v<L> / 180; }, -99, 99, 2, 2},
      {GLUINO_BOTH(gamma), [](L x) { return std::tgamma(x); }, 0.1, 9, 8, 8},
      {GLUINO_BOTH(fix), [](L x) { return std::trunc(x); }, -9, 9, 0, 0, false},
      {GLUINO_BOTH(logical_not), [](L x) { return x == 0; }, -9, 9, 0, 0, false},
      {GLUINO_BOTH(round), [](L x) { return std::round(x); }, -9, 9, 0, 0, false},
      {GLUINO_BOTH(rint), [](L x) { return std::ceil(x - L{0.5}); }, -9, 9, 0, 0, false},
      {GLUINO_BOTH(round_half_to_even), [](L x) { return std::rint(x); }, -9, 9, 0, 0, false},
      {GLUINO_BOTH(floor), [](L x) { return std::floor(x); }, -9, 9, 0, 0, false},
      {GLUINO_BOTH(ceil), [](L x) { return std::ceil(x); }, -9, 9, 0, 0, false},
      {GLUINO_BOTH(trunc), [](L x) { return std::trunc(x); }, -9, 9, 0, 0, false},
  };
}

template <class T>
void check_forward(const Case& c, const UnaryKernel<T>& kernel, double tolerated) {
  for (const int n : {0, 1, 7, 8, 9, 40003}) {
    const auto x = random_numbers<T>(n, c.low, c.high);
    std::vector<T> y(x.size());
    kernel.forward(x.data(), y.data(), n);
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      worst = std::max(worst, ulps(y[i], static_cast<double>(c.reference(x[i]))));
    }
    EXPECT_LE(worst, tolerated) << c.name << " " << sizeof(T) * 8 << " bits, n = " << n;
    std::vector<T> in_place = x;
    kernel.forward(in_place.data(), in_place.data(), n);
    EXPECT_TRUE(same_bits(in_place, y)) << c.name;
  }
}

TEST(Unary, ForwardIsAccurate) {
  for (const Case& c : cases()) {
    check_forward(c, c.f32, c.ulps32);
    check_forward(c, c.f64, c.ulps64);
  }
}

TEST(Unary, NearZeroIsAccurate) {
  for (const char* name : {"tanh", "log1p", "expm1", "erf", "sin", "softsign"}) {
    for (const Case& c : cases()) {
      if (c.name != name) continue;
      for (double x = 1e-30; x < 0.5; x *= 1.7) {
        for (const double v : {x, -x}) {
          const auto v32 = static_cast<float>(v);
          float y32;
          double y64;
          c.f32.forward(&v32, &y32, 1);
          c.f64.forward(&v, &y64, 1);
          EXPECT_LE(ulps(y32, static_cast<double>(c.reference(v32))), 6) << name << v;
          EXPECT_LE(ulps(y64, static_cast<double>(c.reference(v))), 6) << name << v;
        }
      }
    }
  }
}

// Also near the multiples of right angles, where it is 0 or has a pole, and where those are far.
TEST(Unary, TangentsOfFloatsAreAccurateAnywhere) {
  std::vector<float> x = random_numbers<float>(50000, -1e4, 1e4);
  for (const float end : {9999.9f, 10000.0f, 10001.0f, 1e6f, 1e20f, 3e38f, 0.0f, 1e-30f, 1e-45f}) {
    x.insert(x.end(), {end, -end});
  }
  for (int quarter = -7000; quarter < 7000; ++quarter) {
    const auto near = static_cast<float>(quarter * std::numbers::pi / 2);
    x.insert(x.end(), {near, std::nextafter(near, 0.0f), std::nextafter(near, 1e9f)});
  }
  std::vector<float> y(x.size());
  unary::tan<float>().forward(x.data(), y.data(), static_cast<std::int64_t>(x.size()));
  for (std::size_t i = 0; i < x.size(); ++i) {
    ASSERT_LE(ulps(y[i], std::tan(static_cast<double>(x[i]))), 1.5) << x[i];
    ASSERT_EQ(std::signbit(y[i]), std::signbit(std::tan(static_cast<double>(x[i])))) << x[i];
  }
}

TEST(Unary, TanhWithinFourTenMillionths) {
  const auto x = random_numbers<float>(100000, -12, 12);
  std::vector<float> y(x.size());
  unary::tanh<float>().forward(x.data(), y.data(), 100000);
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_NEAR(y[i], std::tanh(static_cast<double>(x[i])), 4e-7);
    EXPECT_LE(std::abs(y[i]), 1.0f);
  }
}

template <class T>
void check_special(const Case& c, const UnaryKernel<T>& kernel) {
  const T inf = std::numeric_limits<T>::infinity();
  const std::vector<T> x = {std::numeric_limits<T>::quiet_NaN(),
                            inf,
                            -inf,
                            T(0),
                            -T(0),
                            T(0.5),
                            T(-0.5),
                            T(2.5),
                            T(-2.5),
                            T(-1),
                            T(1e5),
                            T(-1e5),
                            T(1e30),
                            T(-1e30)};
  std::vector<T> y(x.size());
  kernel.forward(x.data(), y.data(), static_cast<std::int64_t>(x.size()));
  for (std::size_t i = 0; i < x.size(); ++i) {
    T expected = static_cast<T>(c.reference(x[i]));
    // The plain formulas of the references overflow or lose NaN where the functions do not.
    if (std::isnan(x[i]) && c.name != "logical_not") expected = x[i];
    if (c.name == "softsign" && std::isinf(x[i])) continue;
    if (c.name == "softrelu" && x[i] > 100) expected = x[i];
    if (c.name == "log_sigmoid" && x[i] < -100) expected = x[i];
    if (c.name == "mish" && x[i] > 100) expected = x[i];
    if (std::isnan(expected)) {
      EXPECT_TRUE(std::isnan(y[i])) << c.name << "(" << x[i] << ") = " << y[i];
    } else if (std::isinf(expected) || expected == 0) {
      EXPECT_EQ(y[i], expected) << c.name << "(" << x[i] << ")";
    } else {
      EXPECT_LE(ulps(y[i], static_cast<double>(expected)), 6) << c.name << "(" << x[i] << ")";
    }
  }
}

TEST(Unary, SpecialValuesAreThoseOfTheCLibrary) {
  for (const Case& c : cases()) {
    check_special(c, c.f32);
    check_special(c, c.f64);
  }
}

template <class T>
void check_extremes(const Case& c, const UnaryKernel<T>& kernel) {
  using Limits = std::numeric_limits<T>;
  for (const T size : {T(0), Limits::denorm_min(), 3 * Limits::denorm_min(), Limits::min(),
                       Limits::epsilon(), Limits::max() / 2, Limits::max(), T(88.72283),
                       T(709.78271289338397), T(710.47586007394386), T(0.34657359027997264)}) {
    for (const T x : {size, -size}) {
      T y;
      kernel.forward(&x, &y, 1);
      const long double exact = c.reference(x);
      const T expected = static_cast<T>(exact);
      EXPECT_EQ(std::signbit(y), std::signbit(expected)) << c.name << "(" << x << ") = " << y;
      if (std::isinf(expected)) {
        EXPECT_EQ(y, expected) << c.name << "(" << x << ")";
      } else {
        EXPECT_LE(ulps(y, static_cast<double>(exact)), 3) << c.name << "(" << x << ") = " << y;
      }
    }
  }
}

TEST(Unary, EndsOfTheRangeKeepSignsAndPlaces) {
  for (const char* name : {"expm1", "tanh", "sinh", "cbrt", "arcsinh", "arctan"}) {
    for (const Case& c : cases()) {
      if (c.name != name) continue;
      check_extremes(c, c.f32);
      check_extremes(c, c.f64);
    }
  }
}

TEST(Unary, GradientIsTheDifferenceQuotient) {
  for (const Case& c : cases()) {
    if (!c.smooth) continue;
    for (const int n : {0, 1, 9, 203}) {
      const auto x = random_numbers<double>(n, std::max(c.low, -5.0), std::min(c.high, 5.0));
      const auto dy = random_numbers<double>(n, -1, 1, 2);
      std::vector<double> y(x.size());
      std::vector<double> dx(x.size());
      c.f64.forward(x.data(), y.data(), n);
      c.f64.gradient(c.f64.gradient_reads_x ? x.data() : nullptr,
                     c.f64.gradient_reads_y ? y.data() : nullptr, dy.data(), dx.data(), n);
      for (std::size_t i = 0; i < x.size(); ++i) {
        const long double h = 1e-6L * std::max(1e-3, std::abs(x[i]));
        const double slope =
            static_cast<double>((c.reference(x[i] + h) - c.reference(x[i] - h)) / (2 * h));
        EXPECT_NEAR(dx[i], dy[i] * slope, 1e-7 * (1 + std::abs(slope))) << c.name << " " << x[i];
      }
    }
  }
}

TEST(Unary, SameBitsForAnyThreads) {
  expect_same_bits_for_any_threads([] {
    auto x = random_numbers<float>(1000003, -4, 4);
    unary::tanh<float>().forward(x.data(), x.data(), 1000003);
    return x;
  });
}

}  // namespace
}  // namespace gluino::kernels
