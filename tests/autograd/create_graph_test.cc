// Gradients of gradients.
#include <gluino/gluino.h>
#include <gluino/ndarray/storage.h>
#include <gluino/ops/core/define.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "error_message.h"

namespace gluino {
namespace {

using testing::message_of;

using ::testing::DoubleNear;
using ::testing::HasSubstr;
using ::testing::Pointwise;
using Values = std::vector<double>;

Values values(const NDArray& array) { return array.to_vector<double>(); }

NDArray leaf(std::initializer_list<double> numbers) {
  NDArray x = nd::array(numbers, float64);
  x.attach_grad();
  return x;
}

const autograd::BackwardOptions kRecorded{.create_graph = true};

NDArray gradient_of(const NDArray& y, const NDArray& x, const NDArray& head = {}) {
  return autograd::grad({y}, {x}, {head}, kRecorded)[0];
}

// The example of MXNet's documentation: outside of a recording, z = exp(x) + x.
TEST(CreateGraph, RecordsOutsideOfARecordingToo) {
  const NDArray x = leaf({1});
  NDArray z;
  {
    const auto recording = autograd::record();
    z = nd::exp(x) + x;
  }
  const NDArray dx = gradient_of(z, x);
  EXPECT_FALSE(autograd::is_recording());
  EXPECT_NEAR(dx.asscalar<double>(), std::exp(1) + 1, 1e-12);
  dx.backward();
  EXPECT_NEAR(x.grad().asscalar<double>(), std::exp(1), 1e-12);
}

// x^4: 4 x^3, 12 x^2, 24 x, 24.
TEST(CreateGraph, DerivativesOfAnyOrder) {
  const NDArray x = leaf({2, -3});
  const auto recording = autograd::record();
  const NDArray y = nd::square(nd::square(x));
  const NDArray first = gradient_of(y, x);
  const NDArray second = gradient_of(first, x);
  const NDArray third = gradient_of(second, x);
  EXPECT_EQ(values(first), (Values{32, -108}));
  EXPECT_EQ(values(second), (Values{48, 108}));
  EXPECT_EQ(values(third), (Values{48, -72}));
  third.backward();
  EXPECT_EQ(values(x.grad()), (Values{24, 24}));
}

TEST(CreateGraph, ThirdDerivativeOfTanh) {
  const NDArray x = leaf({0.3, -0.8});
  const auto recording = autograd::record();
  const NDArray third = gradient_of(gradient_of(gradient_of(nd::tanh(x), x), x), x);
  Values expected;
  for (const double v : {0.3, -0.8}) {
    const double t = std::tanh(v);
    expected.push_back((1 - t * t) * (6 * t * t - 2));
  }
  EXPECT_THAT(values(third), Pointwise(DoubleNear(1e-12), expected));
}

// A head gradient is an input of the gradient like others: of y = x^2 the gradient 2 x v has 2 x by
// v and 2 v by x.
TEST(CreateGraph, HeadGradientsHaveGradients) {
  const NDArray x = leaf({3, 5});
  const NDArray v = leaf({0.5, -1});
  const auto recording = autograd::record();
  gradient_of(nd::square(x), x, v).backward();
  EXPECT_EQ(values(v.grad()), (Values{6, 10}));
  EXPECT_EQ(values(x.grad()), (Values{1, -2}));
}

// f = sum over i, j of x_i A_ij x_j / 2 with a symmetric A, so that the Hessian is A.
TEST(CreateGraph, HessianTimesAVector) {
  const NDArray x = leaf({1, 2, 3});
  const NDArray a = nd::array({{2, 1, 0}, {1, 3, -1}, {0, -1, 4}}, float64);
  const NDArray v = nd::array({1, -1, 2}, float64);
  const auto recording = autograd::record();
  const NDArray f = nd::dot(x, nd::dot(a, x)) / 2;
  const NDArray slope = gradient_of(f, x);
  EXPECT_EQ(values(slope), (Values{4, 4, 10}));
  nd::dot(slope, v).backward();
  EXPECT_EQ(values(x.grad()), (Values{1, -4, 9}));
}

// What is the same everywhere has the gradient 0, next to what is not.
TEST(CreateGraph, AVariableThatTheGradientDoesNotDependOnGetsZeros) {
  const NDArray x = leaf({2});
  const NDArray w = leaf({7});
  const auto recording = autograd::record();
  const NDArray y = nd::square(x) + 3 * w;
  const auto slopes = autograd::grad({y}, {x, w}, {}, kRecorded);
  (slopes[0] + slopes[1]).backward();
  EXPECT_EQ(values(x.grad()), (Values{2}));
}

TEST(CreateGraph, KeepsTheGraphUnlessToldOtherwise) {
  const NDArray x = leaf({3});
  NDArray y;
  {
    const auto recording = autograd::record();
    y = nd::square(x) * x;
  }
  gradient_of(y, x);
  y.backward();
  EXPECT_EQ(values(x.grad()), (Values{27}));
  EXPECT_THAT(message_of([&] { gradient_of(y, x); }), HasSubstr("freed by an earlier backward"));
  {
    const auto recording = autograd::record();
    y = nd::square(x);
  }
  const NDArray slope =
      autograd::grad({y}, {x}, {}, {.create_graph = true, .retain_graph = false})[0];
  EXPECT_EQ(values(slope), (Values{6}));
  EXPECT_THAT(message_of([&] { y.backward(); }), HasSubstr("freed by an earlier backward"));
}

// The penalty (|df/dx| - 1)^2 of a critic, by finite differences.
TEST(CreateGraph, GradientPenaltyOfANetwork) {
  random::seed(3);
  const NDArray x = nd::random::uniform({.low = -1, .high = 1, .shape = {4, 5}, .dtype = float64});
  std::vector<NDArray> weights;
  for (const Shape& shape : {Shape{6, 5}, Shape{6}, Shape{1, 6}, Shape{1}}) {
    weights.push_back(
        nd::random::uniform({.low = -1, .high = 1, .shape = shape, .dtype = float64}));
    weights.back().attach_grad();
  }
  x.attach_grad();
  const auto penalty = [&] {
    const auto recording = autograd::record();
    const NDArray hidden =
        nd::tanh(nd::FullyConnected(x, weights[0], weights[1], {.num_hidden = 6}));
    const NDArray score = nd::FullyConnected(hidden, weights[2], weights[3], {.num_hidden = 1});
    const NDArray slope = gradient_of(score, x);
    const NDArray distance = nd::norm(slope, {.axis = {1}}) - 1;
    return (distance * distance).mean();
  };
  penalty().backward();
  for (const NDArray& weight : weights) {
    const Values got = values(weight.grad());
    for (std::int64_t i = 0; i < weight.size(); ++i) {
      double& w = weight.data<double>()[i];
      const double before = w;
      w = before + 1e-6;
      const double above = penalty().asscalar<double>();
      w = before - 1e-6;
      const double below = penalty().asscalar<double>();
      w = before;
      EXPECT_NEAR(got[static_cast<std::size_t>(i)], (above - below) / 2e-6, 1e-6);
    }
  }
}

// By the image, then by the filters, then by the image again; against finite differences.
TEST(CreateGraph, AConvolutionHasDerivativesOfAnyOrder) {
  random::seed(4);
  const auto drawn = [](const Shape& shape) {
    return nd::random::uniform({.low = -1, .high = 1, .shape = shape, .dtype = float64});
  };
  const NDArray x = drawn({2, 2, 5, 4});
  const NDArray w = drawn({4, 1, 3, 2});
  const NDArray bias = drawn({4});
  const NDArray of_x = drawn(x.shape());
  const NDArray of_w = drawn(w.shape());
  const auto second = [&] {
    for (const NDArray& array : {x, w, bias}) array.attach_grad();
    const auto recording = autograd::record();
    const NDArray y = nd::Convolution(
        x, w, bias,
        {.kernel = {3, 2}, .stride = {2, 1}, .pad = {1, 0}, .num_filter = 4, .num_group = 2});
    const NDArray first = (gradient_of(nd::tanh(y), x) * of_x).sum();
    return (gradient_of(first, w) * of_w).sum();
  };
  second().backward();
  std::vector<Values> got;
  for (const NDArray& array : {x, w, bias}) got.push_back(values(array.grad()));
  std::size_t number = 0;
  for (const NDArray& array : {x, w, bias}) {
    const Values& gradient = got[number++];
    for (std::int64_t i = 0; i < array.size(); ++i) {
      double& element = array.data<double>()[i];
      const double before = element;
      element = before + 1e-6;
      const double above = second().asscalar<double>();
      element = before - 1e-6;
      const double below = second().asscalar<double>();
      element = before;
      EXPECT_NEAR(gradient[static_cast<std::size_t>(i)], (above - below) / 2e-6, 1e-5);
    }
  }
}

// Trained with the penalty alone, a net's slopes become 1.
TEST(CreateGraph, TrainingWithAPenaltyReachesIt) {
  random::seed(1);
  gluon::nn::HybridSequential net;
  net.add(gluon::nn::Dense({.units = 8, .activation = "tanh"}));
  net.add(gluon::nn::Dense({.units = 1}));
  net.initialize();
  gluon::Trainer trainer(net.collect_params(), "adam", {{"learning_rate", 0.02}});
  const NDArray x = nd::random::uniform({.low = -1, .high = 1, .shape = {32, 3}});
  std::vector<double> losses;
  for (int step = 0; step < 150; ++step) {
    x.attach_grad();
    NDArray loss;
    {
      const auto recording = autograd::record();
      const NDArray slope = gradient_of(net(x), x);
      loss = nd::square(nd::norm(slope, {.axis = {1}}) - 1).mean();
    }
    loss.backward();
    trainer.step(1);
    losses.push_back(loss.asscalar<double>());
  }
  EXPECT_GT(losses.front(), 0.1);
  EXPECT_LT(losses.back(), 0.01);
}

TEST(CreateGraph, RunsInTheModeOfTheForward) {
  random::seed(2);
  const NDArray x = nd::ones({1, 1000}, float64);
  x.attach_grad();
  NDArray y;
  {
    const auto recording = autograd::record();
    y = nd::square(nd::Dropout(x, {.p = 0.5}));
  }
  const NDArray slope = gradient_of(y, x);  // 2 x mask^2
  EXPECT_FALSE(autograd::is_training());
  const Values first = values(slope);
  slope.backward();
  EXPECT_EQ(values(x.grad()), first);
  const auto dropped = std::count(first.begin(), first.end(), 0);
  EXPECT_GT(dropped, 400);
  EXPECT_LT(dropped, 600);
}

TEST(CreateGraph, AnOperatorWithoutADerivativeIsNamed) {
  const NDArray x = leaf({1, 2});
  const NDArray label = nd::array({0}, float64);
  const auto recording = autograd::record();
  const NDArray y = nd::SoftmaxOutput(x.reshape({1, 2}), label);
  EXPECT_THAT(message_of([&] { gradient_of(y, x); }),
              ::testing::AllOf(HasSubstr("[SoftmaxOutput]"), HasSubstr("no derivative"),
                               HasSubstr("use log_softmax and pick, as gluon's")));
  EXPECT_TRUE(autograd::is_recording());
  EXPECT_NO_THROW(autograd::grad({y}, {x}));  // Still there, and not half run.
}

TEST(CreateGraph, BackwardRefusesIt) {
  const NDArray x = leaf({1});
  const auto recording = autograd::record();
  const NDArray y = nd::square(x);
  EXPECT_THAT(message_of([&] { autograd::backward({y}, {}, kRecorded); }),
              HasSubstr("autograd::grad"));
}

TEST(CreateGraph, WhatWasChangedInPlaceIsRefused) {
  const NDArray x = leaf({1, 2});
  NDArray slope;
  {
    const auto recording = autograd::record();
    slope = gradient_of(nd::square(x) * x, x);
  }
  x.assign(5.0);
  EXPECT_THAT(message_of([&] { slope.backward(); }), HasSubstr("was changed in place"));
}

TEST(CreateGraph, ALongChainNeedsNoStack) {
  const NDArray x = leaf({1});
  const auto recording = autograd::record();
  NDArray y = x;
  for (int i = 0; i < 20000; ++i) y = nd::sin(y);
  const NDArray slope = gradient_of(y, x);
  slope.backward();
  EXPECT_TRUE(std::isfinite(x.grad().asscalar<double>()));
}

TEST(CreateGraph, NothingIsLeftOver) {
  const auto once = [] {
    const NDArray x = nd::ones({64, 64});
    x.attach_grad();
    const auto recording = autograd::record();
    const NDArray slope = gradient_of(nd::tanh(nd::dot(x, x)), x);
    (slope * slope).sum().backward();
    gradient_of(nd::softmax(x), x);  // Dropped without a backward.
  };
  once();
  const auto before = pool_statistics().in_use;
  for (int i = 0; i < 5; ++i) once();
  EXPECT_EQ(pool_statistics().in_use, before);
}

TEST(CreateGraph, GradientsAreComputedInThePrecisionOfTheForward) {
  const NDArray x = nd::random::uniform({.low = -1, .high = 1, .shape = {64, 256}});
  const NDArray w = nd::random::uniform({.low = -1, .high = 1, .shape = {128, 256}});
  x.attach_grad();
  NDArray y;
  {
    const amp::Scope products(bfloat16, {.emulate = true});
    const auto recording = autograd::record();
    y = nd::FullyConnected(x, w, {.num_hidden = 128});
  }
  const NDArray recorded = gradient_of(y, x);
  const NDArray plain = autograd::grad({y}, {x})[0];
  EXPECT_EQ(values(recorded), values(plain));
}

// A net with what graphs fuse, and with statistics.
struct Critic {
  gluon::nn::HybridSequential net;

