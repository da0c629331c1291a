// Frozen graphs: what passes make of them, that they compute the same, and from many threads.
#include <gluino/base/parallel.h>
#include <gluino/graph/frozen/frozen.h>
#include <gluino/graph/sym.h>
#include <gluino/graph/symbol/indexed_graph.h>
#include <gluino/ndarray/storage.h>
#include <gmock/gmock.h>

#include <barrier>
#include <cmath>
#include <thread>

#include "graph/support.h"
#include "ops/support.h"

namespace gluino {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::message_of;
using testing::same_bits;

std::vector<std::string> operators(const FrozenGraph& frozen) {
  std::vector<std::string> names;
  for (const auto& item : IndexedGraph(frozen.symbol().entries()).items) {
    if (!item.node->is_variable()) names.push_back(item.node->op->name);
  }
  return names;
}

// Arrays for everything but `data` and labels.
ArrayMap drawn_params(const Symbol& symbol, const Shapes& shapes) {
  random::seed(3);
  ArrayMap params;
  const auto found = symbol.infer_shape(shapes);
  const auto draw = [&](const std::vector<std::string>& names, const std::vector<Shape>& all) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] == "data" || names[i].ends_with("label")) continue;
      const double low = names[i].ends_with("var") ? 0.5 : -0.5;
      params[names[i]] = nd::random::uniform({.low = low, .high = 1, .shape = all[i]});
    }
  };
  draw(symbol.list_arguments(), found.arguments);
  draw(symbol.list_auxiliary_states(), found.auxiliary_states);
  return params;
}

NDArray unfrozen(const Symbol& symbol, const ArrayMap& params, const NDArray& data) {
  ArrayMap all = params;
  all["data"] = data;
  const auto found = symbol.infer_shape({{"data", data.shape()}});
  const auto names = symbol.list_arguments();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].ends_with("label")) all[names[i]] = nd::zeros(found.arguments[i]);
  }
  return symbol.eval(all)[0];
}

double relative_distance(const NDArray& a, const NDArray& b) {
  const auto x = a.to_vector<double>();
  const auto y = b.to_vector<double>();
  double difference = 0;
  double norm = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    difference += (x[i] - y[i]) * (x[i] - y[i]);
    norm += y[i] * y[i];
  }
  return std::sqrt(difference / norm);
}

Symbol perceptron() {
  const auto hidden = sym::FullyConnected(sym::var("data"), {.num_hidden = 33}, "fc1");
  const auto kept = sym::Dropout(sym::relu(hidden), {.p = 0.5});
  return sym::SoftmaxOutput(sym::FullyConnected(kept, {.num_hidden = 10}, "fc2"), {}, "softmax");
}

// Convolution, batch normalisation and activation, twice, and a normalised fully connected layer.
Symbol normalized(const ConvolutionOptions& convolution) {
  const BatchNormOptions norm = {.fix_gamma = false};
  Symbol x = sym::Convolution(sym::var("data"), convolution, "conv1");
  x = sym::relu(sym::BatchNorm(x, norm, "bn1"));
  x = sym::Pooling(x, {.kernel = {2, 2}, .stride = {2, 2}}, "pool");
  x = sym::relu(sym::BatchNorm(sym::Convolution(x, convolution, "conv2"), {}, "bn2"));
  return sym::BatchNorm(sym::FullyConnected(x, {.num_hidden = 5}, "fc"), norm, "bn3");
}

TEST(Frozen, ComputesTheSameBitsWithoutDropoutAndLabels) {
  const Symbol net = perceptron();
  const ArrayMap params = drawn_params(net, {{"data", {7, 20}}});
  const FrozenGraph frozen(net, params);
  EXPECT_THAT(frozen.inputs(), ElementsAre("data"));
  EXPECT_THAT(operators(frozen),
              ElementsAre("FullyConnected", "relu", "FullyConnected", "SoftmaxOutput"));
  for (const std::int64_t batch : {7, 1, 0}) {
    const NDArray x = nd::random::uniform({.low = -1, .high = 1, .shape = {batch, 20}});
    EXPECT_TRUE(same_bits(frozen(x), unfrozen(net, params, x))) << batch;
  }
  EXPECT_EQ(frozen.num_compiled(), 3u);
}

