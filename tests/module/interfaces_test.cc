// The same network, seed and batches through Gluon, Module and FeedForward: the same weights.
#include "graph/support.h"
#include "module/support.h"

namespace gluino {
namespace {

namespace nn = gluon::nn;
using testing::expect_near;
using testing::LogLines;
using testing::pattern;

constexpr int kSamples = 40;
constexpr int kBatchSize = 8;

io::NDArrayIter batches() {
  std::vector<float> labels;
  for (int i = 0; i < kSamples; ++i) labels.push_back(static_cast<float>(i * 7 % 3));
  return {pattern({kSamples, 1, 8, 8}, 5), nd::from(labels), {.batch_size = kBatchSize}};
}

// A network twice: as a symbol and as a block.
struct Network {
  Symbol symbol;
  nn::HybridSequential block;
};

Network mlp() {
  Network net;
  const Symbol fc1 = sym::FullyConnected(sym::flatten(sym::var("data")), {.num_hidden = 7}, "fc1");
  const Symbol relu = sym::Activation(fc1, {.act_type = "relu"});
  net.symbol =
      sym::SoftmaxOutput(sym::FullyConnected(relu, {.num_hidden = 3}, "fc2"), {}, "softmax");
  net.block.add(nn::Flatten(), nn::Dense({.units = 7, .activation = "relu"}),
                nn::Dense({.units = 3}));
  return net;
}

Network lenet() {
  Network net;
  const Symbol conv1 =
      sym::Convolution(sym::var("data"), {.kernel = {3, 3}, .num_filter = 4}, "conv1");
  const Symbol pool = sym::Pooling(sym::Activation(conv1, {.act_type = "tanh"}),
                                   {.kernel = {2, 2}, .pool_type = "max", .stride = {2, 2}});
  const Symbol fc1 = sym::FullyConnected(sym::flatten(pool), {.num_hidden = 5}, "fc1");
  const Symbol tanh = sym::Activation(fc1, {.act_type = "tanh"});
  net.symbol =
      sym::SoftmaxOutput(sym::FullyConnected(tanh, {.num_hidden = 3}, "fc2"), {}, "softmax");
  // With all shapes known the first batch, too, runs as a graph.
  net.block.add(
      nn::Conv2D({.channels = 4, .kernel_size = {3, 3}, .activation = "tanh", .in_channels = 1}),
      nn::MaxPool2D({.pool_size = {2, 2}, .strides = {2, 2}}), nn::Flatten(),
      nn::Dense({.units = 5, .activation = "tanh", .in_units = 36}),
      nn::Dense({.units = 3, .in_units = 5}));
  return net;
}

// The weights in the order of the layers, one after the other.
using Weights = std::vector<float>;

void append(Weights& weights, const NDArray& array) {
  for (const float value : array.to_vector<float>()) weights.push_back(value);
}

Weights in_order(const Symbol& symbol, const ArrayMap& params) {
  Weights weights;
  for (const std::string& name : symbol.list_arguments()) {
    if (params.contains(name)) append(weights, params.at(name));
  }
  return weights;
}

Weights through_module(const Network& net) {
  random::seed(7);
  mod::Module module(net.symbol);
  auto iter = batches();
  module.fit(iter, {.optimizer_params = {{"learning_rate", 0.1}, {"momentum", 0.9}},
                    .initializer = init::Xavier(),
                    .num_epoch = 1});
  return in_order(net.symbol, module.get_params().arg_params);
}

Weights through_feed_forward(const Network& net) {
  random::seed(7);
  model::FeedForward model(
      net.symbol,
      {.num_epoch = 1, .initializer = init::Xavier(), .learning_rate = 0.1, .momentum = 0.9});
  auto iter = batches();
  model.fit(iter);
  return in_order(net.symbol, model.arg_params());
}

Weights through_gluon(Network net, bool hybridized) {
  random::seed(7);
  net.block.initialize(init::Xavier());
  net.block.hybridize(hybridized);
  gluon::Trainer trainer(net.block.collect_params(), "sgd",
                         {{"learning_rate", 0.1}, {"momentum", 0.9}});
  auto iter = batches();
  for (const io::DataBatch& batch : iter) {
    NDArray output;
    {
      const auto recording = autograd::record();
      output = nd::SoftmaxOutput(net.block(batch.data[0]), batch.label[0]);
    }
    output.backward();
    trainer.step(kBatchSize);
  }
  Weights weights;
  for (const auto& parameter : net.block.collect_params()) append(weights, parameter.data());
  return weights;
}

TEST(Interfaces, LearnTheSameWeightsBitForBit) {
  const LogLines log;
  const Weights module = through_module(mlp());
  EXPECT_EQ(module, through_feed_forward(mlp()));
  EXPECT_EQ(module, through_gluon(mlp(), true));
  EXPECT_EQ(module, through_gluon(mlp(), false));
}

TEST(Interfaces, LearnTheSameConvolutions) {
  const LogLines log;
  const Weights module = through_module(lenet());
  EXPECT_EQ(module, through_feed_forward(lenet()));
  EXPECT_EQ(module, through_gluon(lenet(), true));
  // A convolution that is fused with its pooling adds up its gradients in another order than eager
  // calls do.
  expect_near(nd::from(through_gluon(lenet(), false)), {module.begin(), module.end()}, 1e-5);
  const testing::WithoutPasses as_written;
  const Weights plain = through_module(lenet());
  EXPECT_EQ(plain, through_feed_forward(lenet()));
  EXPECT_EQ(plain, through_gluon(lenet(), true));
  EXPECT_EQ(plain, through_gluon(lenet(), false));
}

}  // namespace
}  // namespace gluino
