// Quantized networks: which layers become layers of bytes, how far their results are off, and where
// ranges are cut. Kernels have tests of their own in tests/kernels/int8_test.cc.
#include <gluino/base/parallel.h>
#include <gluino/graph/int8/calibration.h>
#include <gluino/graph/int8/quantize.h>
#include <gluino/graph/sym.h>
#include <gluino/graph/symbol/indexed_graph.h>
#include <gmock/gmock.h>

#include <cmath>

#include "ops/support.h"

namespace gluino {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::message_of;
using testing::same_bits;

constexpr const char* kQuantize = "_fused_int8_quantize";
constexpr const char* kConvolution = "_fused_int8_convolution";
constexpr const char* kFullyConnected = "_fused_int8_fully_connected";

std::vector<std::string> operators(const FrozenGraph& network) {
  std::vector<std::string> names;
  for (const auto& item : IndexedGraph(network.symbol().entries()).items) {
    if (!item.node->is_variable()) names.push_back(item.node->op->name);
  }
  return names;
}

FrozenGraph frozen_with_weights(const Symbol& symbol, const Shape& data) {
  random::seed(3);
  ArrayMap params;
  const auto found = symbol.infer_shape({{"data", data}});
  const auto names = symbol.list_arguments();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == "data" || names[i].ends_with("label")) continue;
    const Shape& shape = found.arguments[i];
    const double fan_in = static_cast<double>(shape.size_between(1, shape.ndim()));
    const double most = shape.ndim() > 1 ? std::sqrt(3 / fan_in) : 0.1;
    params[names[i]] = nd::random::uniform({.low = -most, .high = most, .shape = shape});
  }
  return FrozenGraph(symbol, params);
}

NDArray images(const Shape& shape) {
  return nd::random::uniform({.low = 0, .high = 1, .shape = shape});
}

// What is lost, as a share of the root mean square.
double relative_error(const NDArray& got, const NDArray& expected) {
  const auto x = got.to_vector<double>();
  const auto y = expected.to_vector<double>();
  double difference = 0;
  double norm = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    difference += (x[i] - y[i]) * (x[i] - y[i]);
    norm += y[i] * y[i];
  }
  return std::sqrt(difference / norm);
}

Symbol lenet(const std::string& activation) {
  const auto act = [&](const Symbol& x, const std::string& number) {
    return sym::Activation(x, {.act_type = activation}, "act" + number);
  };
  const auto stage = [&](const Symbol& x, std::int64_t filters, const std::string& number) {
    const auto conv =
        sym::Convolution(x, {.kernel = {5, 5}, .num_filter = filters}, "conv" + number);
    return sym::Pooling(act(conv, number), {.kernel = {2, 2}, .stride = {2, 2}}, "pool" + number);
  };
  const auto features = sym::flatten(stage(stage(sym::var("data"), 20, "1"), 50, "2"));
  const auto fc1 = sym::FullyConnected(features, {.num_hidden = 500}, "fc1");
  return sym::SoftmaxOutput(sym::FullyConnected(act(fc1, "3"), {.num_hidden = 10}, "fc2"), {},
                            "softmax");
}

TEST(Quantize, LayersGiveBytesToLayers) {
  const FrozenGraph network = frozen_with_weights(lenet("tanh"), {4, 1, 28, 28});
  const FrozenGraph small = quantize(network, {{images({8, 1, 28, 28})}});
  EXPECT_THAT(operators(small), ElementsAre(kQuantize, kConvolution, kConvolution, kFullyConnected,
                                            kFullyConnected, "SoftmaxOutput"));
  EXPECT_EQ(small.inputs(), network.inputs());
}

TEST(Quantize, ResultsAreNearThoseOfFloats) {
  for (const std::string activation : {"tanh", "relu", "sigmoid"}) {
    const Symbol scores = lenet(activation).get_internals()["fc2_output"];
    const FrozenGraph network = frozen_with_weights(scores, {4, 1, 28, 28});
    for (const std::string mode : {"naive", "entropy"}) {
      const FrozenGraph small =
          quantize(network, {{images({20, 1, 28, 28})}}, {.calib_mode = mode});
      for (const std::int64_t batch : {1, 7, 33}) {
        const NDArray x = images({batch, 1, 28, 28});
        EXPECT_LT(relative_error(small(x), network(x)), 0.03) << activation << ", " << mode;
      }
      EXPECT_EQ(small(images({0, 1, 28, 28})).shape(), Shape({0, 10}));
    }
  }
}

