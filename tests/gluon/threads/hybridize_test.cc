#include <gluino/gluino.h>
#include <gluino/gluon/symbol_block.h>
#include <gluino/graph/sym.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <thread>

#include "graph/support.h"
#include "ops/support.h"

namespace gluino::gluon {
namespace {

using gluino::testing::message_of;
using gluino::testing::same_bits;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

nn::HybridSequential lenet() {
  nn::HybridSequential net("LeNet_");
  const auto scope = net.name_scope();
  net.add(nn::Conv2D({.channels = 4, .kernel_size = {5, 5}, .activation = "tanh"}),
          nn::MaxPool2D({.pool_size = {2, 2}, .strides = {2, 2}}), nn::BatchNorm(),
          nn::Dropout(0.5), nn::Flatten(), nn::Dense({.units = 10}));
  return net;
}

NDArray images(std::int64_t batch) {
  random::seed(3);
  return nd::random::uniform({.shape = {batch, 1, 12, 12}});
}

// Some steps of training; gives all parameters and the last output.
std::vector<NDArray> train(bool hybrid) {
  random::seed(7);
  auto net = lenet();
  net.initialize(init::Xavier());
  loss::SoftmaxCrossEntropyLoss loss;
  if (hybrid) {
    net.hybridize();
    loss.hybridize();
  }
  Trainer trainer(net.collect_params(), "sgd", {{"learning_rate", 0.1}, {"momentum", 0.9}});
  NDArray output;
  for (const std::int64_t batch : {6, 6, 4, 6, 4}) {
    const NDArray x = images(batch);
    NDArray value;
    {
      const auto recording = autograd::record();
      output = net(x);
      value = loss(output, nd::zeros({batch}));
    }
    value.backward();
    trainer.step(static_cast<double>(batch));
  }
  std::vector<NDArray> result = {output, net(images(5))};
  for (const Parameter& parameter : net.collect_params()) result.push_back(parameter.data());
  return result;
}

TEST(Hybridize, TrainsWithTheSameBits) {
  const gluino::testing::WithoutPasses as_written;
  const auto eager = train(false);
  const auto hybrid = train(true);
  ASSERT_EQ(eager.size(), hybrid.size());
  for (std::size_t i = 0; i < eager.size(); ++i) {
    EXPECT_TRUE(same_bits(eager[i], hybrid[i])) << "array " << i;
  }
}

// The first call of a block whose parameters have their values runs nothing twice.
TEST(Hybridize, TheFirstCallDrawsAndCountsOnce) {
  const gluino::testing::WithoutPasses as_written;
  const auto run = [](bool hybrid) {
    nn::HybridSequential net;
    net.add(nn::BatchNorm({.in_channels = 3}), nn::Dropout(0.5),
            nn::HybridLambda([](const NDArray& x) {
              return x + nd::random::uniform({.shape = {4, 3}});
            }));
    net.initialize();
    if (hybrid) net.hybridize();
    random::seed(5);
    std::vector<NDArray> results;
    const auto training = autograd::train_mode();
    for (int i = 0; i < 2; ++i) results.push_back(net(nd::ones({4, 3}) * (i + 1.0)));
    results.push_back(net.collect_params(".*running_mean").begin()->data());
    return results;
  };
  const auto eager = run(false);
  const auto hybrid = run(true);
  for (std::size_t i = 0; i < eager.size(); ++i) EXPECT_TRUE(same_bits(eager[i], hybrid[i])) << i;
}

TEST(Hybridize, GradientsOfTheInputAndRepeatedCalls) {
  auto net = nn::Dense({.units = 3, .activation = "relu"});
  net.initialize(init::Xavier());
  const NDArray x = nd::random::uniform({.low = -1, .high = 1, .shape = {2, 4}});
  const auto run = [&] {
    x.attach_grad();
    NDArray y;
    {
      const auto recording = autograd::record();
      y = net(x) * net(x * 2.0);  // one graph, two runs of it under way
    }
    y.backward();
    return x.grad().copy();
  };
  const NDArray eager = run();
  net.hybridize();
  run();
  EXPECT_TRUE(same_bits(run(), eager));
}

class Branching : public HybridBlock {
 public:
  NDArray forward(const NDArray& x) override { return x.sum().asscalar() > 0 ? x : -x; }
};

constexpr int kLineOfAsscalar = __LINE__ - 3;

TEST(Hybridize, SaysWhichLineCannotBeTraced) {
  Branching net;
  EXPECT_EQ(net(nd::array({1})).asscalar(), 1);
  net.hybridize();
  const std::string text = message_of([&] { net(nd::array({1})); });
  EXPECT_THAT(text, HasSubstr(str("hybridize_test.cc:", kLineOfAsscalar)));
  net.hybridize(false);
  EXPECT_EQ(net(nd::array({-1})).asscalar(), 1);
}

TEST(Hybridize, RefusesChangesInPlace) {
  nn::HybridLambda changes([](const NDArray& x) {
    NDArray y = x * 2.0;
    y += x;
    return y;
  });
  changes.hybridize();
  EXPECT_THAT(message_of([&] { changes(nd::ones({2})); }), HasSubstr("in place"));
}

TEST(Hybridize, ConstantsAndIndexingBecomePartOfTheGraph) {
  const NDArray offset = nd::array({10, 20});
  nn::HybridLambda net([&](const NDArray& x) { return x[1] + offset; });
  net.hybridize();
  const NDArray x = nd::array({{1, 2}, {3, 4}});
  for (int i = 0; i < 3; ++i) EXPECT_THAT(net(x).to_vector<float>(), ElementsAre(13, 24));
  x.assign(0.0);
  EXPECT_THAT(net(x).to_vector<float>(), ElementsAre(10, 20));
}

TEST(Hybridize, FollowsWhatBecomesOfTheParameters) {
  auto net = nn::Dense({.units = 1, .use_bias = false, .in_units = 2});
  net.initialize(init::One());
  net.hybridize();
  const NDArray x = nd::array({{1, 2}});
  net(x);
  EXPECT_EQ(net(x).asscalar(), 3);
  net.weight().set_data(nd::array({{10, 100}}));
  EXPECT_EQ(net(x).asscalar(), 210);
  net.cast(float64);
  EXPECT_EQ(net(x.astype(float64)).dtype(), float64);
  EXPECT_EQ(net(x.astype(float64)).asscalar<double>(), 210);
}

TEST(Hybridize, SeveralContexts) {
  auto net = nn::Dense({.units = 2, .in_units = 3});
  net.initialize(init::Xavier(), std::vector{cpu(0), cpu(1)});
  net.hybridize();
  const NDArray x = nd::ones({1, 3});
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(same_bits(net(x), net(x.as_in_context(cpu(1)))));
    EXPECT_EQ(net(x.as_in_context(cpu(1))).context(), cpu(1));
  }
}

TEST(Hybridize, ThreadsMayCallOneBlockAtOnce) {
  auto net = lenet();
  net.initialize(init::Xavier());
  net(images(1));
  net.hybridize();
  std::vector<NDArray> inputs, expected;
  for (int i = 0; i < 4; ++i) {
    inputs.push_back(images(8 + i % 2) * (i + 1.0));
    expected.push_back(net(inputs.back()));
  }
  net.hybridize();  // drops the graphs, so that the threads also compile
  std::vector<int> wrong(4, 0);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 10; ++round) wrong[i] += !same_bits(net(inputs[i]), expected[i]);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(wrong, ElementsAre(0, 0, 0, 0));
}

