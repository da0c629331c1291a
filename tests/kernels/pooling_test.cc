#include <gluino/kernels/cpu/pooling/pooling.h>

#include <algorithm>

#include "kernels/kernel_test.h"

namespace gluino::kernels {
namespace {

std::vector<Pool2D> pools() {
  return {
      {.in_h = 24,
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
      {.in_h = 10,
       .in_w = 47,
       .out_h = 5,
       .out_w = 24,
       .kernel_h = 3,
       .kernel_w = 3,
       .stride_h = 2,
       .stride_w = 2,
       .pad_h = 1,
       .pad_w = 1,
       .count_include_pad = false},
      {.in_h = 11,
       .in_w = 60,
       .out_h = 4,
       .out_w = 20,
       .kernel_h = 4,
       .kernel_w = 5,
       .stride_h = 3,
       .stride_w = 3,
       .pad_h = 1,
       .pad_w = 2},
      {.in_h = 7, .in_w = 33, .out_h = 7, .out_w = 16, .kernel_h = 1, .kernel_w = 2, .stride_w = 2},
      {.in_h = 9,
       .in_w = 40,
       .out_h = 4,
       .out_w = 13,
       .kernel_h = 1,
       .kernel_w = 1,
       .stride_h = 2,
       .stride_w = 3},
      {.in_h = 12, .in_w = 21, .out_h = 10, .out_w = 17, .kernel_h = 3, .kernel_w = 5},
      {.in_h = 6, .in_w = 5, .out_h = 1, .out_w = 1, .kernel_h = 6, .kernel_w = 5},
      {.in_h = 9, .in_w = 25, .out_h = 1, .out_w = 1, .kernel_h = 9, .kernel_w = 25}};
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

constexpr std::int64_t kPlanes = 5;

// Few different numbers, so that there are many ties.
template <class T>
std::vector<T> ties(const Pool2D& p) {
  auto x = random_numbers<T>(kPlanes * p.in_h * p.in_w, 0, 10);
  for (T& v : x) v = std::floor(v);
  return x;
}

template <class T>
void check_max(const Pool2D& p, const std::vector<T>& x) {
  const std::int64_t planes = kPlanes;
  const std::int64_t in = p.in_h * p.in_w;
  const std::int64_t out = p.out_h * p.out_w;
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
      const T value = x[static_cast<std::size_t>(plane * in + place)];
      const T most = x[static_cast<std::size_t>(plane * in + best)];
      if (value > most || (std::isnan(value) && !std::isnan(most))) best = place;
    }
    const auto i = static_cast<std::size_t>(o);
    const auto at = static_cast<std::size_t>(plane * in + best);
    ASSERT_EQ(argmax[i], best);
    ASSERT_EQ(std::memcmp(&y[i], &x[at], sizeof(T)), 0) << y[i] << ", not " << x[at];
    expected_dx[at] += dy[i];
  }
  EXPECT_EQ(dx, expected_dx);
}

TEST(Pooling, Max) {
  for (const Pool2D& p : pools()) {
    check_max(p, ties<float>(p));
    check_max(p, ties<double>(p));
  }
}

// A NaN is larger than any number; what is below all numbers is one, too.
TEST(Pooling, MaxOfNaNsAndInfinities) {
  for (const Pool2D& p : pools()) {
    auto x = ties<float>(p);
    for (float& v : x) {
      if (v == 1) v = std::numeric_limits<float>::quiet_NaN();
      if (v > 4) v = -std::numeric_limits<float>::infinity();
    }
    check_max(p, x);
  }
}

// What an average divides by.
double size_of(const Pool2D& p, std::int64_t i, std::int64_t j) {
  if (!p.count_include_pad) return static_cast<double>(window(p, i, j).size());
  const auto along = [](std::int64_t in, std::int64_t kernel, std::int64_t begin,
                        std::int64_t pad) { return std::min(kernel, in + pad - begin); };
  return static_cast<double>(along(p.in_h, p.kernel_h, i * p.stride_h - p.pad_h, p.pad_h) *
                             along(p.in_w, p.kernel_w, j * p.stride_w - p.pad_w, p.pad_w));
}

template <class T>
void check_sum(const Pool2D& p, bool average) {
  const std::int64_t in = p.in_h * p.in_w;
  const std::int64_t out = p.out_h * p.out_w;
  const auto x = random_numbers<T>(kPlanes * in, -1, 1);
  const auto dy = random_numbers<T>(kPlanes * out, -1, 1, 2);
  std::vector<T> y(dy.size(), 99), dx(x.size(), 99);
  std::vector<double> expected_dx(x.size());
  (average ? avg_pool<T> : sum_pool<T>)(x.data(), y.data(), kPlanes, p);
  (average ? avg_pool_gradient<T> : sum_pool_gradient<T>)(dy.data(), dx.data(), kPlanes, p);
  const double tolerance =
      std::numeric_limits<T>::epsilon() * static_cast<double>(8 + p.kernel_h * p.kernel_w);
  for (std::int64_t o = 0; o < kPlanes * out; ++o) {
    const std::int64_t i = o % out / p.out_w;
    const std::int64_t j = o % p.out_w;
    const double size = average ? size_of(p, i, j) : 1;
    double total = 0;
    for (const auto place : window(p, i, j)) {
      const auto at = static_cast<std::size_t>(o / out * in + place);
      total += x[at];
      expected_dx[at] += dy[static_cast<std::size_t>(o)] / size;
    }
    EXPECT_NEAR(y[static_cast<std::size_t>(o)], total / size, tolerance);
  }
  for (std::size_t i = 0; i < dx.size(); ++i) EXPECT_NEAR(dx[i], expected_dx[i], tolerance);
}

TEST(Pooling, SumsAveragesAndTheirGradients) {
  for (const Pool2D& p : pools()) {
    for (const bool average : {false, true}) {
      check_sum<float>(p, average);
      check_sum<double>(p, average);
    }
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

// The last row and column of windows are outside.
TEST(Pooling, OutsideWindowsOfWideRows) {
  const Pool2D p{.in_h = 2,
                 .in_w = 14,
                 .out_h = 3,
                 .out_w = 8,
                 .kernel_h = 1,
                 .kernel_w = 1,
                 .stride_h = 1,
                 .stride_w = 2};
  std::vector<float> x(28, 2), y(24, 99), dx(28, 99);
  std::vector<std::int32_t> argmax(24);
  max_pool(x.data(), y.data(), argmax.data(), 1, p);
  std::vector<float> sums(24), averages(24);
  sum_pool(x.data(), sums.data(), 1, p);
  avg_pool(x.data(), averages.data(), 1, p);
  avg_pool_gradient(y.data(), dx.data(), 1, p);
  for (std::size_t o = 0; o < 24; ++o) {
    const bool inside = o < 16 && o % 8 < 7;
    EXPECT_EQ(y[o], inside ? 2 : std::numeric_limits<float>::lowest());
    EXPECT_EQ(argmax[o], inside ? static_cast<int>(o / 8 * 14 + o % 8 * 2) : -1);
    EXPECT_EQ(sums[o], inside ? 2 : 0);
    EXPECT_EQ(averages[o], inside ? 2 : 0);
  }
  for (std::size_t i = 0; i < 28; ++i) EXPECT_EQ(dx[i], i % 2 == 0 ? 2 : 0);
}

}  // namespace
}  // namespace gluino::kernels
