#include <gluino/gluino.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <thread>
#include <vector>

namespace gluino {
namespace {

// For machines without the instructions, too.
constexpr amp::InitOptions kAnywhere{.emulate = true};

double rounded(float value) { return double(float(BFloat16(value))); }

NDArray uniform(const Shape& shape) {
  return nd::random::uniform({.low = -1, .high = 1, .shape = shape});
}

// The largest distance of a's elements from sum(i, j) of rows and columns.
double distance(const NDArray& a, const std::function<double(std::size_t, std::size_t)>& sum) {
  const auto values = a.to_vector<float>();
  const auto columns = static_cast<std::size_t>(a.shape().back());
  double most = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    most = std::max(most, std::abs(double(values[i]) - sum(i / columns, i % columns)));
  }
  return most;
}

constexpr std::size_t kRows = 33;
constexpr std::size_t kIn = 70;
constexpr std::size_t kOut = 45;
constexpr double kRoundOff = 1e-5;  // of sums in float32; rounding the operands makes about 1e-2

// A fully connected layer's arrays, and what becomes of them in double from rounded operands.
struct Layer {
  NDArray x = uniform({kRows, kIn});
  NDArray weight = uniform({kOut, kIn});
  std::vector<float> xs = x.to_vector<float>();
  std::vector<float> ws = weight.to_vector<float>();

