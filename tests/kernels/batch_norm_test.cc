#include <gluino/kernels/cpu/normalization/batch_norm.h>

#include "kernels/kernel_test.h"

namespace gluino::kernels {
namespace {

const ChannelShape kShapes[] = {{4, 3, 35}, {33, 5, 1}, {1, 1, 17}, {2, 7, 16}};

std::size_t channel_of(std::size_t i, const ChannelShape& s) {
  return i / static_cast<std::size_t>(s.inner) % static_cast<std::size_t>(s.channels);
}

TEST(BatchNorm, StatisticsAndForward) {
  for (const ChannelShape& s : kShapes) {
    const auto x = random_numbers<float>(s.outer * s.channels * s.inner, 999, 1001);
    const auto channels = static_cast<std::size_t>(s.channels);
    std::vector<double> total(channels), squares(channels);
    const double count = static_cast<double>(s.outer * s.inner);
    for (std::size_t i = 0; i < x.size(); ++i) total[channel_of(i, s)] += x[i];
    for (std::size_t i = 0; i < x.size(); ++i) {
      squares[channel_of(i, s)] += std::pow(x[i] - total[channel_of(i, s)] / count, 2);
    }
    std::vector<double> mean(channels), variance(channels);
    std::vector<float> y(x.size());
    batch_norm_statistics(x.data(), s, mean.data(), variance.data());
    for (std::size_t c = 0; c < channels; ++c) {
      EXPECT_NEAR(mean[c], total[c] / count, 1e-4);
      EXPECT_NEAR(variance[c], squares[c] / count, 1e-6);
    }
    const auto gamma = random_numbers<float>(s.channels, 0.5, 2, 3);
    const auto beta = random_numbers<float>(s.channels, -1, 1, 4);
    const auto centred = random_numbers<float>(s.outer * s.channels * s.inner, -1, 1);
    batch_norm_statistics(centred.data(), s, mean.data(), variance.data());
    for (const bool fix_gamma : {false, true}) {
      batch_norm(centred.data(), y.data(), s, mean.data(), variance.data(),
                 fix_gamma ? nullptr : gamma.data(), beta.data(), 1e-3);
      for (std::size_t i = 0; i < x.size(); ++i) {
        const std::size_t c = channel_of(i, s);
        const double xhat = (centred[i] - mean[c]) / std::sqrt(variance[c] + 1e-3);
        EXPECT_NEAR(y[i], (fix_gamma ? 1 : gamma[c]) * xhat + beta[c], 2e-6);
      }
    }
  }
}

TEST(BatchNorm, GradientsAreDifferenceQuotients) {
  for (const ChannelShape& s : kShapes) {
    for (const bool global : {false, true}) {
      auto x = random_numbers<double>(s.outer * s.channels * s.inner, -1, 1);
      auto gamma = random_numbers<double>(s.channels, 0.5, 2, 3);
      auto beta = random_numbers<double>(s.channels, -1, 1, 4);
      const auto dy = random_numbers<double>(s.outer * s.channels * s.inner, -1, 1, 2);
      std::vector<double> mean(gamma.size(), 0.1), variance(gamma.size(), 0.7), y(x.size());
      const auto value = [&] {
        if (!global) batch_norm_statistics(x.data(), s, mean.data(), variance.data());
        batch_norm(x.data(), y.data(), s, mean.data(), variance.data(), gamma.data(), beta.data(),
                   1e-3);
        double total = 0;
        for (std::size_t i = 0; i < y.size(); ++i) total += y[i] * dy[i];
        return total;
      };
      value();
      std::vector<double> dx(x.size()), dgamma(gamma.size()), dbeta(gamma.size());
      batch_norm_gradient(x.data(), dy.data(), s, mean.data(), variance.data(), gamma.data(),
                          dx.data(), dgamma.data(), dbeta.data(),
                          {.epsilon = 1e-3, .use_global_stats = global});
      const auto check = [&](std::vector<double>& inputs, const std::vector<double>& gradient) {
        for (std::size_t i = 0; i < inputs.size(); ++i) {
          const double kept = inputs[i];
          inputs[i] = kept + 1e-6;
          const double above = value();
          inputs[i] = kept - 1e-6;
          const double below = value();
          inputs[i] = kept;
          EXPECT_NEAR(gradient[i], (above - below) / 2e-6, 1e-7);
        }
      };
      check(x, dx);
      check(gamma, dgamma);
      check(beta, dbeta);
    }
  }
}

TEST(BatchNorm, WithAnActivationIsOneAfterTheOther) {
  const UnaryKernel<float>& tanh = unary::tanh<float>();
  // One piece, some pieces, and a rest.
  for (const ChannelShape& s : {ChannelShape{4, 3, 35}, ChannelShape{2, 2, 5000}}) {
    const std::int64_t count = s.outer * s.channels * s.inner;
    const auto x = random_numbers<float>(count, -1, 1);
    const auto dy = random_numbers<float>(count, -1, 1, 2);
    const auto gamma = random_numbers<float>(s.channels, 0.5, 2, 3);
    const auto beta = random_numbers<float>(s.channels, -1, 1, 4);
    const auto channels = static_cast<std::size_t>(s.channels);
    std::vector<double> mean(channels), variance(channels);
    std::vector<float> y(x.size()), fused(x.size());
    batch_norm_statistics(x.data(), s, mean.data(), variance.data());
    const auto normalize = [&](std::vector<float>& out, const UnaryKernel<float>* activation) {
      batch_norm(x.data(), out.data(), s, mean.data(), variance.data(), gamma.data(), beta.data(),
                 1e-3, activation);
    };
    normalize(fused, &tanh);
    normalize(y, nullptr);
    tanh.forward(y.data(), y.data(), count);
    EXPECT_EQ(fused, y);
    std::vector<float> inner(x.size());
    tanh.gradient(nullptr, y.data(), dy.data(), inner.data(), count);
    const auto gradients = [&](const float* heads, float* dx,
                               const NormActivation<float>& activation) {
      std::vector<float> result(2 * channels);
      batch_norm_gradient(x.data(), heads, s, mean.data(), variance.data(), gamma.data(), dx,
                          result.data(), result.data() + channels, {}, activation);
      return result;
    };
    std::vector<float> dx(x.size()), dx_fused = dy;
    const auto expected = gradients(inner.data(), dx.data(), {});
    const auto without_dx = gradients(dy.data(), nullptr, {&tanh, y.data()});
    const auto in_place = gradients(dx_fused.data(), dx_fused.data(), {&tanh, y.data()});
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_NEAR(without_dx[i], expected[i], 1e-5 * (1 + std::abs(expected[i])));
      EXPECT_EQ(without_dx[i], in_place[i]);
    }
    for (std::size_t i = 0; i < dx.size(); ++i) EXPECT_NEAR(dx_fused[i], dx[i], 1e-6);
  }
}

TEST(BatchNorm, WithoutElements) {
  std::vector<double> mean(3, 9), variance(3, 9);
  batch_norm_statistics<float>(nullptr, {0, 3, 4}, mean.data(), variance.data());
  EXPECT_EQ(mean, std::vector<double>(3, 0));
}

TEST(BatchNorm, SameBitsForAnyThreads) {
  const auto x = random_numbers<float>(20 * 30 * 500, -1, 1);
  expect_same_bits_for_any_threads([&] {
    std::vector<double> statistics(60);
    batch_norm_statistics(x.data(), {20, 30, 500}, statistics.data(), statistics.data() + 30);
    return statistics;
  });
}

}  // namespace
}  // namespace gluino::kernels
