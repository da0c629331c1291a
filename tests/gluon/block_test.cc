#include <zlib.h>

#include <sstream>

#include "gluon/support.h"

namespace gluino {
namespace {

namespace nn = gluon::nn;
using ::testing::HasSubstr;
using testing::lenet;
using testing::message_of;
using testing::mlp;
using testing::pattern;

// A user's own block, as the second tutorial writes it.
class Net : public gluon::Block {
 public:
  NDArray forward(const NDArray& x) override { return fc1(pool1(np::tanh(conv1(x)))); }

  gluon::Child<nn::Conv2D> conv1 =
      child<nn::Conv2D>("conv1", {.channels = 4, .kernel_size = {3, 3}});
  gluon::Child<nn::MaxPool2D> pool1 = child<nn::MaxPool2D>("pool1");
  gluon::Child<nn::Dense> fc1 = child<nn::Dense>("fc1", {.units = 2});
};

TEST(Names, AreMxnets) {
  EXPECT_EQ(
      lenet().collect_params().keys(),
      (std::vector<std::string>{"LeNet_conv0_weight", "LeNet_conv0_bias", "LeNet_conv1_weight",
                                "LeNet_conv1_bias", "LeNet_dense0_weight", "LeNet_dense0_bias",
                                "LeNet_dense1_weight", "LeNet_dense1_bias"}));
  EXPECT_EQ(
      mlp().collect_params(".*weight").keys(),
      (std::vector<std::string>{"MLP_dense0_weight", "MLP_dense1_weight", "MLP_dense2_weight"}));
  EXPECT_EQ(mlp().collect_params("weight").size(), 0U);
  EXPECT_THAT(message_of([] { mlp().collect_params("("); }), HasSubstr("no regular expression"));
  EXPECT_EQ(lenet()[0].prefix(), "LeNet_conv0_");
  EXPECT_EQ(lenet()[0].name(), "LeNet_conv0");
}

TEST(Names, CountOutsideOfScopes) {
  const nn::Dense a({.units = 1});
  nn::HybridSequential net("Net_");
  net.add(nn::Dense({.units = 1}));
  const auto number = [](const gluon::Block& block) {
    return std::stoi(block.prefix().substr(std::string("dense").size()));
  };
  EXPECT_EQ(number(net[0]), number(a) + 1);
  EXPECT_EQ(nn::Dense({.units = 1, .prefix = "mine_"}).prefix(), "mine_");
  EXPECT_EQ(nn::HybridSequential().prefix().substr(0, 16), "hybridsequential");
}

TEST(Names, OfUsersBlocksAreStructural) {
  const Net net;
  std::vector<std::string> names;
  for (const auto& [name, parameter] : net.structural_params()) names.push_back(name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"conv1.weight", "conv1.bias", "fc1.weight", "fc1.bias"}));
  EXPECT_EQ(net.type_name(), "Net");
}

TEST(Printing, IsMxnets) {
  auto net = lenet();
  net.initialize();
  net(nd::zeros({1, 1, 28, 28}));
  EXPECT_EQ(net.to_string(),
            "HybridSequential(\n"
            "  (0): Conv2D(1 -> 20, kernel_size=(5, 5), stride=(1, 1), Activation(tanh))\n"
            "  (1): MaxPool2D(size=(2, 2), stride=(2, 2), padding=(0, 0), ceil_mode=False, "
            "global_pool=False, pool_type=max, layout=NCHW)\n"
            "  (2): Conv2D(20 -> 50, kernel_size=(5, 5), stride=(1, 1), Activation(tanh))\n"
            "  (3): MaxPool2D(size=(2, 2), stride=(2, 2), padding=(0, 0), ceil_mode=False, "
            "global_pool=False, pool_type=max, layout=NCHW)\n"
            "  (4): Flatten\n"
            "  (5): Dense(800 -> 500, Activation(tanh))\n"
            "  (6): Dense(500 -> 10, linear)\n"
            ")");
  std::ostringstream params;
  params << net[0].collect_params();
  EXPECT_EQ(params.str(),
            "LeNet_conv0_ (\n"
            "  Parameter LeNet_conv0_weight (shape=(20, 1, 5, 5), dtype=float32)\n"
            "  Parameter LeNet_conv0_bias (shape=(20,), dtype=float32)\n"
            ")");
}