// Weights are packed once, and shared by compilations for other numbers of rows.
TEST(Frozen, RowsReadPackedWeights) {
  const Symbol net = perceptron();
  const ArrayMap params = drawn_params(net, {{"data", {7, 20}}});
  const FrozenGraph frozen(net, params);
  for (const std::int64_t batch : {1, 2, 3, 17, 200, 1024, 1025}) {
    const NDArray x = nd::random::uniform({.low = -1, .high = 1, .shape = {batch, 20}});
    const std::string steps = frozen.explain(std::vector<NDArray>{x}, 1);
    const bool packed = steps.find("_fused_packed_fully_connected") != std::string::npos;
    EXPECT_EQ(packed, batch >= 2 && batch <= 1024) << steps;
    EXPECT_LT(relative_distance(frozen(x), unfrozen(net, params, x)), 1e-6) << batch;
  }
}

// Those of 3x3 convolutions, too, for a few images of a size that pays.
TEST(Frozen, ConvolutionsOfAFewImagesReadTransformedWeights) {
  const Symbol net = normalized({.kernel = {3, 3}, .pad = {1, 1}, .num_filter = 17});
  const auto params = drawn_params(net, {{"data", {1, 16, 18, 20}}});
  const FrozenGraph frozen(net, params);
  for (const std::int64_t batch : {1, 3, 7, 8, 20, 32}) {
    const NDArray x = nd::random::uniform({.low = -1, .high = 1, .shape = {batch, 16, 18, 20}});
    const std::string steps = frozen.explain(std::vector<NDArray>{x}, 1);
    const bool packed = steps.find("_fused_packed_convolution") != std::string::npos;
    EXPECT_EQ(packed, batch < 32) << steps;
    EXPECT_LT(relative_distance(frozen(x), unfrozen(net, params, x)), 1e-5) << batch;
  }
}

TEST(Frozen, BatchNormalisationBecomesAPartOfTheLayerBefore) {
  for (const bool no_bias : {false, true}) {
    const Symbol net = normalized(
        {.kernel = {3, 3}, .pad = {1, 1}, .num_filter = 8, .num_group = 2, .no_bias = no_bias});
    const Shape shape = {5, 4, 9, 8};
    const ArrayMap params = drawn_params(net, {{"data", shape}});
    const FrozenGraph frozen(net, params);
    EXPECT_THAT(operators(frozen), ElementsAre("Convolution", "relu", "Pooling", "Convolution",
                                               "relu", "FullyConnected"));
    const NDArray x = nd::random::uniform({.low = -1, .high = 1, .shape = shape});
    EXPECT_LT(relative_distance(frozen(x), unfrozen(net, params, x)), 1e-5);
    for (const auto& [name, array] : frozen.params()) {
      EXPECT_THAT(name, ::testing::Not(HasSubstr("moving"))) << "an array nobody needs is kept";
    }
  }
}

TEST(Frozen, BatchNormalisationStaysWhereItCannotBeFolded) {
  const Symbol data = sym::var("data");
  const auto stays = [&](const Symbol& net) {
    const auto names = operators(FrozenGraph(net, drawn_params(net, {{"data", {2, 3, 6, 4}}})));
    return std::count(names.begin(), names.end(), "BatchNorm") == 1;
  };
  const Symbol conv = sym::Convolution(data, {.kernel = {3, 3}, .num_filter = 4}, "conv");
  EXPECT_FALSE(stays(sym::BatchNorm(conv, {}, "bn")));
  EXPECT_TRUE(stays(sym::BatchNorm(conv, {.axis = 2}, "bn"))) << "along rows";
  EXPECT_TRUE(stays(sym::Group({sym::BatchNorm(conv, {}, "bn"), conv}))) << "it is an output";
  EXPECT_TRUE(stays(sym::BatchNorm(data, {}, "bn"))) << "no layer before it";
  const Symbol rows = sym::FullyConnected(data, {.num_hidden = 3, .flatten = false}, "fc");
  EXPECT_TRUE(stays(sym::BatchNorm(rows, {.axis = 1}, "bn"))) << "along another axis";
}