// Weights and data that bytes can hold: nothing is lost but by float's own rounding.
TEST(Quantize, WholeNumbersAreExact) {
  const std::int64_t depth = 30;
  std::vector<float> x(2 * 30), w(3 * 30);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i * 37 % 256);
  for (std::size_t i = 0; i < w.size(); ++i) w[i] = static_cast<float>(i * 91 % 255) - 127;
  x[3] = 255;
  x[31] = 0;
  for (std::size_t r = 0; r < 3; ++r) w[r * 30] = r == 1 ? -127.F : 127.F;
  const Symbol net = sym::FullyConnected(sym::var("data"), {.num_hidden = 3}, "fc");
  const NDArray data = nd::from(x, {2, depth});
  const FrozenGraph network(
      net, {{"fc_weight", nd::from(w, {3, depth})}, {"fc_bias", nd::array({0.5, 1, -2})}});
  const FrozenGraph small = quantize(network, {{data}}, {.calib_mode = "naive"});
  EXPECT_EQ(small(data).to_vector<float>(), network(data).to_vector<float>());
}

// 3 x 3 kernels, padding, batch normalisation and branches, as deeper networks have them.
Symbol branching() {
  const ConvolutionOptions options = {.kernel = {3, 3}, .pad = {1, 1}, .num_filter = 12};
  Symbol x = sym::relu(sym::Convolution(sym::var("data"), options, "conv1"));
  const Symbol left = sym::Convolution(x, options, "conv2");
  const Symbol sum = sym::relu(left + sym::Convolution(x, options, "conv3"));
  const Symbol pooled = sym::Pooling(sum, {.pool_type = "avg", .global_pool = true});
  return sym::FullyConnected(pooled, {.num_hidden = 5}, "fc");
}

TEST(Quantize, BranchesShareBytesAndMeetInFloats) {
  const FrozenGraph network = frozen_with_weights(branching(), {2, 3, 8, 8});
  const FrozenGraph small = quantize(network, {{images({8, 3, 8, 8})}});
  EXPECT_THAT(operators(small),
              ElementsAre(kQuantize, kConvolution, kConvolution, kConvolution, "elemwise_add",
                          "relu", "Pooling", kQuantize, kFullyConnected));
  const NDArray x = images({5, 3, 8, 8});
  EXPECT_LT(relative_error(small(x), network(x)), 0.03);
}

TEST(Quantize, WhatIsAlsoReadAsFloatsStaysFloats) {
  const Symbol conv = sym::Convolution(sym::var("data"), {.kernel = {3, 3}, .num_filter = 4}, "c1");
  const Symbol fc = sym::FullyConnected(conv, {.num_hidden = 3}, "fc");
  const FrozenGraph network = frozen_with_weights(sym::Group({fc, conv}), {2, 2, 6, 5});
  const FrozenGraph small = quantize(network, {{images({8, 2, 6, 5})}});
  EXPECT_THAT(operators(small), ElementsAre(kQuantize, kConvolution, kQuantize, kFullyConnected));
  const NDArray x = images({2, 2, 6, 5});
  const auto got = small({x});
  const auto expected = network({x});
  for (std::size_t i = 0; i < 2; ++i) EXPECT_LT(relative_error(got[i], expected[i]), 0.03) << i;
}

TEST(Quantize, ExcludedLayersStayAsTheyAre) {
  const FrozenGraph network = frozen_with_weights(lenet("relu"), {4, 1, 28, 28});
  const std::vector<std::vector<NDArray>> batches = {{images({8, 1, 28, 28})}};
  EXPECT_THAT(operators(quantize(network, batches, {.excluded_sym_names = {"conv1"}})),
              ElementsAre("Convolution", "Activation", "Pooling", kQuantize, kConvolution,
                          kFullyConnected, kFullyConnected, "SoftmaxOutput"));
  EXPECT_THAT(
      operators(quantize(network, batches, {.excluded_op_names = {"Convolution"}})),
      ElementsAre("Convolution", "Activation", "Pooling", "Convolution", "Activation", "Pooling",
                  "Flatten", kQuantize, kFullyConnected, kFullyConnected, "SoftmaxOutput"));
}