  explicit Critic(bool hybridized) {
    random::seed(7);
    net.add(gluon::nn::Conv2D({.channels = 3, .kernel_size = {3, 3}, .activation = "tanh"}));
    net.add(gluon::nn::BatchNorm());
    net.add(gluon::nn::AvgPool2D());
    net.add(gluon::nn::Dense({.units = 4, .activation = "softrelu"}));
    net.add(gluon::nn::Dense({.units = 1}));
    net.initialize();
    if (hybridized) net.hybridize();
  }

  // The gradients of the parameters by the penalty of the slopes at x.
  std::vector<Values> penalty(bool training) {
    const NDArray x = nd::arange(0, 2 * 6 * 6).reshape({2, 1, 6, 6}) / 72;
    net(x);
    x.attach_grad();
    {
      const auto recording = autograd::record(training);
      const NDArray y = net(x);
      const NDArray slope = gradient_of(y, x);
      (nd::square(slope).sum() + nd::square(y).sum()).backward();
    }
    std::vector<Values> result = {values(x.grad())};
    for (const gluon::Parameter& parameter : net.collect_params()) {
      if (parameter.grad_req() != GradReq::null) result.push_back(values(parameter.grad()));
    }
    return result;
  }
};

TEST(CreateGraph, HybridizedBlocksGiveWhatTheirOperatorsGive) {
  for (const bool training : {true, false}) {
    const auto eager = Critic(false).penalty(training);
    const auto hybrid = Critic(true).penalty(training);
    ASSERT_EQ(eager.size(), hybrid.size());
    for (std::size_t i = 0; i < eager.size(); ++i) {
      EXPECT_THAT(hybrid[i], Pointwise(DoubleNear(1e-4), eager[i])) << "array " << i;
    }
  }
}

TEST(CreateGraph, AHybridizedBlockIsRunOnceMoreWithoutTouchingItsStatistics) {
  Critic critic(true);
  const NDArray x = nd::ones({2, 1, 6, 6});
  critic.net(x);
  x.attach_grad();
  const auto recording = autograd::record();
  const NDArray y = critic.net(x);
  const auto means = [&] {
    for (const gluon::Parameter& parameter : critic.net.collect_params()) {
      if (parameter.name().ends_with("running_mean")) return values(parameter.data());
    }
    return Values();
  };
  const Values before = means();
  ASSERT_FALSE(before.empty());
  gradient_of(y, x);
  EXPECT_EQ(means(), before);
}

TEST(CreateGraph, AHybridizedBlockThatDrewNumbersIsRefused) {
  gluon::nn::HybridSequential net;
  net.add(gluon::nn::Dropout({.rate = 0.5}));
  net.hybridize();
  const NDArray x = nd::ones({2, 3});
  x.attach_grad();
  const auto recording = autograd::record();
  const NDArray y = net(x);
  EXPECT_THAT(message_of([&] { gradient_of(y, x); }),
              ::testing::AllOf(HasSubstr("[Dropout]"), HasSubstr("random")));
}

// What cannot be drawn again is refused, in whichever mode it was drawn.
TEST(CreateGraph, RefusesBlocksThatDrewNumbers) {
  const auto message = [](const NDArray& x, const Symbol& symbol, bool training) {
    NDArray y;
    {
      const auto recording = autograd::record(training);
      y = CachedOp(symbol)(std::span(&x, 1))[0];
    }
    return message_of([&] { gradient_of(y, x); });
  };
  const NDArray x = leaf({1, 2});
  const Symbol v = sym::var("x");
  EXPECT_THAT(message(x, sym::Dropout(v * v, {.p = 0.5, .mode = "always"}), false),
              HasSubstr("random numbers"));
  EXPECT_THAT(message(x, sym::Dropout(v * v, {.p = 0.5}), true), HasSubstr("random numbers"));
  NDArray y;
  {
    const auto recording = autograd::record(false);
    y = CachedOp(sym::Dropout(v * v, {.p = 0.5}))(std::span(&x, 1))[0];
  }
  EXPECT_EQ(values(gradient_of(y, x)), (Values{2, 4}));
}

// What lies on the way may be outside of the range of half precision: 300^2 is.
TEST(CreateGraph, OfHalfPrecisionIsComputedInFloat32) {
  const NDArray x = nd::array({{-300, 0, 300, 400}}, float16);
  x.attach_grad();
  const NDArray one = nd::ones({4}, float16), zero = nd::zeros({4}, float16);
  const NDArray head = nd::array({{1, -2, 3, 0.5}}, float16);
  const auto gradient = [&](bool create_graph) {
    NDArray y;
    {
      const auto recording = autograd::record();
      y = nd::LayerNorm(x, one, zero) * 100.0;
    }
    return values(autograd::grad({y}, {x}, {head}, {.create_graph = create_graph})[0]);
  };
  EXPECT_THAT(gradient(true), Pointwise(DoubleNear(2e-3), gradient(false)));
  EXPECT_GT(std::abs(gradient(true)[0]), 0.01);
}

// A gradient that does not go on is 0, though it be infinite.
TEST(CreateGraph, ChoosesAndDoesNotMultiplyByZero) {
  const NDArray x = leaf({-1, 2});
  const NDArray head = nd::array({INFINITY, 1}, float64);
  const auto gradient = [&](const auto& function) {
    NDArray y;
    {
      const auto recording = autograd::record();
      y = function(x);
    }
    return values(gradient_of(y, x, head));
  };
  EXPECT_EQ(gradient([](const NDArray& a) { return nd::relu(a); }), (Values{0, 1}));
  EXPECT_EQ(gradient([](const NDArray& a) { return nd::maximum(a, 0.5); }), (Values{0, 1}));
  EXPECT_EQ(gradient([](const NDArray& a) { return nd::clip(a, {.a_min = 0, .a_max = 3}); }),
            (Values{0, 1}));
}

TEST(CreateGraph, GivesAnArrayPerVariable) {
  const NDArray x = leaf({3});
  NDArray y;
  {
    const auto recording = autograd::record();
    y = x * x;
  }
  for (const bool create_graph : {true, false}) {
    const auto both =
        autograd::grad({y}, {x, x}, {}, {.create_graph = create_graph, .retain_graph = true});
    both[0] *= 2.0;
    EXPECT_EQ(values(both[1]), Values{6});
  }
}

}  // namespace
}  // namespace gluino