TEST(Frozen, WhatFollowsFromParametersIsComputedOnce) {
  const Symbol w = sym::var("weight");
  const Symbol squared = sym::sqrt(w * w + 1.0);
  const Symbol net = sym::dot(sym::var("data"), squared) + sym::sum(squared);
  const NDArray weight = nd::random::uniform({.low = -1, .high = 1, .shape = {4, 3}});
  const FrozenGraph frozen(net, {{"weight", weight}});
  EXPECT_THAT(operators(frozen), ElementsAre("dot", "elemwise_add"));
  EXPECT_FALSE(frozen.params().contains("weight"));
}

TEST(Frozen, ConstantsHaveTheBitsOfTheNetwork) {
  const Symbol w = sym::var("weight");
  const Symbol scaled = sym::tanh(w) * 0.3;
  const Symbol net = sym::Group({sym::dot(sym::var("data"), scaled), scaled, w});
  const ArrayMap params = {{"weight", nd::random::uniform({.shape = {4, 3}})}};
  const FrozenGraph frozen(net, params);
  EXPECT_THAT(operators(frozen), ElementsAre("dot"));
  const NDArray x = nd::random::uniform({.shape = {5, 4}});
  const auto outputs = frozen({x});
  const auto expected = net.eval({{"weight", params.at("weight")}, {"data", x}});
  for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(same_bits(outputs[i], expected[i])) << i;
}

TEST(Frozen, LossesGiveTheirOutputsWithoutALabel) {
  const Symbol data = sym::var("data");
  const NDArray x = nd::random::uniform({.low = -1, .high = 1, .shape = {3, 4, 2}});
  for (const Symbol& net : {sym::SoftmaxOutput(data, SoftmaxOutputOptions()),
                            sym::SoftmaxOutput(data, {.multi_output = true}),
                            sym::SoftmaxOutput(data, {.preserve_shape = true}),
                            sym::LinearRegressionOutput(data), sym::LogisticRegressionOutput(data),
                            sym::MAERegressionOutput(data), sym::MakeLoss(sym::square(data))}) {
    const FrozenGraph frozen(net, {});
    EXPECT_THAT(frozen.inputs(), ElementsAre("data"));
    EXPECT_TRUE(same_bits(frozen(x), unfrozen(net, {}, x))) << net.name();
  }
}

TEST(Frozen, LaterChangesOfTheNetworkDoNotReachIt) {
  const Symbol net = sym::dot(sym::var("data"), sym::var("weight"));
  const NDArray weight = nd::ones({3, 2});
  const FrozenGraph frozen(net, {{"weight", weight}});
  weight.assign(100);
  const FrozenGraph handle = frozen;  // NOLINT(performance-unnecessary-copy-initialization)
  EXPECT_THAT(handle(nd::ones({1, 3})).to_vector<float>(), ElementsAre(3, 3));
}

TEST(Frozen, RecordsNothing) {
  const Symbol net = sym::dot(sym::var("data"), sym::var("weight"));
  const FrozenGraph frozen(net, {{"weight", nd::ones({3, 2})}});
  const NDArray x = nd::ones({1, 3});
  x.attach_grad();
  const auto recording = autograd::record();
  EXPECT_EQ(frozen(x).autograd_entry(), nullptr);
}

TEST(Frozen, KeepsABoundedNumberOfCompilations) {
  const FrozenGraph frozen(sym::relu(sym::var("data")), {}, {}, {.max_compiled = 2});
  for (const std::int64_t n : {1, 2, 3, 1, 2, 3}) {
    EXPECT_EQ(frozen(nd::ones({n})).shape(), Shape({n}));
    EXPECT_LE(frozen.num_compiled(), 2u);
  }
}

TEST(Frozen, ExplainsItsSteps) {
  const Symbol net = perceptron();
  const FrozenGraph frozen(net, drawn_params(net, {{"data", {7, 20}}}));
  EXPECT_THAT(frozen.explain(std::vector<NDArray>{nd::ones({7, 20})}),
              HasSubstr("fully_connected"));
}

