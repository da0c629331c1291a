// Convolutions and their gradients against sums in double, term by term, for the tests of kernels.
#pragma once

#include <gluino/kernels/cpu/convolution/conv_image_gradient.h>
#include <gluino/kernels/cpu/convolution/conv_image_tiles.h>
#include <gluino/kernels/cpu/convolution/conv_winograd.h>
#include <gluino/kernels/cpu/convolution/convolution.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "kernels/conv_terms.h"

namespace gluino::kernels::conv_numbers {

using Values = std::vector<double>;

inline Values random_values(std::int64_t count, unsigned seed) {
  std::mt19937 engine(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  Values values(static_cast<std::size_t>(count));
  for (double& value : values) value = uniform(engine);
  return values;
}

template <class T>
std::vector<T> as(const Values& values) {
  return {values.begin(), values.end()};
}

// A sum and the sum of its terms' magnitudes, by which rounding errors are measured.
struct Sums {
  explicit Sums(std::int64_t count)
      : sum(static_cast<std::size_t>(count)), magnitude(static_cast<std::size_t>(count)) {}
  void add(std::int64_t at, double term) {
    sum[static_cast<std::size_t>(at)] += term;
    magnitude[static_cast<std::size_t>(at)] += std::abs(term);
  }
  Values sum, magnitude;
};

template <class T>
void expect_near(const std::vector<T>& found, const Sums& wanted, const char* what,
                 const Conv2dGeometry& g) {
  ASSERT_EQ(found.size(), wanted.sum.size());
  // Winograd's algorithm adds up all of a tile before it subtracts what an output does not want:
  // its errors are those of the largest sum.
  const auto tiled = [](const ConvPass& pass) {
    return winograd_suits<T>(pass) || image_tile<T>(pass, true) != 0 ||
           image_gradient_suits<T>(pass);
  };
  const bool by_tiles = tiled(forward_pass(g)) || tiled(data_pass(g));
  const double largest =
      by_tiles ? *std::max_element(wanted.magnitude.begin(), wanted.magnitude.end()) : 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    ASSERT_NEAR(double(found[i]), wanted.sum[i],
                std::numeric_limits<T>::epsilon() * (1 + 8 * wanted.magnitude[i] + 16 * largest))
        << what << "[" << i << "], " << g;
  }
}

struct Arrays {
  explicit Arrays(const Conv2dGeometry& g)
      : x(random_values(g.batch * g.in_channels * g.in_height * g.in_width, 1)),
        weight(random_values(
            g.out_channels * g.group_in_channels() * g.kernel_height * g.kernel_width, 2)),
        bias(random_values(g.out_channels, 3)),
        dy(random_values(g.batch * g.out_channels * g.out_height() * g.out_width(), 4)) {}
  Values x, weight, bias, dy;
};

// What is left where a kernel forgets to write.
constexpr double kUnwritten = 12345;

template <class T>
struct Results {
  Results(const Conv2dGeometry& g, const Arrays& in, bool with_bias)
      : y(in.dy.size(), T(kUnwritten)),
        dx(in.x.size(), T(kUnwritten)),
        dweight(in.weight.size(), T(kUnwritten)),
        dbias(in.bias.size(), T(kUnwritten)) {
    const auto x = as<T>(in.x);
    const auto weight = as<T>(in.weight);
    const auto bias = as<T>(in.bias);
    const auto dy = as<T>(in.dy);
    conv2d_forward(g, x.data(), weight.data(), with_bias ? bias.data() : nullptr, y.data());
    conv2d_backward_data(g, dy.data(), weight.data(), dx.data());
    conv2d_backward_weight(g, x.data(), dy.data(), dweight.data(), dbias.data());
  }
  bool operator==(const Results&) const = default;
  std::vector<T> y, dx, dweight, dbias;
};

template <class T>
void expect_right(const Conv2dGeometry& g, bool with_bias = true) {
  const Arrays in(g);
  const Results<T> found(g, in, with_bias);
  const auto size = [](const auto& values) { return static_cast<std::int64_t>(values.size()); };
  Sums y(size(in.dy)), dx(size(in.x)), dweight(size(in.weight)), dbias(size(in.bias));
  for_each_term(g, [&](std::int64_t x, std::int64_t w, std::int64_t o) {
    const auto at = [](const Values& values, std::int64_t i) {
      return values[static_cast<std::size_t>(i)];
    };
    y.add(o, at(in.x, x) * at(in.weight, w));
    dx.add(x, at(in.dy, o) * at(in.weight, w));
    dweight.add(w, at(in.dy, o) * at(in.x, x));
  });
  const std::int64_t plane = g.out_height() * g.out_width();
  for (std::int64_t o = 0; o < size(in.dy); ++o) {
    const std::int64_t f = o / plane % g.out_channels;
    if (with_bias) y.add(o, in.bias[static_cast<std::size_t>(f)]);
    dbias.add(f, in.dy[static_cast<std::size_t>(o)]);
  }
  expect_near(found.y, y, "y", g);
  expect_near(found.dx, dx, "dx", g);
  expect_near(found.dweight, dweight, "dweight", g);
  expect_near(found.dbias, dbias, "dbias", g);
}

}  // namespace gluino::kernels::conv_numbers
