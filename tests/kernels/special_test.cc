#include <gluino/kernels/cpu/elementwise/special.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

namespace gluino::kernels {
namespace {

// Both ends of the range have their digits in erfc.
TEST(Special, InverseErrorFunctionGivesBackWhatItCameFrom) {
  for (double x = 1e-12; x < 5; x *= 1.3) {
    const double y = std::erf(x);
    if (y == 1) continue;
    const double back = inverse_erf(y);
    const double slope = 2 * std::numbers::inv_sqrtpi * std::exp(-x * x);
    // One unit in the last place of y is so much of x.
    const double unit = std::numeric_limits<double>::epsilon() * y / slope;
    EXPECT_NEAR(back, x, 2 * unit + 4e-16 * x) << x;
    EXPECT_EQ(inverse_erf(-y), -back);
  }
  EXPECT_EQ(inverse_erf(0.0), 0);
  EXPECT_EQ(inverse_erf(1.0), std::numeric_limits<double>::infinity());
  EXPECT_EQ(inverse_erf(-1.0), -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(inverse_erf(1.5)));
}

// Abramowitz and Stegun, chapter 6.
TEST(Special, DigammaAndTrigammaHaveTheirKnownValues) {
  const double euler = std::numbers::egamma;
  const double pi = std::numbers::pi;
  EXPECT_NEAR(digamma_of(1.0), -euler, 1e-14);
  EXPECT_NEAR(digamma_of(2.0), 1 - euler, 1e-14);
  EXPECT_NEAR(digamma_of(0.5), -euler - 2 * std::log(2), 1e-14);
  EXPECT_NEAR(digamma_of(-0.5), digamma_of(0.5) + 2, 1e-13);
  EXPECT_NEAR(trigamma_of(1.0), pi * pi / 6, 1e-14);
  EXPECT_NEAR(trigamma_of(0.5), pi * pi / 2, 1e-13);
  EXPECT_NEAR(trigamma_of(-0.5), pi * pi / 2 + 4, 1e-12);
  EXPECT_TRUE(std::isnan(digamma_of(-2.0)));
}

TEST(Special, LogGammaIsTheCLibrarys) {
  for (const double x : {0.1, 0.5, 1.0, 2.5, 30.0, 1e5, -0.5, -3.7}) {
    EXPECT_DOUBLE_EQ(log_gamma(x), std::lgamma(x));
  }
}

}  // namespace
}  // namespace gluino::kernels
