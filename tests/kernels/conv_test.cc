#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/convolution/conv_maxima.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "kernels/conv_numbers.h"

namespace gluino::kernels {

namespace {

using namespace conv_numbers;

Conv2dGeometry lenet1(std::int64_t batch) {
  return {.batch = batch,
          .in_channels = 1,
          .in_height = 28,
          .in_width = 28,
          .out_channels = 20,
          .kernel_height = 5,
          .kernel_width = 5};
}

Conv2dGeometry lenet2(std::int64_t batch) {
  return {.batch = batch,
          .in_channels = 20,
          .in_height = 12,
          .in_width = 12,
          .out_channels = 50,
          .kernel_height = 5,
          .kernel_width = 5};
}

TEST(Convolution, LenetAtSeveralBatches) {
  for (std::int64_t batch : {1, 8, 20, 36}) expect_right<float>(lenet1(batch));
  for (std::int64_t batch : {1, 17}) expect_right<float>(lenet2(batch));
  expect_right<double>(lenet1(9));
  expect_right<double>(lenet2(3));
}

TEST(Convolution, ManyChannels) {
  const Conv2dGeometry g = {.batch = 10,
                            .in_channels = 150,
                            .in_height = 6,
                            .in_width = 5,
                            .out_channels = 70,
                            .kernel_height = 3,
                            .kernel_width = 3,
                            .pad_h = 1,
                            .pad_w = 1};
  expect_right<float>(g, false);
  Conv2dGeometry single = g;
  single.batch = 1;
  expect_right<float>(single);
  Conv2dGeometry depthwise = g;
  depthwise.out_channels = depthwise.groups = 150;
  expect_right<float>(depthwise);
}

// Planes that are read as matrices, in groups, too.
TEST(Convolution, OneByOneKernels) {
  for (const std::int64_t groups : {1, 2}) {
    expect_right<float>({.batch = 9,
                         .in_channels = 34 * groups,
                         .in_height = 7,
                         .in_width = 9,
                         .out_channels = 36 * groups,
                         .groups = groups});
  }
}

// Planes of few positions and many filters, whose product is turned: the bits of an image are those
// that it has alone.
TEST(Convolution, SmallPlanesOfManyFilters) {
  for (const std::int64_t kernel : {1, 3}) {
    Conv2dGeometry g = {.batch = 3,
                        .in_channels = 26,
                        .in_height = 7,
                        .in_width = 7,
                        .out_channels = 70,
                        .kernel_height = kernel,
                        .kernel_width = kernel,
                        .stride_h = kernel,
                        .stride_w = kernel,
                        .pad_h = kernel / 2,
                        .pad_w = kernel / 2};
    expect_right<float>(g);
    expect_right<double>(g);
    const Arrays in(g);
    const Results<float> all(g, in, true);
    g.batch = 1;
    const auto image = std::ptrdiff_t(all.y.size() / 3);
    const auto x = as<float>(in.x);
    std::vector<float> last(all.y.size() / 3);
    conv2d_forward<float>(g, x.data() + 2 * x.size() / 3, as<float>(in.weight).data(),
                          as<float>(in.bias).data(), last.data());
    EXPECT_TRUE(std::equal(last.begin(), last.end(), all.y.end() - image)) << kernel;
  }
}

TEST(Convolution, DepthwiseOfAllStepsAndBorders) {
  Conv2dGeometry g = {.batch = 3,
                      .in_channels = 5,
                      .in_height = 11,
                      .in_width = 37,
                      .out_channels = 5,
                      .groups = 5};
  for (const std::int64_t kernel : {1, 2, 3, 5}) {
    for (const std::int64_t stride : {1, 2, 3, 4}) {
      for (const std::int64_t pad : {0, 1, 4}) {
        g.kernel_height = g.kernel_width = kernel;
        g.stride_w = stride;
        g.stride_h = 1 + stride % 3;
        g.pad_h = g.pad_w = pad;
        expect_right<float>(g, pad == 0);
      }
    }
  }
  expect_right<double>(g);
  g.batch = 33;  // full strips
  g.stride_h = g.stride_w = 1;
  g.pad_h = g.pad_w = 2;
  expect_right<float>(g);
}

// What no output reads does not reach the gradient to the weights, whatever stands there.
TEST(Convolution, DepthwiseNeverMultipliesWhatNoWindowHas) {
  const Conv2dGeometry g = {.batch = 1,
                            .in_channels = 2,
                            .in_height = 4,
                            .in_width = 9,
                            .out_channels = 2,
                            .kernel_height = 2,
                            .kernel_width = 2,
                            .stride_h = 2,
                            .stride_w = 2,
                            .groups = 2};
  std::vector<float> x(72, 1), dy(16, 1), dweight(8);
  for (std::size_t i = 8; i < x.size(); i += 9) x[i] = std::numeric_limits<float>::infinity();
  conv2d_backward_weight<float>(g, x.data(), dy.data(), dweight.data(), nullptr);
  EXPECT_EQ(dweight, std::vector<float>(8, 8));
}

// As a maximum pooling gives it: in each window of 2 x 2 one element, or none.
Values through_maxima(const Conv2dGeometry& g, Values dy) {
  const auto width = static_cast<std::size_t>(g.out_width());
  for (std::size_t i = 0; i < dy.size(); ++i) {
    const std::size_t row = i / width;
    const std::size_t window = row / 2 * width + i % width / 2;
    if ((row % 2) * 2 + i % 2 != window * 7 % 5) dy[i] = 0;
  }
  return dy;
}

template <class T>
struct Gradients {
  Gradients(const Conv2dGeometry& g, const Arrays& in)
      : dx(in.x.size(), T(kUnwritten)),
        dweight(in.weight.size(), T(kUnwritten)),
        dbias(in.bias.size(), T(kUnwritten)) {
    conv2d_backward(g, as<T>(in.x).data(), as<T>(in.dy).data(), as<T>(in.weight).data(), dx.data(),
                    dweight.data(), dbias.data());
  }
  bool operator==(const Gradients&) const = default;
  std::vector<T> dx, dweight, dbias;
};

template <class T>
void expect_right_gradients(const Conv2dGeometry& g, const Arrays& in, bool by_maxima) {
  ConvMaxima<T> maxima;
  ASSERT_TRUE(conv_maxima_suit<T>(g));
  ASSERT_EQ(find_conv_maxima(g, as<T>(in.dy).data(), maxima), by_maxima);
  const Gradients<T> found(g, in);
  const auto size = [](const auto& values) { return static_cast<std::int64_t>(values.size()); };
  Sums dx(size(in.x)), dweight(size(in.weight)), dbias(size(in.bias));
  for_each_term(g, [&](std::int64_t x, std::int64_t w, std::int64_t o) {
    const double dy = in.dy[static_cast<std::size_t>(o)];
    dx.add(x, dy * in.weight[static_cast<std::size_t>(w)]);
    dweight.add(w, dy * in.x[static_cast<std::size_t>(x)]);
  });
  const std::int64_t plane = g.out_height() * g.out_width();
  for (std::int64_t o = 0; o < size(in.dy); ++o) {
    dbias.add(o / plane % g.out_channels, in.dy[static_cast<std::size_t>(o)]);
  }
  expect_near(found.dx, dx, "dx", g);
  expect_near(found.dweight, dweight, "dweight", g);
  expect_near(found.dbias, dbias, "dbias", g);
  set_num_threads(1);
  const Gradients<T> alone(g, in);
  set_num_threads(3);
  EXPECT_EQ(Gradients<T>(g, in), alone);
  set_num_threads(0);
  EXPECT_EQ(found, alone);
}

TEST(Convolution, GradientsThroughMaxima) {
  const Conv2dGeometry g = lenet2(17);
  Arrays in(g);
  in.dy = through_maxima(g, in.dy);
  expect_right_gradients<float>(g, in, true);
  expect_right_gradients<double>(g, in, true);
  // Two in the very last window.
  in.dy.back() = in.dy[in.dy.size() - 2] = 0.5;
  expect_right_gradients<float>(g, in, false);
}

TEST(Convolution, MaximaThatAreNoNumbersAreHandedOn) {
  const Conv2dGeometry g = lenet2(8);
  Arrays in(g);
  in.dy = through_maxima(g, Values(in.dy.size(), 0));
  in.dy[5] = std::numeric_limits<double>::quiet_NaN();
  const Gradients<float> found(g, in);
  EXPECT_TRUE(std::isnan(found.dweight[0]) && std::isnan(found.dbias[0]) &&
              std::isnan(found.dx[5]));
  EXPECT_EQ(found.dbias[1], 0);
  EXPECT_EQ(found.dx.back(), 0);
}

// Too large to be unfolded at once; with steps, too.
TEST(Convolution, OneLargeImage) {
  Conv2dGeometry g = {.batch = 1,
                      .in_channels = 40,
                      .in_height = 41,
                      .in_width = 44,
                      .out_channels = 2,
                      .kernel_height = 5,
                      .kernel_width = 5,
                      .pad_h = 2,
                      .pad_w = 1};
  expect_right<float>(g);
  g.stride_h = 3;
  g.stride_w = 2;
  expect_right<float>(g);
}

TEST(Convolution, AKernelLargerThanTheTableOfTaps) {
  expect_right<float>({.batch = 8,
                       .in_channels = 1,
                       .in_height = 40,
                       .in_width = 40,
                       .out_channels = 2,
                       .kernel_height = 36,
                       .kernel_width = 36,
                       .pad_h = 10,
                       .pad_w = 10});
}

TEST(Convolution, ZeroSizes) {
  for (const bool few : {true, false}) {
    const Conv2dGeometry whole = {.batch = few ? 2 : 9,
                                  .in_channels = 4,
                                  .in_height = 5,
                                  .in_width = 5,
                                  .out_channels = 6,
                                  .kernel_height = 3,
                                  .kernel_width = 3};
    for (std::int64_t Conv2dGeometry::*size :
         {&Conv2dGeometry::batch, &Conv2dGeometry::in_channels, &Conv2dGeometry::in_height,
          &Conv2dGeometry::in_width, &Conv2dGeometry::out_channels}) {
      Conv2dGeometry g = whole;
      g.*size = 0;
      expect_right<float>(g);
      g.pad_h = g.pad_w = 2;
      expect_right<float>(g);
    }
  }
}

RC_GTEST_PROP(Convolution, RandomGeometry, ()) {
  const auto between = [](int low, int high) {
    return *rc::gen::inRange<std::int64_t>(low, high + 1);
  };
  Conv2dGeometry g;
  g.groups = between(1, 3);
  g.batch = between(0, 20);
  g.in_channels = g.groups * between(1, 4);
  g.out_channels = g.groups * between(1, 8);
  g.in_height = between(1, 9);
  g.in_width = between(1, 9);
  g.kernel_height = between(1, 4);
  g.kernel_width = between(1, 4);
  g.stride_h = between(1, 3);
  g.stride_w = between(1, 3);
  g.pad_h = between(0, 3);
  g.pad_w = between(0, 3);
  g.dilate_h = between(1, 2);
  g.dilate_w = between(1, 2);
  if (*rc::gen::arbitrary<bool>()) {
    expect_right<float>(g);
  } else {
    expect_right<double>(g);
  }
  RC_ASSERT(!testing::Test::HasFatalFailure());
}

TEST(Convolution, TheSameBitsForAnyNumberOfThreads) {
  const Conv2dGeometry deep = {.batch = 33,
                               .in_channels = 32,
                               .in_height = 17,
                               .in_width = 20,
                               .out_channels = 40,
                               .kernel_height = 3,
                               .kernel_width = 3,
                               .pad_h = 1,
                               .pad_w = 1};
  Conv2dGeometry single = deep;
  single.batch = 1;
  const Conv2dGeometry planes = {
      .batch = 20, .in_channels = 64, .in_height = 9, .in_width = 9, .out_channels = 40};
  for (const auto& g : {lenet1(100), lenet2(100), lenet2(20), lenet2(2), deep, single, planes}) {
    const Arrays in(g);
    set_num_threads(1);
    const Results<float> first(g, in, true);
    for (const int threads : {2, 3, 4}) {
      set_num_threads(threads);
      EXPECT_TRUE(Results<float>(g, in, true) == first) << threads << " threads, " << g;
    }
  }
  set_num_threads(0);
}

}  // namespace
}  // namespace gluino::kernels