TEST(Printing, OfEveryLayerIsMxnets) {
  nn::HybridSequential net;
  net.add(nn::Conv2D({.channels = 8,
                      .kernel_size = {3, 3},
                      .strides = {2, 2},
                      .padding = {1, 1},
                      .dilation = {2, 1},
                      .groups = 2,
                      .use_bias = false,
                      .in_channels = 4}),
          nn::BatchNorm(),
          nn::BatchNorm({.epsilon = 1e-3, .center = false, .scale = false, .in_channels = 3}),
          nn::Activation("relu"), nn::Dropout(0.25),
          nn::AvgPool2D({.pool_size = {3, 2}, .padding = {1, 1}, .ceil_mode = true}),
          nn::GlobalAvgPool2D(), nn::GlobalMaxPool2D(), nn::Flatten(),
          nn::Dense({.units = 3, .activation = "sigmoid", .use_bias = false, .in_units = 4}));
  EXPECT_EQ(
      net.to_string(),
      "HybridSequential(\n"
      "  (0): Conv2D(2 -> 8, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), dilation=(2, 1), "
      "groups=2, bias=False)\n"
      "  (1): BatchNorm(axis=1, eps=1e-05, momentum=0.9, fix_gamma=False, "
      "use_global_stats=False, in_channels=None)\n"
      "  (2): BatchNorm(axis=1, eps=0.001, momentum=0.9, fix_gamma=True, use_global_stats=False, "
      "in_channels=3)\n"
      "  (3): Activation(relu)\n"
      "  (4): Dropout(p = 0.25, axes=())\n"
      "  (5): AvgPool2D(size=(3, 2), stride=(3, 2), padding=(1, 1), ceil_mode=True, "
      "global_pool=False, pool_type=avg, layout=NCHW)\n"
      "  (6): GlobalAvgPool2D(size=(1, 1), stride=(1, 1), padding=(0, 0), ceil_mode=True, "
      "global_pool=True, pool_type=avg, layout=NCHW)\n"
      "  (7): GlobalMaxPool2D(size=(1, 1), stride=(1, 1), padding=(0, 0), ceil_mode=True, "
      "global_pool=True, pool_type=max, layout=NCHW)\n"
      "  (8): Flatten\n"
      "  (9): Dense(4 -> 3, Activation(sigmoid))\n"
      ")");
  EXPECT_EQ(gluon::loss::L2Loss().to_string(), "L2Loss(batch_axis=0, w=1.0)");
  EXPECT_EQ(gluon::loss::SoftmaxCrossEntropyLoss({.weight = 0.5}).to_string(),
            "SoftmaxCrossEntropyLoss(batch_axis=0, w=0.5)");
  EXPECT_EQ(gluon::loss::SoftmaxCrossEntropyLoss().to_string(),
            "SoftmaxCrossEntropyLoss(batch_axis=0, w=None)");
}

TEST(Summary, HasMxnetsRowsAndTotals) {
  auto net = lenet();
  net.initialize();
  const std::string table = net.summary(nd::zeros({1, 1, 28, 28}));
  EXPECT_THAT(
      table,
      ::testing::StartsWith(
          "--------------------------------------------------------------------------------\n"
          "        Layer (type)                                Output Shape         Param #\n"
          "================================================================================\n"
          "               Input                              (1, 1, 28, 28)               0\n"
          "        Activation-1                             (1, 20, 24, 24)               0\n"
          "            Conv2D-2                             (1, 20, 24, 24)             520\n"
          "         MaxPool2D-3                             (1, 20, 12, 12)               0\n"));
  EXPECT_THAT(
      table,
      ::testing::EndsWith(
          "            Dense-10                                     (1, 10)            5010\n"
          "================================================================================\n"
          "Parameters in forward computation graph, duplicate included\n"
          "   Total params: 431080\n"
          "   Trainable params: 431080\n"
          "   Non-trainable params: 0\n"
          "Shared params in forward computation graph: 0\n"
          "Unique parameters in model: 431080\n"
          "--------------------------------------------------------------------------------"));
  auto small = mlp();
  small.initialize();
  EXPECT_THAT(small.summary(nd::zeros({1, 1, 28, 28})), HasSubstr("Total params: 109386\n"));
}

TEST(Summary, HasARowForAUsersBlockAndCountsStatistics) {
  Net net;
  net.initialize();
  const std::string table = net.summary(nd::zeros({1, 1, 8, 8}));
  EXPECT_THAT(
      table,
      HasSubstr(
          "         MaxPool2D-2                                (1, 4, 3, 3)               0\n"
          "             Dense-3                                      (1, 2)              74\n"
          "               Net-4                                      (1, 2)               0\n"));
  nn::HybridSequential norm;
  norm.add(nn::BatchNorm());
  norm.initialize();
  EXPECT_THAT(norm.summary(nd::zeros({2, 4, 6, 6})),
              HasSubstr("   Total params: 16\n   Trainable params: 8\n"
                        "   Non-trainable params: 8\n"));
}

