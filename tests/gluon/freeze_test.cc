#include <gluino/gluino.h>
#include <gmock/gmock.h>

#include <filesystem>

#include "ops/support.h"

namespace gluino::gluon {
namespace {

using gluino::testing::message_of;
using gluino::testing::same_bits;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

nn::HybridSequential network(bool normalized) {
  nn::HybridSequential net;
  net.add(nn::Conv2D({.channels = 6, .kernel_size = {3, 3}, .use_bias = !normalized}));
  if (normalized) net.add(nn::BatchNorm());
  net.add(nn::Activation("relu"), nn::MaxPool2D({.pool_size = {2, 2}, .strides = {2, 2}}),
          nn::Flatten(), nn::Dropout(0.5), nn::Dense({.units = 10}));
  random::seed(5);
  net.initialize(init::Xavier());
  return net;
}

NDArray images(std::int64_t batch) { return nd::random::uniform({.shape = {batch, 2, 8, 8}}); }

// A network whose running statistics are not those it began with.
nn::HybridSequential trained(bool normalized) {
  auto net = network(normalized);
  const auto training = autograd::train_mode();
  for (int i = 0; i < 3; ++i) net(images(20));
  return net;
}

double largest(const NDArray& array) { return ops::abs(array).max().asscalar<double>(); }

TEST(Freeze, GivesWhatTheBlockGives) {
  auto net = trained(false);
  const FrozenGraph frozen = net.freeze(images(3));
  for (const std::int64_t batch : {3, 1, 8}) {
    const NDArray x = images(batch);
    EXPECT_TRUE(same_bits(frozen(x), net(x))) << batch;
  }
}

TEST(Freeze, FoldsBatchNormalisation) {
  auto net = trained(true);
  const FrozenGraph frozen = net.freeze(images(3));
  const NDArray x = images(9);
  EXPECT_LT(largest(frozen(x) - net(x)), 1e-5 * largest(net(x)));
  const auto params = frozen.params();
  EXPECT_EQ(params.size(), 4u) << "a weight and a bias of each layer";
}

TEST(Freeze, KeepsWhatTheBlockWas) {
  auto net = trained(false);
  const NDArray x = images(2);
  const FrozenGraph frozen = net.freeze(x);
  const NDArray before = frozen(x);
  for (const Parameter& parameter : net.collect_params()) {
    parameter.set_data(nd::zeros(parameter.shape()));
  }
  EXPECT_TRUE(same_bits(frozen(x), before));
  EXPECT_EQ(largest(net(x)), 0);
}

TEST(Freeze, FindsTheShapesOfABlockThatHasNotRun) {
  auto net = network(true);
  const NDArray x = images(2);
  const FrozenGraph frozen = net.freeze(x);
  EXPECT_EQ(frozen(x).shape(), Shape({2, 10}));
}

TEST(Freeze, RunsWhereTheInputIs) {
  auto net = network(false);
  net.collect_params().reset_ctx({cpu(1)});
  const NDArray x = images(2).as_in_context(cpu(1));
  net(x);
  const FrozenGraph frozen = net.freeze(x);
  EXPECT_EQ(frozen.context(), cpu(1));
  EXPECT_TRUE(same_bits(frozen(x), net(x)));
}

TEST(Freeze, CannotBecomeAPartOfAnotherGraph) {
  const FrozenGraph frozen = network(false).freeze(images(1));
  nn::HybridSequential outer;
  outer.add(nn::HybridLambda([&](const NDArray& x) { return frozen(x); }));
  outer.hybridize();
  EXPECT_THAT(message_of([&] { outer(images(1)); }),
              HasSubstr("cannot become a part of another graph"));
}

TEST(Freeze, ASymbolBlockFromFiles) {
  auto net = trained(true);
  net.hybridize();
  const NDArray x = images(2);
  const NDArray expected = net(x);
  const auto path = std::filesystem::path(::testing::TempDir()) / "freeze_test_net";
  const auto [symbol, params] = net.export_model(path.string());
  auto loaded = SymbolBlock::imports(symbol, {"data"}, params);
  const FrozenGraph frozen = loaded.freeze(x);
  EXPECT_LT(largest(frozen(x) - expected), 1e-5 * largest(expected));
  const FrozenGraph from_checkpoint = model::load_frozen(path.string(), 0);
  EXPECT_THAT(from_checkpoint.inputs(), ElementsAre("data"));
  EXPECT_TRUE(same_bits(from_checkpoint(x), frozen(x)));
}

}  // namespace
}  // namespace gluino::gluon
