#include <cmath>

#include "gluon/support.h"

// A NaN among the pixels comes out of a network in the same places, however it is run: layer by
// layer, as a graph with fused convolutions and poolings, or frozen.
namespace gluino::gluon {
namespace {

struct Network {
  const char* activation;
  std::int64_t batch;
  std::int64_t kernel;
  bool batch_norm;
};

nn::HybridSequential make(const Network& n) {
  nn::HybridSequential net;
  net.add(nn::Conv2D({.channels = 6, .kernel_size = {n.kernel, n.kernel}, .in_channels = 2}));
  if (n.batch_norm) net.add(nn::BatchNorm({.in_channels = 6}));
  net.add(nn::Activation(n.activation));
  net.add(nn::MaxPool2D({.pool_size = {2, 2}, .strides = {2, 2}}));
  net.add(nn::MaxPool2D({.pool_size = {3, 3}, .strides = {2, 2}, .padding = {1, 1}}));
  net.initialize(init::Xavier());
  return net;
}

NDArray image_with_nan(std::int64_t batch) {
  const NDArray x = testing::pattern({batch, 2, 14, 14}, 3);
  for (const std::int64_t at : {0L, 391L, 392 * (batch - 1) + 250}) x.data<float>()[at] = NAN;
  return x;
}

// Of gradients, a fused pooling has them for the maxima alone, and no 0 times NaN beside them.
enum class Nan { everywhere, at_maxima };

void expect_same_numbers(const NDArray& got, const NDArray& expected, const char* what,
                         Nan nan = Nan::everywhere) {
  const auto a = got.to_vector<double>();
  const auto b = expected.to_vector<double>();
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (nan == Nan::everywhere || !std::isnan(b[i])) {
      ASSERT_EQ(std::isnan(a[i]), std::isnan(b[i])) << what << " " << i;
    }
    if (!std::isnan(b[i])) {
      ASSERT_NEAR(a[i], b[i], 1e-5 * (1 + std::abs(b[i]))) << what << " " << i;
    }
  }
}

struct Results {
  NDArray y, dx, predicted;
};

Results run(nn::HybridSequential& net, const NDArray& pixels) {
  Results results;
  const NDArray x = pixels.copy();
  x.attach_grad();
  results.predicted = net(x);
  {
    const auto recording = autograd::record();
    results.y = net(x);
  }
  results.y.backward();
  results.dx = x.grad();
  return results;
}

TEST(Nan, ComesOutOfANetworkHoweverItIsRun) {
  for (const Network& n :
       {Network{"relu", 32, 3, false}, Network{"tanh", 32, 5, false}, Network{"relu", 3, 3, false},
        Network{"relu", 40, 3, true}, Network{"sigmoid", 16, 1, false}}) {
    SCOPED_TRACE(::testing::Message() << n.activation << ", batch " << n.batch);
    nn::HybridSequential net = make(n);
    const NDArray x = image_with_nan(n.batch);
    const Results eager = run(net, x);
    ASSERT_TRUE(std::isnan(eager.predicted.to_vector<float>()[0]));
    net.hybridize();
    const Results graph = run(net, x);
    expect_same_numbers(graph.y, eager.y, "output");
    expect_same_numbers(graph.dx, eager.dx, "gradient", Nan::at_maxima);
    ASSERT_TRUE(std::isnan(nd::sum(graph.dx).asscalar()));
    if (n.batch_norm) continue;  // its statistics are NaN by now
    expect_same_numbers(graph.predicted, eager.predicted, "prediction");
    expect_same_numbers(net.freeze(x)(x), eager.predicted, "frozen");
  }
}

}  // namespace
}  // namespace gluino::gluon
