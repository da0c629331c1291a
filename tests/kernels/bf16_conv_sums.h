#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "kernels/bf16_test.h"
#include "kernels/conv_terms.h"

namespace gluino::kernels {

// A sum and the sum of its terms' magnitudes, by which rounding errors are measured.
struct Sums {
  explicit Sums(const std::vector<float>& like) : sum(like.size()), magnitude(like.size()) {}
  void add(std::int64_t at, double term) {
    sum[static_cast<std::size_t>(at)] += term;
    magnitude[static_cast<std::size_t>(at)] += std::abs(term);
  }
  std::vector<double> sum, magnitude;
};

inline void expect_near(const std::vector<float>& found, const Sums& wanted, const char* what,
                        const Conv2dGeometry& g) {
  for (std::size_t i = 0; i < found.size(); ++i) {
    ASSERT_NEAR(double(found[i]), wanted.sum[i], 1.2e-7 * (1 + 8 * wanted.magnitude[i]))
        << what << "[" << i << "], " << g;
  }
}

inline Conv2dGeometry geometry(std::int64_t batch, std::int64_t channels, std::int64_t height,
                               std::int64_t width, std::int64_t filters, std::int64_t kernel) {
  Conv2dGeometry g;
  g.batch = batch;
  g.in_channels = channels;
  g.in_height = height;
  g.in_width = width;
  g.out_channels = filters;
  g.kernel_height = g.kernel_width = kernel;
  return g;
}

}  // namespace gluino::kernels
