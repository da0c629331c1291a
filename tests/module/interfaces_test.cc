// The same network, seed and batches through Gluon, Module and FeedForward: the same weights.
#include "module/support.h"

namespace gluino {
namespace {

namespace nn = gluon::nn;
using testing::LogLines;
using testing::pattern;

constexpr int kSamples = 40;
constexpr int kBatchSize = 8;

// The weights in the order of the layers.
using Weights = std::vector<std::vector<float>>;
const std::vector<std::string> kNames = {"conv1_weight", "conv1_bias", "fc1_weight",
                                         "fc1_bias",     "fc2_weight", "fc2_bias"};

NDArray images() { return pattern({kSamples, 1, 8, 8}, 5); }

NDArray labels() {
  std::vector<float> classes;
  for (int i = 0; i < kSamples; ++i) classes.push_back(static_cast<float>(i * 7 % 3));
  return nd::from(classes);
}

io::NDArrayIter batches() { return {images(), labels(), {.batch_size = kBatchSize}}; }

Symbol small_lenet() {
  const Symbol conv1 =
      sym::Convolution(sym::var("data"), {.kernel = {3, 3}, .num_filter = 4}, "conv1");
  const Symbol pool = sym::Pooling(sym::Activation(conv1, {.act_type = "tanh"}),
                                   {.kernel = {2, 2}, .pool_type = "max", .stride = {2, 2}});
  const Symbol fc1 = sym::FullyConnected(sym::flatten(pool), {.num_hidden = 5}, "fc1");
  const Symbol tanh = sym::Activation(fc1, {.act_type = "tanh"});
  return sym::SoftmaxOutput(sym::FullyConnected(tanh, {.num_hidden = 3}, "fc2"), {}, "softmax");
}

Weights in_order(const ArrayMap& params) {
  Weights weights;
  for (const std::string& name : kNames) weights.push_back(params.at(name).to_vector<float>());
  return weights;
}

Weights through_module() {
  random::seed(7);
  mod::Module module(small_lenet());
  auto iter = batches();
  module.fit(iter, {.optimizer_params = {{"learning_rate", 0.1}, {"momentum", 0.9}},
                    .initializer = init::Xavier(),
                    .num_epoch = 1});
  return in_order(module.get_params().arg_params);
}

Weights through_feed_forward() {
  random::seed(7);
  model::FeedForward model(
      small_lenet(),
      {.num_epoch = 1, .initializer = init::Xavier(), .learning_rate = 0.1, .momentum = 0.9});
  auto iter = batches();
  model.fit(iter);
  return in_order(model.arg_params());
}

Weights through_gluon() {
  random::seed(7);
  nn::HybridSequential net;
  net.add(
      nn::Conv2D({.channels = 4, .kernel_size = {3, 3}, .activation = "tanh", .in_channels = 1}),
      nn::MaxPool2D({.pool_size = {2, 2}, .strides = {2, 2}}), nn::Flatten(),
      nn::Dense({.units = 5, .activation = "tanh", .in_units = 36}),
      nn::Dense({.units = 3, .in_units = 5}));
  net.initialize(init::Xavier());
  net.hybridize();
  gluon::Trainer trainer(net.collect_params(), "sgd", {{"learning_rate", 0.1}, {"momentum", 0.9}});
  auto iter = batches();
  for (const io::DataBatch& batch : iter) {
    NDArray output;
    {
      const auto recording = autograd::record();
      output = nd::SoftmaxOutput(net(batch.data[0]), batch.label[0]);
    }
    output.backward();
    trainer.step(kBatchSize);
  }
  Weights weights;
  for (const auto& parameter : net.collect_params()) {
    weights.push_back(parameter.data().to_vector<float>());
  }
  return weights;
}

TEST(Interfaces, LearnTheSameWeightsBitForBit) {
  const LogLines log;
  const Weights module = through_module();
  EXPECT_EQ(module, through_feed_forward());
  EXPECT_EQ(module, through_gluon());
}

}  // namespace
}  // namespace gluino