  double forward(std::size_t i, std::size_t o) const {
    double sum = 0;
    for (std::size_t k = 0; k < kIn; ++k)
      sum += rounded(xs[i * kIn + k]) * rounded(ws[o * kIn + k]);
    return sum;
  }
  // Of the weight, where the output's gradient is 1.
  double gradient(std::size_t /*o*/, std::size_t k) const {
    double sum = 0;
    for (std::size_t i = 0; i < kRows; ++i) sum += rounded(xs[i * kIn + k]);
    return sum;
  }
  double distance_of_forward(const NDArray& y) const {
    return distance(y, [this](auto i, auto o) { return forward(i, o); });
  }
  double distance_of_gradient() const {
    return distance(weight.grad(), [this](auto o, auto k) { return gradient(o, k); });
  }
};

NDArray apply(const Layer& layer) {
  return nd::FullyConnected(layer.x, layer.weight, {.num_hidden = kOut});
}

TEST(Amp, RoundsTheOperandsOfProducts) {
  const Layer layer;
  EXPECT_GT(layer.distance_of_forward(apply(layer)), 100 * kRoundOff);
  const amp::Scope scope(bfloat16, kAnywhere);
  EXPECT_LT(layer.distance_of_forward(apply(layer)), kRoundOff);
  const NDArray product = nd::dot(layer.x, layer.weight, {.transpose_b = true});
  EXPECT_LT(layer.distance_of_forward(product), kRoundOff);
}

TEST(Amp, LeavesFloat64Alone) {
  const Layer layer;
  const auto product = [&] {
    return nd::FullyConnected(layer.x.astype(float64), layer.weight.astype(float64),
                              {.num_hidden = kOut});
  };
  const auto before = product().to_vector<double>();
  const amp::Scope scope(bfloat16, kAnywhere);
  EXPECT_EQ(product().to_vector<double>(), before);
}

TEST(Amp, InitHoldsForAllThreadsAndScopesForOne) {
  EXPECT_EQ(amp::dtype(), float32);
  amp::init(bfloat16, kAnywhere);
  EXPECT_EQ(amp::dtype(), bfloat16);
  {
    const amp::Scope outer(float32);
    EXPECT_EQ(amp::dtype(), float32);
    {
      const amp::Scope inner(bfloat16, kAnywhere);
      EXPECT_EQ(amp::dtype(), bfloat16);
    }
    EXPECT_EQ(amp::dtype(), float32);
    DType elsewhere = float32;
    std::thread([&] { elsewhere = amp::dtype(); }).join();
    EXPECT_EQ(elsewhere, bfloat16);
  }
  EXPECT_EQ(amp::dtype(), bfloat16);
  amp::init(float32);
  EXPECT_EQ(amp::dtype(), float32);
}

TEST(Amp, RefusesWhatItCannotDo) {
  EXPECT_THROW(amp::init(float16), Error);
  EXPECT_THROW(amp::Scope(int8, kAnywhere), Error);
  if (amp::has_bfloat16()) {
    EXPECT_NO_THROW(amp::Scope{bfloat16});
  } else {
    EXPECT_THROW(amp::init(), Error);
  }
  EXPECT_EQ(amp::dtype(), float32);
}

TEST(Amp, GradientsAreComputedAsTheirForwardWas) {
  const Layer layer;
  layer.weight.attach_grad();
  const auto forward = [&] {
    const auto recording = autograd::record();
    return apply(layer);
  };
  NDArray y = [&] {
    const amp::Scope scope(bfloat16, kAnywhere);
    return forward();
  }();
  y.backward();
  EXPECT_LT(layer.distance_of_gradient(), kRoundOff);
  y = forward();
  const amp::Scope scope(bfloat16, kAnywhere);
  y.backward();
  EXPECT_GT(layer.distance_of_gradient(), 100 * kRoundOff);
}

TEST(Amp, GraphsMadeBeforeFollowIt) {
  const Layer layer;
  layer.weight.attach_grad();
  const Symbol net = sym::FullyConnected(sym::var("data"), sym::var("weight"),
                                         {.num_hidden = kOut, .no_bias = true});
  const CachedOp graph(net);
  const auto forward = [&] {
    const auto recording = autograd::record();
    return graph(std::vector{layer.x, layer.weight})[0];
  };
  EXPECT_GT(layer.distance_of_forward(forward()), 100 * kRoundOff);
  const NDArray y = [&] {
    const amp::Scope scope(bfloat16, kAnywhere);
    return forward();
  }();
  EXPECT_LT(layer.distance_of_forward(y), kRoundOff);
  y.backward();
  EXPECT_LT(layer.distance_of_gradient(), kRoundOff);
}

// The loss of a small LeNet after some steps on one batch.
double loss_after_training(bool hybridize) {
  random::seed(3);
  gluon::nn::HybridSequential net;
  net.add(gluon::nn::Conv2D({.channels = 8, .kernel_size = {3, 3}, .activation = "tanh"}),
          gluon::nn::Conv2D({.channels = 16, .kernel_size = {3, 3}, .activation = "tanh"}),
          gluon::nn::MaxPool2D({.pool_size = {2, 2}, .strides = {2, 2}}),
          gluon::nn::Dense({.units = 32, .activation = "tanh"}), gluon::nn::Dense({.units = 10}));
  net.initialize(init::Xavier());
  const NDArray images = uniform({40, 1, 12, 12});
  std::vector<float> digits(40);
  for (std::size_t i = 0; i < digits.size(); ++i) digits[i] = static_cast<float>(i % 10);
  const NDArray labels = nd::from(digits);
  net(images);
  net.hybridize(hybridize);
  gluon::loss::SoftmaxCrossEntropyLoss cross_entropy;
  gluon::Trainer trainer(net.collect_params(), "sgd", {{"learning_rate", 0.5}});
  double loss = 0;
  for (int step = 0; step < 40; ++step) {
    const auto recording = autograd::record();
    const NDArray losses = cross_entropy(net(images), labels);
    losses.backward();
    trainer.step(40);
    loss = losses.mean().asscalar<double>();
  }
  return loss;
}

TEST(Amp, NetworksLearnAsInFloat32) {
  const double float32_loss = loss_after_training(true);
  const amp::Scope scope(bfloat16, kAnywhere);
  const double graph_loss = loss_after_training(true);
  EXPECT_LT(graph_loss, 0.3);
  EXPECT_NE(graph_loss, float32_loss);
  EXPECT_NEAR(graph_loss, float32_loss, 0.02);
  EXPECT_NEAR(loss_after_training(false), float32_loss, 0.02);
}

TEST(Amp, SameBitsForAnyNumberOfThreads) {
  const amp::Scope scope(bfloat16, kAnywhere);
  set_num_threads(1);
  const double wanted = loss_after_training(true);
  for (const int threads : {2, 3}) {
    set_num_threads(threads);
    EXPECT_EQ(loss_after_training(true), wanted) << threads << " threads";
  }
  set_num_threads(0);
}

}  // namespace
}  // namespace gluino
