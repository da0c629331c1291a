#include <gluino/kernels/cpu/normalization/softmax.h>

#include "kernels/kernel_test.h"

namespace gluino::kernels {
namespace {

// One column of softmax in double.
template <class T>
std::vector<double> reference(const T* x, std::int64_t n, std::int64_t step, double temperature) {
  double top = -std::numeric_limits<double>::infinity();
  for (std::int64_t i = 0; i < n; ++i) top = std::max<double>(top, x[i * step] / temperature);
  double total = 0;
  std::vector<double> y;
  for (std::int64_t i = 0; i < n; ++i) y.push_back(std::exp(x[i * step] / temperature - top));
  for (const double v : y) total += v;
  for (double& v : y) v /= total;
  return y;
}

const SoftmaxShape kShapes[] = {{3, 10, 1}, {100, 10, 1}, {70, 3, 1}, {130, 12, 1},
                                {1, 1, 1},  {5, 7, 3},    {2, 8, 33}, {4, 1001, 1},
                                {0, 3, 1},  {3, 0, 2},    {2, 3, 0},  {2, 16, 8}};

template <class T>
void check_forward(double tolerance) {
  for (const SoftmaxShape& s : kShapes) {
    for (const double temperature : {1.0, 2.5}) {
      const std::int64_t size = s.outer * s.n * s.inner;
      const auto x = random_numbers<T>(size, -20, 20);
      std::vector<T> y(x.size()), log_y(x.size());
      softmax(x.data(), y.data(), s, temperature);
      log_softmax(x.data(), log_y.data(), s, temperature);
      if (size == 0) continue;
      for (std::int64_t o = 0; o < s.outer; ++o) {
        for (std::int64_t j = 0; j < s.inner; ++j) {
          const std::int64_t base = o * s.n * s.inner + j;
          const auto expected = reference(x.data() + base, s.n, s.inner, temperature);
          for (std::int64_t i = 0; i < s.n; ++i) {
            const auto at = static_cast<std::size_t>(base + i * s.inner);
            const double p = expected[static_cast<std::size_t>(i)];
            ASSERT_NEAR(y[at], p, tolerance * p);
            ASSERT_NEAR(log_y[at], std::log(p), tolerance * (1 + std::abs(std::log(p))));
          }
        }
      }
    }
  }
}

TEST(Softmax, Forward) {
  check_forward<float>(4e-6);
  check_forward<double>(1e-13);
}

TEST(Softmax, GradientsAreDifferenceQuotients) {
  for (const SoftmaxShape& s : {SoftmaxShape{3, 10, 1}, SoftmaxShape{2, 3, 5}}) {
    for (const bool log : {false, true}) {
      const std::int64_t size = s.outer * s.n * s.inner;
      auto x = random_numbers<double>(size, -2, 2);
      const auto dy = random_numbers<double>(size, -1, 1, 2);
      std::vector<double> y(x.size()), dx(x.size());
      const auto value = [&] {
        (log ? log_softmax<double> : softmax<double>)(x.data(), y.data(), s, 1.5);
        double total = 0;
        for (std::size_t i = 0; i < y.size(); ++i) total += y[i] * dy[i];
        return total;
      };
      value();
      (log ? log_softmax_gradient<double> : softmax_gradient<double>)(y.data(), dy.data(),
                                                                      dx.data(), s, 1.5);
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double kept = x[i];
        x[i] = kept + 1e-6;
        const double above = value();
        x[i] = kept - 1e-6;
        const double below = value();
        x[i] = kept;
        EXPECT_NEAR(dx[i], (above - below) / 2e-6, 1e-8);
      }
    }
  }
}

TEST(Softmax, CrossEntropy) {
  const std::vector<double> x = {1, 2, 3, -500, 500, 0};
  const std::vector<double> labels = {2, 0};
  std::vector<double> p(6), loss(2), dx(6);
  softmax_cross_entropy(x.data(), labels.data(), p.data(), loss.data(), 2, 3);
  EXPECT_NEAR(loss[0], 0.40760596444438, 1e-13);
  EXPECT_NEAR(loss[1], 1000, 1e-10);
  std::vector<double> alone(2);
  softmax_cross_entropy<double>(x.data(), labels.data(), nullptr, alone.data(), 2, 3);
  EXPECT_TRUE(same_bits(alone, loss));
  const double dloss[] = {2, 1};
  softmax_cross_entropy_gradient(p.data(), labels.data(), dloss, dx.data(), 2, 3);
  EXPECT_NEAR(dx[2], 2 * (0.66524095577482 - 1), 1e-12);
  EXPECT_NEAR(dx[0], 2 * 0.09003057317038, 1e-12);
  EXPECT_NEAR(dx[3], -1, 1e-12);
  // Labels outside are clipped, NaN is the first class.
  const double wild[] = {std::numeric_limits<double>::quiet_NaN(), 1e300};
  softmax_cross_entropy(x.data(), wild, p.data(), loss.data(), 2, 3);
  EXPECT_NEAR(loss[0], 2.40760596444438, 1e-13);
  EXPECT_NEAR(loss[1], 500, 1e-10);
}

// Rows that are computed many at a time, with and without the probabilities.
TEST(Softmax, CrossEntropyOfManyRows) {
  const auto x = random_numbers<float>(300, -9, 9);
  const auto labels = random_numbers<float>(100, 0, 3, 2);
  std::vector<float> p(300), loss(100), alone(100);
  softmax_cross_entropy(x.data(), labels.data(), p.data(), loss.data(), 100, 3);
  softmax_cross_entropy<float>(x.data(), labels.data(), nullptr, alone.data(), 100, 3);
  EXPECT_TRUE(same_bits(alone, loss));
  for (std::size_t r = 0; r < 100; ++r) {
    const auto expected = reference(x.data() + 3 * r, 3, 1, 1);
    const double wanted = expected[static_cast<std::size_t>(labels[r])];
    EXPECT_NEAR(loss[r], -std::log(wanted), 4e-6 * (1 - std::log(wanted)));
    for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(p[3 * r + c], expected[c], 4e-6 * expected[c]);
  }
}

TEST(Softmax, SameBitsForAnyThreads) {
  const auto x = random_numbers<float>(200000, -4, 4);
  expect_same_bits_for_any_threads([&] {
    std::vector<float> y(x.size());
    softmax(x.data(), y.data(), {20000, 10, 1});
    return y;
  });
}

}  // namespace
}  // namespace gluino::kernels