TEST(Quantize, LeavesLayersThatItCannotDo) {
  const Symbol data = sym::var("data");
  const FrozenGraph grouped = frozen_with_weights(
      sym::Convolution(data, {.kernel = {3, 3}, .num_filter = 4, .num_group = 2}), {2, 2, 6, 5});
  EXPECT_THAT(operators(quantize(grouped, {{images({2, 2, 6, 5})}})), ElementsAre("Convolution"));
  const FrozenGraph rows = frozen_with_weights(
      sym::FullyConnected(data, {.num_hidden = 3, .flatten = false}), {2, 2, 6});
  EXPECT_THAT(operators(quantize(rows, {{images({2, 2, 6})}})), ElementsAre("FullyConnected"));
}

TEST(Quantize, SignsAreKeptWhereThereAreAny) {
  const Symbol net = sym::FullyConnected(sym::var("data"), {.num_hidden = 3}, "fc");
  const FrozenGraph network = frozen_with_weights(net, {2, 40});
  const NDArray x = nd::random::uniform({.low = -1, .high = 1, .shape = {50, 40}});
  EXPECT_LT(relative_error(quantize(network, {{x}})(x), network(x)), 0.02);
  EXPECT_THAT(message_of([&] { quantize(network, {{x}}, {.quantized_dtype = "uint8"}); }),
              HasSubstr("uint8 cannot stand for -"));
  const NDArray positive = images({50, 40});
  const auto error = [&](const std::string& dtype) {
    const FrozenGraph small =
        quantize(network, {{positive}}, {.calib_mode = "naive", .quantized_dtype = dtype});
    return relative_error(small(positive), network(positive));
  };
  EXPECT_LT(error("uint8"), error("int8")) << "half of the steps would stand for nothing";
}

TEST(Quantize, FewExtremeValuesDoNotSpoilTheRange) {
  std::vector<double> histogram(2048);
  for (std::size_t i = 0; i < 300; ++i) histogram[i] = 1000.0 - 3 * static_cast<double>(i);
  EXPECT_EQ(graph::best_cut(std::vector<double>(2048, 10), 127), 2048u) << "all are as frequent";
  histogram[2047] = 1;
  const std::size_t cut = graph::best_cut(histogram, 127);
  EXPECT_GE(cut, 250u);
  EXPECT_LT(cut, 1024u) << "less than half of the range";
}

TEST(QuantizeThreads, AnyNumberGivesTheSameBits) {
  const FrozenGraph network = frozen_with_weights(lenet("tanh"), {4, 1, 28, 28});
  const FrozenGraph small = quantize(network, {{images({8, 1, 28, 28})}});
  const NDArray one = images({1, 1, 28, 28});
  const NDArray many = images({57, 1, 28, 28});
  set_num_threads(1);
  const NDArray expected_one = small(one);
  const NDArray expected_many = small(many);
  for (const int threads : {2, 3, 4}) {
    set_num_threads(threads);
    EXPECT_TRUE(same_bits(small(one), expected_one));
    EXPECT_TRUE(same_bits(small(many), expected_many));
  }
  set_num_threads(0);
}

TEST(QuantizeErrors, NameWhatIsWrong) {
  const Symbol net = sym::FullyConnected(sym::var("data"), {.num_hidden = 3}, "fc");
  const FrozenGraph network = frozen_with_weights(net, {2, 4});
  const NDArray x = images({2, 4});
  EXPECT_THAT(message_of([&] { quantize(network, {}); }), HasSubstr("at least one batch"));
  EXPECT_THAT(message_of([&] {
                quantize(network, {{images({0, 4})}, {images({0, 4})}});
              }),
              HasSubstr("no samples"));
  EXPECT_THAT(message_of([&] { quantize(network, {{x, x}}); }), HasSubstr("got 2"));
  EXPECT_THAT(message_of([&] { quantize(network, {{x}}, {.calib_mode = "none"}); }),
              HasSubstr("expected naive or entropy, got \"none\""));
  EXPECT_THAT(message_of([&] { quantize(network, {{x}}, {.quantized_dtype = "int4"}); }),
              HasSubstr("expected auto, int8 or uint8"));
  EXPECT_THAT(message_of([&] { quantize(network, {{x * NAN}}); }), HasSubstr("nan"));
  const FrozenGraph small = quantize(network, {{x}});
  EXPECT_THAT(message_of([&] { small(images({2, 5})); }), HasSubstr("fc"));
}

}  // namespace
}  // namespace gluino
