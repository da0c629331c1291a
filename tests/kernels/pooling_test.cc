#include <gluino/kernels/cpu/pooling.h>

#include "kernels/kernel_test.h"

namespace gluino::kernels {
namespace {

std::vector<Pool2D> pools() {
  return {{.in_h = 24,
           .in_w = 24,
           .out_h = 12,
           .out_w = 12,
           .kernel_h = 2,
           .kernel_w = 2,
           .stride_h = 2,
           .stride_w = 2},
          {.in_h = 8,
           .in_w = 8,
           .out_h = 4,
           .out_w = 4,
           .kernel_h = 2,
           .kernel_w = 2,
           .stride_h = 2,
           .stride_w = 2},
          {.in_h = 7,
           .in_w = 29,
           .out_h = 3,
           .out_w = 14,
           .kernel_h = 2,
           .kernel_w = 2,
           .stride_h = 2,
           .stride_w = 2},
          {.in_h = 7,
           .in_w = 29,
           .out_h = 4,
           .out_w = 15,
           .kernel_h = 2,
           .kernel_w = 2,
           .stride_h = 2,
           .stride_w = 2},
          {.in_h = 9,
           .in_w = 8,
           .out_h = 5,
           .out_w = 4,
           .kernel_h = 3,
           .kernel_w = 3,
           .stride_h = 2,
           .stride_w = 2,
           .pad_h = 1,
           .pad_w = 1,
           .count_include_pad = false},
          {.in_h = 9,
           .in_w = 8,
           .out_h = 9,
           .out_w = 8,
           .kernel_h = 3,
           .kernel_w = 3,
           .pad_h = 1,
           .pad_w = 1},
          {.in_h = 6, .in_w = 5, .out_h = 1, .out_w = 1, .kernel_h = 6, .kernel_w = 5}};
}

// The elements of one window, as places in the plane.
std::vector<std::int64_t> window(const Pool2D& p, std::int64_t i, std::int64_t j) {
  std::vector<std::int64_t> places;
  for (std::int64_t h = 0; h < p.kernel_h; ++h) {
    for (std::int64_t w = 0; w < p.kernel_w; ++w) {
      const std::int64_t y = i * p.stride_h - p.pad_h + h;
      const std::int64_t x = j * p.stride_w - p.pad_w + w;
      if (y >= 0 && y < p.in_h && x >= 0 && x < p.in_w) places.push_back(y * p.in_w + x);
    }
  }
  return places;
}

template <class T>
void check_max(const Pool2D& p) {
  const std::int64_t planes = 5;
  const std::int64_t in = p.in_h * p.in_w;
  const std::int64_t out = p.out_h * p.out_w;
  auto x = random_numbers<T>(planes * in, 0, 10);
  for (T& v : x) v = std::floor(v);  // many ties
  const auto dy = random_numbers<T>(planes * out, -1, 1, 2);
  std::vector<T> y(dy.size()), alone(dy.size()), dx(x.size(), 99), expected_dx(x.size());
  std::vector<std::int32_t> argmax(dy.size());
  max_pool(x.data(), y.data(), argmax.data(), planes, p);
  max_pool<T>(x.data(), alone.data(), nullptr, planes, p);
  EXPECT_TRUE(same_bits(y, alone));
  max_pool_gradient(dy.data(), argmax.data(), dx.data(), planes, p);
  for (std::int64_t o = 0; o < planes * out; ++o) {
    const std::int64_t plane = o / out;
    const auto places = window(p, o % out / p.out_w, o % p.out_w);
    std::int64_t best = places[0];
    for (const auto place : places) {
      if (x[static_cast<std::size_t>(plane * in + place)] >
          x[static_cast<std::size_t>(plane * in + best)]) {
        best = place;
      }
    }
    const auto i = static_cast<std::size_t>(o);
    const auto at = static_cast<std::size_t>(plane * in + best);
    ASSERT_EQ(argmax[i], best);
    ASSERT_EQ(y[i], x[at]);
    expected_dx[at] += dy[i];
  }
  EXPECT_EQ(dx, expected_dx);
}

TEST(Pooling, Max) {
  for (const Pool2D& p : pools()) {
    check_max<float>(p);
    check_max<double>(p);
  }
}

TEST(Pooling, SumAndItsGradient) {
  for (const Pool2D& p : pools()) {
    const std::int64_t in = p.in_h * p.in_w;
    const std::int64_t out = p.out_h * p.out_w;
    const auto x = random_numbers<double>(3 * in, -1, 1);
    const auto dy = random_numbers<double>(3 * out, -1, 1, 2);
    std::vector<double> y(dy.size()), dx(x.size()), expected_dx(x.size());
    sum_pool(x.data(), y.data(), 3, p);
    sum_pool_gradient(dy.data(), dx.data(), 3, p);
    for (std::int64_t o = 0; o < 3 * out; ++o) {
      double total = 0;
      for (const auto place : window(p, o % out / p.out_w, o % p.out_w)) {
        const auto at = static_cast<std::size_t>(o / out * in + place);
        total += x[at];
        expected_dx[at] += dy[static_cast<std::size_t>(o)];
      }
      EXPECT_NEAR(y[static_cast<std::size_t>(o)], total, 1e-12);
    }
    for (std::size_t i = 0; i < dx.size(); ++i) EXPECT_NEAR(dx[i], expected_dx[i], 1e-12);
  }
}

TEST(Pooling, AverageIsThatOfMxnet) {
  // Numbers of MXNet 1.9.1.
  std::vector<float> x(9);
  for (std::size_t i = 0; i < 9; ++i) x[i] = static_cast<float>(i);
  Pool2D p{.in_h = 3,
           .in_w = 3,
           .out_h = 2,
           .out_w = 2,
           .kernel_h = 3,
           .kernel_w = 3,
           .stride_h = 2,
           .stride_w = 2,
           .pad_h = 1,
           .pad_w = 1};
  std::vector<float> y(4);
  avg_pool(x.data(), y.data(), 1, p);
  const float padded[] = {0.8888889f, 1.3333334f, 2.2222223f, 2.6666667f};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_FLOAT_EQ(y[i], padded[i]);
  p.count_include_pad = false;
  avg_pool(x.data(), y.data(), 1, p);
  EXPECT_EQ(y, (std::vector<float>{2, 3, 5, 6}));
  p = {.in_h = 3,
       .in_w = 3,
       .out_h = 2,
       .out_w = 2,
       .kernel_h = 2,
       .kernel_w = 2,
       .stride_h = 2,
       .stride_w = 2};
  avg_pool(x.data(), y.data(), 1, p);
  EXPECT_EQ(y, (std::vector<float>{2, 3.5, 6.5, 8}));
  std::vector<float> dx(9);
  const float dy[] = {4, 2, 2, 1};
  avg_pool_gradient(dy, dx.data(), 1, p);
  EXPECT_EQ(dx, (std::vector<float>{1, 1, 1, 1, 1, 1, 1, 1, 1}));
}

TEST(Pooling, NoPlanesAndOutsideWindows) {
  const Pool2D p{.in_h = 2,
                 .in_w = 2,
                 .out_h = 3,
                 .out_w = 1,
                 .kernel_h = 2,
                 .kernel_w = 2,
                 .stride_h = 2,
                 .stride_w = 2};
  max_pool<float>(nullptr, nullptr, nullptr, 0, p);
  const float x[] = {1, 2, 3, 4};
  const float dy[] = {1, 5, 5};
  float y[3], dx[4];
  std::int32_t argmax[3];
  max_pool(x, y, argmax, 1, p);
  EXPECT_EQ(y[0], 4);
  EXPECT_EQ(argmax[2], -1);
  max_pool_gradient(dy, argmax, dx, 1, p);
  EXPECT_EQ(std::vector<float>(dx, dx + 4), (std::vector<float>{0, 0, 0, 1}));
  avg_pool(x, y, 1, p);
  EXPECT_EQ(y[2], 0);
  avg_pool_gradient(dy, dx, 1, p);
}

}  // namespace
}  // namespace gluino::kernels
