#include <gluino/kernels/cpu/elementwise/special.h>
#include <math.h>  // NOLINT(modernize-deprecated-headers): lgamma_r is there alone

#include <cmath>
#include <limits>
#include <numbers>

namespace gluino::kernels {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

bool is_pole(double x) { return x <= 0 && x == std::floor(x); }

}  // namespace

// A first guess with three digits (Winitzki, 2008), then Halley's steps, each of which has three
// times the digits. Near the ends erfc keeps those that erf loses.
double inverse_erf(double y) {
  if (std::isnan(y) || std::abs(y) > 1) return kNaN;
  if (std::abs(y) == 1) return y * std::numeric_limits<double>::infinity();
  if (y == 0) return y;
  const double size = std::abs(y);
  const double log_rest = std::log1p(-size * size);
  const double half = 2 / (std::numbers::pi * 0.147) + log_rest / 2;
  double x = std::sqrt(std::sqrt(half * half - log_rest / 0.147) - half);
  for (int step = 0; step < 3; ++step) {
    const double error = size < 0.5 ? std::erf(x) - size : (1 - size) - std::erfc(x);
    const double newton = error / (2 * std::numbers::inv_sqrtpi * std::exp(-x * x));
    x -= newton / (1 + x * newton);
  }
  return std::copysign(x, y);
}

// std::lgamma writes a sign where all threads see it.
double log_gamma(double x) {
  int sign = 0;
  return ::lgamma_r(x, &sign);
}

// psi(x) = psi(x + 1) - 1 / x up to where the asymptotic series holds; below 0 by reflection.
double digamma_of(double x) {
  if (is_pole(x)) return kNaN;
  if (x < 0) return digamma_of(1 - x) - std::numbers::pi / std::tan(std::numbers::pi * x);
  double sum = 0;
  for (; x < 10; ++x) sum -= 1 / x;
  const double r = 1 / (x * x);
  const double series =
      r *
      (1.0 / 12 -
       r * (1.0 / 120 - r * (1.0 / 252 - r * (1.0 / 240 - r * (1.0 / 132 - r * (691.0 / 32760))))));
  return sum + std::log(x) - 0.5 / x - series;
}

double trigamma_of(double x) {
  if (is_pole(x)) return kNaN;
  if (x < 0) {
    const double sine = std::sin(std::numbers::pi * x);
    return std::numbers::pi * std::numbers::pi / (sine * sine) - trigamma_of(1 - x);
  }
  double sum = 0;
  for (; x < 10; ++x) sum += 1 / (x * x);
  const double r = 1 / (x * x);
  const double series =
      1.0 / 6 -
      r * (1.0 / 30 - r * (1.0 / 42 - r * (1.0 / 30 - r * (5.0 / 66 - r * (691.0 / 2730)))));
  return sum + 1 / x + r / 2 + r * series / x;
}

}  // namespace gluino::kernels
