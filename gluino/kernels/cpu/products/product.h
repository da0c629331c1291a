#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace gluino::kernels {

/// A product whose exponent is kept apart, so that no order of the factors drives it out of range.
class Product {
 public:
  void multiply(double factor) {
    value_ *= brought_near(factor);
    value_ = brought_near(value_);
  }
  void multiply(const Product& other) {
    multiply(other.value_);
    exponent_ += other.exponent_;
  }
  void divide(double factor) {
    value_ /= brought_near(factor, -1);
    value_ = brought_near(value_);
  }
  double value() const {
    constexpr std::int64_t kMost = 5000;  // no number reaches as far
    return std::ldexp(value_, static_cast<int>(std::clamp(exponent_, -kMost, kMost)));
  }

 private:
  // `factor` as it is or, where it is extreme, without its exponent, which then is counted.
  double brought_near(double factor, int direction = 1) {
    const double size = std::abs(factor);
    if (size > 1e-100 && size < 1e100) [[likely]]
      return factor;
    if (factor == 0 || !std::isfinite(factor)) return factor;
    int exponent = 0;
    factor = std::frexp(factor, &exponent);
    exponent_ += direction * exponent;
    return factor;
  }

  double value_ = 1;
  std::int64_t exponent_ = 0;
};

}  // namespace gluino::kernels