TEST(FrozenErrors, NameWhatIsWrong) {
  const Symbol net = perceptron();
  const ArrayMap params = drawn_params(net, {{"data", {7, 20}}});
  EXPECT_THAT(message_of([&] {
                FrozenGraph(net, params, {{"fc9_weight", nd::ones({1})}});
              }),
              HasSubstr("no argument or auxiliary state named fc9_weight"));
  EXPECT_NO_THROW(
      FrozenGraph(net, params, {{"fc9_weight", nd::ones({1})}}, {.allow_extra_params = true}));
  EXPECT_THAT(message_of([&] { FrozenGraph(net, {}, {}, {.inputs = {"data"}}); }),
              HasSubstr("no array is given for the argument fc1_weight"));
  EXPECT_THAT(message_of([&] { FrozenGraph(net, params, {}, {.inputs = {"images"}}); }),
              HasSubstr("no argument named images"));
  EXPECT_THAT(message_of([&] { FrozenGraph(net, params, {}, {.inputs = {"fc1_bias"}}); }),
              HasSubstr("fc1_bias is both a parameter and an input"));
  const FrozenGraph frozen(net, params);
  EXPECT_THAT(message_of([&] {
                frozen({nd::ones({1, 20}), nd::ones({1})});
              }),
              HasSubstr("expected 1 inputs (data), got 2"));
  EXPECT_THAT(message_of([&] { frozen(nd::ones({1, 21})); }), HasSubstr("fc1"));
  EXPECT_THAT(message_of([&] {
                frozen(nd::ones({1, 20}, float32, cpu(1)));
              }),
              HasSubstr("the input data is at cpu(1), the network at cpu(0)"));
  EXPECT_THAT(message_of([&] { FrozenGraph(sym::BatchNorm(sym::var("data"), {}, "bn"), {}); }),
              HasSubstr("no array is given for the auxiliary state bn_moving_mean"));
}

// What each of `threads` threads gets when all call at once, some times, with inputs of their own.
std::vector<std::vector<NDArray>> called_at_once(const FrozenGraph& frozen,
                                                 const std::vector<NDArray>& inputs, int threads) {
  std::vector<std::vector<NDArray>> results(static_cast<std::size_t>(threads));
  std::barrier start(threads);
  std::vector<std::thread> all;
  all.reserve(results.size());
  for (auto& result : results) {
    all.emplace_back([&] {
      start.arrive_and_wait();
      for (const NDArray& input : inputs) result.push_back(frozen(input));
    });
  }
  for (std::thread& thread : all) thread.join();
  return results;
}

TEST(FrozenThreads, ManyAtOnceGetTheBitsOfOne) {
  const Symbol net = normalized({.kernel = {3, 3}, .num_filter = 8});
  const ArrayMap params = drawn_params(net, {{"data", {5, 4, 12, 12}}});
  const FrozenGraph frozen(net, params);
  std::vector<NDArray> inputs;
  for (int i = 0; i < 12; ++i) {
    const std::int64_t batch = i % 3 == 0 ? 33 : 1 + i;
    inputs.push_back(nd::random::uniform({.shape = {batch, 4, 12, 12}}));
  }
  std::vector<NDArray> expected;
  expected.reserve(inputs.size());
  for (const NDArray& input : inputs) expected.push_back(frozen(input));
  const FrozenGraph fresh(net, params);  // compiled by threads at once
  for (const FrozenGraph& graph : {frozen, fresh}) {
    for (const auto& result : called_at_once(graph, inputs, 8)) {
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        EXPECT_TRUE(same_bits(result[i], expected[i])) << "input " << i;
      }
    }
  }
}

TEST(FrozenThreads, ShareOneCopyOfTheWeights) {
  const std::int64_t width = 1500;
  const Symbol net = sym::FullyConnected(sym::var("data"), {.num_hidden = width}, "fc");
  const ArrayMap params = drawn_params(net, {{"data", {1, width}}});
  const auto before = pool_statistics().in_use;
  const FrozenGraph frozen(net, params);
  const auto weights = static_cast<std::size_t>(width * width) * sizeof(float);
  const std::vector<NDArray> inputs(3, nd::ones({1, width}));
  called_at_once(frozen, inputs, 8);
  const auto held = pool_statistics().in_use - before;
  EXPECT_GE(held, weights);
  EXPECT_LT(held, 2 * weights);
}

}  // namespace
}  // namespace gluino
