#include <gluino/kernels/cpu/fourier/fourier.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

namespace gluino::kernels {
namespace {

using Numbers = std::vector<std::complex<double>>;

Numbers drawn(std::int64_t n) {
  Numbers x;
  for (std::int64_t j = 0; j < n; ++j) {
    x.emplace_back(static_cast<double>((j * 37 + 11) % 101 - 50) / 32,
                   static_cast<double>((j * 53 + 7) % 97 - 48) / 32);
  }
  return x;
}

Numbers transformed(const Numbers& x, Direction direction) {
  Numbers y(x.size());
  Fourier(std::ssize(x), direction).run(x.data(), y.data());
  return y;
}

// The sum itself.
Numbers summed(const Numbers& x, Direction direction) {
  const auto n = std::ssize(x);
  Numbers y(x.size());
  for (std::int64_t k = 0; k < n; ++k) {
    for (std::int64_t j = 0; j < n; ++j) {
      const double turn = static_cast<double>(j * k % n) / static_cast<double>(n);
      const double angle = 2 * std::numbers::pi * turn;
      y[static_cast<std::size_t>(k)] +=
          x[static_cast<std::size_t>(j)] *
          std::polar(1.0, direction == Direction::forward ? -angle : angle);
    }
  }
  return y;
}

double distance(const Numbers& a, const Numbers& b) {
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

// Lengths with small factors, and those that are taken as convolutions: 67, 2 * 67, primes.
TEST(Fourier, IsTheSum) {
  std::vector<std::int64_t> lengths = {128, 134, 257, 360, 1009, 1024, 67 * 67};
  for (std::int64_t n = 1; n <= 70; ++n) lengths.push_back(n);
  for (const std::int64_t n : lengths) {
    const Numbers x = drawn(n);
    for (const Direction direction : {Direction::forward, Direction::inverse}) {
      EXPECT_LT(distance(transformed(x, direction), summed(x, direction)),
                1e-12 * static_cast<double>(n))
          << n;
    }
  }
}

TEST(Fourier, ThereAndBackIsNTimesTheInput) {
  for (const std::int64_t n : {1 << 18, 100003, 3 * 5 * 7 * 11 * 13}) {
    const Numbers x = drawn(n);
    Numbers y = transformed(transformed(x, Direction::forward), Direction::inverse);
    for (auto& each : y) each /= static_cast<double>(n);
    EXPECT_LT(distance(x, y), 1e-12) << n;
  }
}

}  // namespace
}  // namespace gluino::kernels
