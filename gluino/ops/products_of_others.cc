// The derivative of a product: of each number the product of all others, by operators.
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/elementwise.h>
#include <gluino/ops/elementwise/unary.h>
#include <gluino/ops/movement/movement.h>

namespace gluino::derivative {
namespace {

// Numbers with a power of two apart, value * 2^exponent, so that no order of the factors drives a
// product out of range. The exponents are constants: nothing is differentiated by them.
struct Scaled {
  NDArray value;
  NDArray exponent;
};

constexpr double kMostExponent = 1000;

NDArray power_of_two(const NDArray& exponent) {
  return ops::power(2.0, ops::clip(exponent, {.a_min = -kMostExponent, .a_max = kMostExponent}));
}

Scaled scaled(const NDArray& value, const NDArray& exponent) {
  const NDArray seen = value.detach();
  const NDArray taken = ops::floor(ops::log2(ops::abs(seen) + (seen == 0)));
  return {value * power_of_two(-taken), exponent + taken};
}

// In two steps: a power that is in range may be the product of two that lie beyond it.
NDArray unscaled(const Scaled& x) {
  const NDArray half = ops::floor(x.exponent / 2);
  return x.value * power_of_two(half) * power_of_two(x.exponent - half);
}

Scaled product(const Scaled& a, const Scaled& b) {
  return scaled(a.value * b.value, a.exponent + b.exponent);
}

Scaled rows(const Scaled& x, std::int64_t begin, std::int64_t end) {
  const auto of = [=](const NDArray& array) {
    return ops::slice_axis(array, {.axis = 0, .begin = begin, .end = end});
  };
  return {of(x.value), of(x.exponent)};
}

Scaled joined(const Scaled& a, const Scaled& b) {
  return {ops::concat({a.value, b.value}, {.dim = 0}),
          ops::concat({a.exponent, b.exponent}, {.dim = 0})};
}

Scaled ones(const Scaled& like) {
  return {ops::ones_like(like.value), ops::zeros_like(like.exponent)};
}

// The rows are paired, and what is outside of a pair is multiplied by the other one of it.
Scaled others(const Scaled& x) {
  const std::int64_t n = x.value.shape()[0];
  if (n == 1) return ones(x);
  const std::int64_t half = (n + 1) / 2;
  const bool odd = n % 2 != 0;
  const Scaled left = rows(x, 0, half);
  Scaled right = rows(x, half, n);
  if (odd) right = joined(right, ones(rows(x, 0, 1)));
  const Scaled outside = others(product(left, right));
  const Scaled all = joined(product(outside, right), product(outside, left));
  return odd ? rows(all, 0, n) : all;
}

}  // namespace

NDArray products_of_others(const NDArray& x) {
  const NDArray wide = x.astype(float64);
  return unscaled(others(scaled(wide, ops::zeros_like(wide.detach())))).astype(x.dtype());
}

}  // namespace gluino::derivative