TEST(Hybridize, SummaryStillSeesTheLayers) {
  auto net = lenet();
  net.initialize();
  net.hybridize();
  net(images(1));
  EXPECT_THAT(net.summary(images(1)), HasSubstr("Conv2D"));
}

TEST(Hybridize, ALayerAddedLaterRuns) {
  nn::HybridSequential net;
  net.add(nn::Dense({.units = 2, .in_units = 2}));
  net.initialize();
  net.hybridize();
  net(nd::ones({1, 2}));
  net.add(nn::HybridLambda([](const NDArray& x) { return x * 0.0; }));
  EXPECT_THAT(net(nd::ones({1, 2})).to_vector<float>(), ElementsAre(0, 0));
}

class Export : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / str("gluino_export_", ::getpid());
};

TEST_F(Export, ComesBackAsASymbolBlock) {
  const gluino::testing::WithoutPasses as_written;
  auto net = lenet();
  net.initialize(init::Xavier());
  net.hybridize();
  const NDArray x = images(3);
  net(x);
  const NDArray expected = net(x);
  const auto [symbol_file, params_file] = net.export_model(folder_ / "lenet");
  EXPECT_EQ(std::filesystem::path(params_file).filename(), "lenet-0000.params");
  auto back = SymbolBlock::imports(symbol_file, {"data"}, params_file);
  EXPECT_TRUE(same_bits(back(x), expected));
  EXPECT_EQ(back(images(7)).shape(), (Shape{7, 10}));
  // Part of a larger block, which is hybridized itself.
  nn::HybridSequential larger;
  larger.add(std::move(back), nn::HybridLambda([](const NDArray& y) { return y * 2.0; }));
  larger.hybridize();
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(same_bits(larger(x), expected * 2.0));
}

