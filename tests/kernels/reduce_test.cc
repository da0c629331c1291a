#include <gluino/base/error.h>
#include <gluino/kernels/cpu/reduce/reduce.h>

#include <cmath>
#include <functional>
#include <limits>

#include "kernels/kernel_test.h"

namespace gluino::kernels {
namespace {

// For each element of x, the element of the reduced array it belongs to.
std::vector<std::size_t> targets(const Shape& shape, AxisMask axes) {
  const Shape kept = reduced_shape(shape, axes, true);
  std::vector<std::size_t> result(static_cast<std::size_t>(shape.size()));
  for (std::size_t i = 0; i < result.size(); ++i) {
    auto flat = static_cast<std::int64_t>(i);
    std::int64_t stride = 1;
    std::int64_t index = 0;
    for (int axis = shape.ndim() - 1; axis >= 0; --axis) {
      if (kept[axis] != 1) index += flat % shape[axis] * stride;
      stride *= kept[axis];
      flat /= shape[axis];
    }
    result[i] = static_cast<std::size_t>(index);
  }
  return result;
}

const std::pair<Shape, AxisMask> kShapes[] = {{{7}, 1},
                                              {{1}, 1},
                                              {{}, kAllAxes},
                                              {{3, 5}, 1},
                                              {{3, 5}, 2},
                                              {{3, 5}, 3},
                                              {{3, 5}, 0},
                                              {{2, 3, 4, 5}, 0b0101},
                                              {{2, 3, 4, 5}, 0b1010},
                                              {{2, 3, 4, 5}, 0b1101},
                                              {{100, 10}, 1},
                                              {{4, 3, 33}, 0b101},
                                              {{2, 1000, 300}, 2},
                                              {{20000, 20}, 1},
                                              {{0, 3}, 1},
                                              {{0, 3}, 2},
                                              {{3, 0, 2}, 2},
                                              {{70001}, 1},
                                              {{3, 1, 5}, 2}};

template <class T>
using Reduce = void (*)(const T*, const Shape&, AxisMask, T*);

template <class T>
void check_reduction(Reduce<T> kernel, double start,
                     const std::function<double(double, double)>& join, double low, double high) {
  for (const auto& [shape, axes] : kShapes) {
    const auto x = random_numbers<T>(shape.size(), low, high);
    const auto target = targets(shape, axes);
    std::vector<double> expected(static_cast<std::size_t>(reduced_shape(shape, axes, true).size()),
                                 start);
    for (std::size_t i = 0; i < x.size(); ++i) {
      expected[target[i]] = join(expected[target[i]], static_cast<double>(x[i]));
    }
    std::vector<T> y(expected.size());
    kernel(x.data(), shape, axes, y.data());
    for (std::size_t i = 0; i < y.size(); ++i) {
      if (std::isinf(expected[i])) {
        ASSERT_EQ(y[i], expected[i]) << shape;
      } else {
        const double scale = std::abs(expected[i]) + 1;
        ASSERT_NEAR(y[i], expected[i], scale * (sizeof(T) == 4 ? 2e-5 : 1e-12)) << shape << axes;
      }
    }
  }
}

template <class T>
void check_all() {
  const double inf = std::numeric_limits<double>::infinity();
  check_reduction<T>(
      reduce::sum<T>, 0, [](double a, double b) { return a + b; }, -1, 1);
  check_reduction<T>(
      reduce::sum_of_squares<T>, 0, [](double a, double b) { return a + b * b; }, -1, 1);
  check_reduction<T>(
      reduce::max<T>, -inf, [](double a, double b) { return std::max(a, b); }, -9, 9);
  check_reduction<T>(
      reduce::min<T>, inf, [](double a, double b) { return std::min(a, b); }, -9, 9);
  check_reduction<T>(
      [](const T* x, const Shape& s, AxisMask a, T* y) { reduce::norm(x, s, a, 1, y); }, 0,
      [](double a, double b) { return a + std::abs(b); }, -1, 1);
}

TEST(Reduce, OverAnyAxes) {
  check_all<float>();
  check_all<double>();
}

TEST(Reduce, ProdMeanNorm) {
  const float x[] = {1, 2, 3, 4, -5, 6};
  float y[3];
  reduce::prod(x, {2, 3}, 1, y);
  EXPECT_EQ(y[0], 4);
  EXPECT_EQ(y[1], -10);
  EXPECT_EQ(y[2], 18);
  reduce::mean(x, {2, 3}, 2, y);
  EXPECT_EQ(y[0], 2);
  EXPECT_FLOAT_EQ(y[1], 5.0f / 3);
  const float v[] = {3, -4};
  reduce::norm(v, {2}, 1, 2, y);
  EXPECT_EQ(y[0], 5);
  EXPECT_THROW(reduce::norm(v, {2}, 1, 3, y), Error);
  reduce::norm(v, {2}, 0, 1, y);
  EXPECT_EQ(y[1], 4);
}

// Columns and rows whose factors lie anywhere in the range, beside their opposites, so that each
// product is a usual number.
template <class T>
void check_far_factors(std::int64_t n, std::int64_t width, int exponent) {
  std::vector<T> x(static_cast<std::size_t>(n * width));
  std::vector<double> expected(static_cast<std::size_t>(width), 1);
  for (std::int64_t j = 0; j < width; ++j) {
    for (std::int64_t i = 0; i < n; ++i) {
      const double factor = 1 + 0.001 * static_cast<double>((i * 7 + j) % 5 - 2);
      // The first half far above, the second as far below; the middle of odd ones neither.
      const int power = i < n / 2 ? exponent : i >= n - n / 2 ? -exponent : 0;
      x[static_cast<std::size_t>(i * width + j)] = static_cast<T>(std::ldexp(factor, power));
      expected[static_cast<std::size_t>(j)] *= static_cast<double>(static_cast<T>(factor));
    }
  }
  std::vector<T> y(static_cast<std::size_t>(width));
  reduce::prod(x.data(), {n, width}, 1, y.data());
  for (std::size_t j = 0; j < y.size(); ++j) {
    EXPECT_NEAR(y[j] / expected[j], 1, 1e-6) << n << " x " << width << ", column " << j;
  }
  std::vector<T> turned(x.size());
  for (std::int64_t i = 0; i < n * width; ++i) {
    turned[static_cast<std::size_t>(i % width * n + i / width)] = x[static_cast<std::size_t>(i)];
  }
  reduce::prod(turned.data(), {width, n}, 2, y.data());
  for (std::size_t j = 0; j < y.size(); ++j) EXPECT_NEAR(y[j] / expected[j], 1, 1e-6);
}

TEST(Reduce, ProductsOfFarFactors) {
  for (const std::int64_t n : {2, 9, 64, 1003}) {
    for (const std::int64_t width : {1, 3, 40, 300}) {
      check_far_factors<float>(n, width, 120);
      check_far_factors<float>(n, width, -120);
      check_far_factors<double>(n, width, 1000);
      check_far_factors<double>(n, width, 3);
    }
  }
}

TEST(Reduce, ProductsWithZerosAndNone) {
  constexpr std::int64_t kRows = 1001, kColumns = 5;
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  std::vector<float> x(kRows * kColumns, 1e30F);
  const auto at = [&](std::int64_t row, std::int64_t column) -> float& {
    return x[static_cast<std::size_t>(row * kColumns + column)];
  };
  at(500, 0) = 0;
  at(3, 1) = -kInfinity;
  at(1000, 2) = std::nanf("");
  at(7, 3) = 0;
  at(8, 3) = kInfinity;
  float y[kColumns];
  reduce::prod(x.data(), {kRows, kColumns}, 1, y);
  EXPECT_EQ(y[0], 0);
  EXPECT_EQ(y[1], -kInfinity);
  EXPECT_TRUE(std::isnan(y[2]));
  EXPECT_TRUE(std::isnan(y[3]));
  EXPECT_EQ(y[4], kInfinity);
}

// Sums and products wrap around; every order gives the same.
template <class T>
void check_whole(const Shape& shape, AxisMask axes) {
  std::vector<T> x(static_cast<std::size_t>(shape.size()));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<T>(i * 2654435761U >> 7);
  const std::vector<std::size_t> place = targets(shape, axes);
  const auto outputs = static_cast<std::size_t>(reduced_shape(shape, axes, true).size());
  std::vector<std::uint64_t> sums(outputs, 0), products(outputs, 1);
  std::vector<T> most(outputs, std::numeric_limits<T>::min());
  std::vector<T> least(outputs, std::numeric_limits<T>::max());
  for (std::size_t i = 0; i < x.size(); ++i) {
    sums[place[i]] += static_cast<std::uint64_t>(x[i]);
    products[place[i]] *= static_cast<std::uint64_t>(x[i]);
    most[place[i]] = std::max(most[place[i]], x[i]);
    least[place[i]] = std::min(least[place[i]], x[i]);
  }
  std::vector<T> y(outputs);
  reduce::sum(x.data(), shape, axes, y.data());
  for (std::size_t i = 0; i < outputs; ++i) EXPECT_EQ(y[i], static_cast<T>(sums[i]));
  reduce::prod(x.data(), shape, axes, y.data());
  for (std::size_t i = 0; i < outputs; ++i) EXPECT_EQ(y[i], static_cast<T>(products[i]));
  reduce::max(x.data(), shape, axes, y.data());
  EXPECT_EQ(y, most);
  reduce::min(x.data(), shape, axes, y.data());
  EXPECT_EQ(y, least);
}

TEST(Reduce, WholeNumbers) {
  const std::pair<Shape, AxisMask> shapes[] = {{{100003}, 1},     {{37, 3001}, 1}, {{37, 3001}, 2},
                                               {{300, 7, 40}, 5}, {{5000, 3}, 1},  {{6}, 0}};
  for (const auto& [shape, axes] : shapes) {
    check_whole<std::uint8_t>(shape, axes);
    check_whole<std::int8_t>(shape, axes);
    check_whole<std::int32_t>(shape, axes);
    check_whole<std::int64_t>(shape, axes);
  }
}

TEST(Reduce, PlacesInLongRows) {
  for (const std::int64_t n : {40, 1000, 5003}) {
    for (const std::int64_t place : {std::int64_t{0}, n / 3, n - 1}) {
      std::vector<float> x(static_cast<std::size_t>(n), 1);
      std::int64_t found = -1;
      x[static_cast<std::size_t>(place)] = 2;
      argmax(x.data(), 1, n, 1, &found);
      EXPECT_EQ(found, place);
      x[static_cast<std::size_t>(place)] = std::nanf("");
      argmin(x.data(), 1, n, 1, &found);
      EXPECT_EQ(found, place);
      const std::vector<std::int64_t> same(static_cast<std::size_t>(n), -5);
      argmax(same.data(), 1, n, 1, &found);
      EXPECT_EQ(found, 0);
    }
  }
}

TEST(Reduce, TenMillionTenths) {
  const std::vector<float> x(10000000, 0.1f);
  float y = 0;
  reduce::sum(x.data(), {10000000}, 1, &y);
  EXPECT_NEAR(y, 1e6, 1);
  std::vector<float> columns(10);
  reduce::sum(x.data(), {1000000, 10}, 1, columns.data());
  for (const float column : columns) EXPECT_NEAR(column, 1e5, 0.1);
}

TEST(Reduce, NanIsHandedOn) {
  for (std::size_t place = 0; place < 70; ++place) {
    std::vector<float> x(70, 1.0f);
    x[place] = std::numeric_limits<float>::quiet_NaN();
    float y = 0;
    reduce::max(x.data(), {70}, 1, &y);
    EXPECT_TRUE(std::isnan(y));
    reduce::min(x.data(), {70}, 1, &y);
    EXPECT_TRUE(std::isnan(y));
    argmax(x.data(), 1, 70, 1, &y);
    EXPECT_EQ(y, static_cast<float>(place));
  }
}

TEST(Reduce, ArgmaxTakesTheFirst) {
  const double x[] = {1, 3, 3, 0, 2, 2, 1, 1};  // (2, 4)
  double y[4];
  argmax(x, 2, 4, 1, y);
  EXPECT_EQ(y[0], 1);
  EXPECT_EQ(y[1], 0);
  argmin(x, 2, 4, 1, y);
  EXPECT_EQ(y[0], 3);
  EXPECT_EQ(y[1], 2);
  argmax(x, 1, 2, 4, y);
  EXPECT_EQ(std::vector<double>(y, y + 4), (std::vector<double>{1, 0, 0, 1}));
  EXPECT_THROW(argmax(x, 1, 0, 1, y), Error);
  argmax(x, 0, 0, 1, y);
}

TEST(Reduce, BroadcastToAndBack) {
  const Shape small = {3, 1, 2};
  const Shape large = {4, 3, 5, 2};
  const auto x = random_numbers<double>(6, -1, 1);
  std::vector<double> y(120), back(6);
  broadcast_to(x.data(), small, y.data(), large);
  for (std::size_t i = 0; i < 120; ++i) EXPECT_EQ(y[i], x[i % 2 + i / 10 % 3 * 2]);
  sum_to_shape(y.data(), large, back.data(), small);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(back[i], 20 * x[i], 1e-12);
  EXPECT_THROW(sum_to_shape(y.data(), large, back.data(), {3, 2, 2}), Error);
  const float one = 7;
  std::vector<float> many(9);
  broadcast_to(&one, {}, many.data(), {9});
  EXPECT_EQ(many, std::vector<float>(9, 7));
  broadcast_to(&one, {1}, many.data(), {0});
}

TEST(Reduce, ExtremeGradientGoesToAllEqualOnes) {
  const float x[] = {1, 3, 3, 2, 0, 2};
  const float y[] = {3, 2};
  const float dy[] = {10, 20};
  std::vector<float> dx(6);
  extreme_gradient(x, {2, 3}, 2, y, dy, dx.data());
  EXPECT_EQ(dx, (std::vector<float>{0, 10, 10, 20, 0, 20}));
}

TEST(Reduce, SameBitsForAnyThreads) {
  const auto x = random_numbers<float>(3000000, -1, 1);
  for (const auto& [shape, axes] : {std::pair<Shape, AxisMask>{{3000000}, 1},
                                    {{300000, 10}, 1},
                                    {{300000, 10}, 2},
                                    {{30, 100, 1000}, 0b101},
                                    {{3, 1000, 1000}, 2}}) {
    expect_same_bits_for_any_threads([&x, shape = shape, axes = axes] {
      std::vector<float> y(static_cast<std::size_t>(reduced_shape(shape, axes, true).size()));
      reduce::sum(x.data(), shape, axes, y.data());
      return y;
    });
  }
}

}  // namespace
}  // namespace gluino::kernels