TEST(InitialWeights, AreMxnetsForASeed) {
  random::seed(42);
  auto net = lenet();
  net.initialize(init::Xavier());
  const NDArray y = net(pattern({1, 1, 28, 28}, 0));
  // CRC-32 of the bytes.
  const std::vector<unsigned long> expected = {475315664,  2384664806, 3611325969, 3379669110,
                                               2977364525, 46789700,   2597963812, 3924573617};
  std::size_t i = 0;
  for (const gluon::Parameter& parameter : net.collect_params()) {
    const NDArray& data = parameter.data();
    EXPECT_EQ(crc32(0, static_cast<const Bytef*>(data.data()), static_cast<uInt>(data.bytes())),
              expected[i++])
        << parameter.name();
  }
  testing::expect_near(y,
                       {-0.0024932306, 0.043939464, 0.3212516, 0.32726523, 0.14979957, 0.099640876,
                        -0.49666625, -0.21154475, 0.39986548, -0.014337595},
                       2e-5);
}

TEST(Hooks, HearEveryForwardUntilRemoved) {
  auto net = mlp();
  net.initialize();
  int calls = 0;
  const int id = net[1].register_forward_hook(
      [&](const gluon::Block& block, const NDArray& input, const NDArray& output) {
        ++calls;
        EXPECT_EQ(block.type_name(), "Dense");
        EXPECT_EQ(input.shape(), Shape({2, 784}));
        EXPECT_EQ(output.shape(), Shape({2, 128}));
      });
  net(nd::zeros({2, 1, 28, 28}));
  net[1].remove_forward_hook(id);
  net(nd::zeros({2, 1, 28, 28}));
  EXPECT_EQ(calls, 1);
}

TEST(Layers, DropoutAndBatchNormKnowTraining) {
  random::seed(1);
  nn::Dropout dropout(0.5);
  const NDArray x = nd::ones({10, 10});
  EXPECT_EQ(dropout(x).sum().asscalar(), 100);
  nn::BatchNorm norm({.in_channels = 1});
  norm.initialize();
  const NDArray column = nd::array({{1}, {3}});
  EXPECT_NEAR(norm(column).to_vector<float>()[0], 1, 1e-5);
  {
    const auto recording = autograd::record();
    EXPECT_EQ(dropout(x).min().asscalar(), 0);
    EXPECT_NEAR(norm(column).to_vector<float>()[0], -1, 1e-4);
  }
  const auto params = norm.collect_params();
  EXPECT_NEAR(params["running_mean"].data().asscalar(), 0.2, 1e-6);
  EXPECT_NEAR(params["running_var"].data().asscalar(), 1, 1e-6);
  EXPECT_EQ(params["running_mean"].grad_req(), GradReq::null);
}

TEST(Layers, AnEmptyBatchPasses) {
  auto net = lenet();
  net.initialize();
  EXPECT_EQ(net(nd::zeros({0, 1, 28, 28})).shape(), Shape({0, 10}));
}

TEST(Layers, RefuseWrongOptions) {
  EXPECT_THROW(nn::Dense({.units = 0}), Error);
  EXPECT_THROW(nn::Dense({.units = 1, .activation = "swosh"}), Error);
  EXPECT_THROW(nn::Conv2D({.channels = 4, .kernel_size = {3}}), Error);
  EXPECT_THROW(nn::Conv2D({.channels = 4, .kernel_size = {3, 3}, .groups = 3, .in_channels = 4}),
               Error);
  EXPECT_THROW(nn::Dropout(1.5), Error);
  EXPECT_THROW(mlp()[9], Error);
}

TEST(Layers, HaveNamesOfTheirOwnAndNotThemselvesInside) {
  nn::HybridSequential net("net_");
  net.register_child("fc", std::make_shared<nn::Dense>(nn::DenseOptions{.units = 2}));
  EXPECT_THAT(message_of([&] { net.register_child("fc", std::make_shared<nn::Flatten>()); }),
              HasSubstr("there is a child \"fc\" already"));
  EXPECT_EQ(net.size(), 1U);
  const auto outer = std::make_shared<nn::Sequential>();
  const auto inner = std::make_shared<nn::Sequential>();
  outer->register_child("inner", inner);
  EXPECT_THAT(message_of([&] { inner->register_child("outer", outer); }),
              HasSubstr("\"outer\" has the block itself inside"));
  EXPECT_THROW(inner->register_child("self", inner), Error);
}

TEST(Layers, WithoutAPrefixAreNamedByTheirClassAlone) {
  Net net;
  EXPECT_EQ(message_of([&] { net(NDArray()); }), "[Net] takes (array), got (nothing)");
}

TEST(Layers, CountFromTheEndToo) {
  const auto net = mlp();
  const auto count = static_cast<std::int64_t>(net.size());
  EXPECT_EQ(&net[-1], &net[count - 1]);
  EXPECT_EQ(&net[-count], &net[0]);
  EXPECT_THAT(message_of([&] { net[-count - 1]; }), HasSubstr(str("no number ", -count - 1)));
}

}  // namespace
}  // namespace gluino
