#include <gluino/kernels/cpu/elementwise/update.h>

#include "kernels/kernel_test.h"

namespace gluino::kernels {
namespace {

// Expected numbers: MXNet 1.9.1's sgd_mom_update and adam_update.
TEST(Update, SgdIsThatOfMxnet) {
  std::vector<float> w = {1, 2, 3}, m = {0.1f, 0, 0};
  const std::vector<float> g = {0.5f, 0.1f, -9};
  sgd_update(w.data(), g.data(), m.data(), 3,
             {.learning_rate = 0.1,
              .momentum = 0.9,
              .weight_decay = 0.01,
              .rescale_gradient = 0.5,
              .clip_gradient = 1});
  const double expected_w[] = {1.0640000104904175, 1.9930000305175781, 3.0970001220703125};
  const double expected_m[] = {0.06399999558925629, -0.007000000216066837, 0.09700000286102295};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(w[i], expected_w[i], 3e-7);
    EXPECT_NEAR(m[i], expected_m[i], 3e-8);
  }
}

TEST(Update, AdamIsThatOfMxnet) {
  std::vector<float> w = {1, 2, 3}, mean = {0.1f, 0, 0}, var = {0.2f, 0.1f, 0};
  const std::vector<float> g = {0.5f, 0.1f, -9};
  adam_update(
      w.data(), g.data(), mean.data(), var.data(), 3,
      {.learning_rate = 0.1, .weight_decay = 0.01, .rescale_gradient = 0.5, .clip_gradient = 1});
  const double expected_w[] = {0.9740530252456665, 1.9977853298187256, 3.316229820251465};
  const double expected_mean[] = {0.11600000411272049, 0.007000001613050699, -0.10000002384185791};
  const double expected_var[] = {0.1998676061630249, 0.09990490227937698, 0.0009999871253967285};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(w[i], expected_w[i], 3e-6);
    EXPECT_NEAR(mean[i], expected_mean[i], 3e-8);
    EXPECT_NEAR(var[i], expected_var[i], 3e-8);
  }
}

TEST(Update, PlainSgdAndOddSizes) {
  for (const int n : {0, 1, 7, 9, 100003}) {
    auto w = random_numbers<double>(n, -1, 1);
    const auto old = w;
    const auto g = random_numbers<double>(n, -1, 1, 2);
    std::vector<double> mean(w.size()), var(w.size());
    sgd_update<double>(w.data(), g.data(), nullptr, n, {.learning_rate = 0.5});
    for (std::size_t i = 0; i < w.size(); ++i) ASSERT_DOUBLE_EQ(w[i], old[i] - 0.5 * g[i]);
    w = old;
    adam_update(w.data(), g.data(), mean.data(), var.data(), n, {});
    for (std::size_t i = 0; i < w.size(); ++i) {
      ASSERT_NEAR(w[i], old[i] - 0.001 * 0.1 * g[i] / (std::sqrt(0.001 * g[i] * g[i]) + 1e-8),
                  1e-12);
    }
  }
}

TEST(Update, NanIsNotClippedAway) {
  float w = 1;
  const float g = std::numeric_limits<float>::quiet_NaN();
  sgd_update<float>(&w, &g, nullptr, 1, {.clip_gradient = 1});
  EXPECT_TRUE(std::isnan(w));
}

}  // namespace
}  // namespace gluino::kernels