TEST_F(Export, NeedsAGraph) {
  auto net = lenet();
  net.initialize();
  EXPECT_THAT(message_of([&] { net.export_model(folder_ / "lenet"); }), HasSubstr("hybridize()"));
}

TEST_F(Export, ImportsSaysWhatIsMissing) {
  const auto fc = sym::FullyConnected(sym::var("data"), {.num_hidden = 2}, "fc");
  fc.save(folder_ / "fc-symbol.json");
  nd::save(folder_ / "fc.params", nd::NamedArrays{{"arg:fc_weight", nd::ones({2, 3})}});
  const auto import = [&](const std::vector<std::string>& inputs) {
    return SymbolBlock::imports(folder_ / "fc-symbol.json", inputs, folder_ / "fc.params");
  };
  EXPECT_THAT(message_of([&] { import({"data"}); }), HasSubstr("fc_bias"));
  EXPECT_THAT(message_of([&] { import({"image"}); }), HasSubstr("\"image\""));
}

TEST(Hybridize, ExplainsItsStepsAndChangesNothing) {
  auto net = lenet();
  net.initialize(init::Xavier());
  const NDArray x = images(16);
  net(x);  // finds the shapes
  const auto parameters = net.collect_params();
  std::vector<NDArray> before;
  for (const Parameter& parameter : parameters) before.push_back(parameter.data().copy());
  const std::string inference = net.explain(x, {.runs = 1});
  EXPECT_THAT(inference, HasSubstr("strips of 16 samples, innermost"));
  EXPECT_THAT(inference, HasSubstr("product 16 x 64 x 10"));
  EXPECT_THAT(inference, ::testing::Not(HasSubstr("gradient")));
  const std::string training = net.explain(x, {.train = true, .runs = 1});
  EXPECT_THAT(training, HasSubstr("gradient"));
  EXPECT_THAT(training, HasSubstr("product 10 x 16 x 64"));
  std::size_t i = 0;
  for (const Parameter& parameter : parameters) {
    EXPECT_TRUE(same_bits(parameter.data(), before[i++])) << parameter.name();
    if (parameter.grad_req() != GradReq::null) {
      EXPECT_THAT(parameter.grad().to_vector<float>(), ::testing::Each(0)) << parameter.name();
    }
  }
  EXPECT_THROW(net.explain(x, {.runs = 0}), Error);
}

}  // namespace
}  // namespace gluino::gluon
