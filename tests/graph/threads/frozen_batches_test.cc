// Batches of many sizes: few compilations serve them, where rows do not meet.
#include <gluino/graph/frozen/frozen.h>
#include <gluino/graph/int8/quantize.h>
#include <gluino/graph/sym.h>
#include <gmock/gmock.h>

#include <barrier>
#include <thread>

#include "ops/support.h"

namespace gluino {
namespace {

using testing::same_bits;

constexpr std::int64_t kMostRows = 64;

struct Network {
  std::string name;
  Symbol symbol;
  Shape sample;  // without the batch
};

ArrayMap drawn_params(const Network& network) {
  random::seed(3);
  Shape data = network.sample;
  data.insert(0, 2);
  const auto found = network.symbol.infer_shape({{"data", data}});
  const auto names = network.symbol.list_arguments();
  ArrayMap params;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == "data" || names[i].ends_with("label")) continue;
    params[names[i]] = nd::random::uniform({.low = -0.5, .high = 1, .shape = found.arguments[i]});
  }
  return params;
}

NDArray batch_of(std::int64_t rows, const Network& network, DType dtype = float32) {
  Shape shape = network.sample;
  shape.insert(0, rows);
  return nd::random::uniform({.low = -1, .high = 1, .shape = shape}).astype(dtype);
}

NDArray unfrozen(const Network& network, const ArrayMap& params, const NDArray& data) {
  ArrayMap all = params;
  all["data"] = data;
  const auto found = network.symbol.infer_shape({{"data", data.shape()}});
  const auto names = network.symbol.list_arguments();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].ends_with("label")) all[names[i]] = nd::zeros(found.arguments[i]);
  }
  return network.symbol.eval(all)[0];
}

Symbol perceptron() {
  const auto hidden = sym::FullyConnected(sym::var("data"), {.num_hidden = 33}, "fc1");
  const auto scores = sym::FullyConnected(sym::relu(hidden), {.num_hidden = 10}, "fc2");
  return sym::SoftmaxOutput(scores, {}, "softmax");
}

Symbol images(std::int64_t groups) {
  const ConvolutionOptions options = {
      .kernel = {3, 3}, .pad = {1, 1}, .num_filter = 8, .num_group = groups};
  Symbol x = sym::tanh(sym::Convolution(sym::var("data"), options, "conv1"));
  x = sym::Pooling(x, {.kernel = {2, 2}, .stride = {2, 2}}, "pool");
  x = sym::Convolution(x, {.kernel = {3, 3}, .num_filter = 8, .num_group = groups}, "conv2");
  return sym::log_softmax(sym::FullyConnected(sym::flatten(x), {.num_hidden = 5}, "fc"));
}

std::vector<Network> row_wise_networks() {
  const Symbol data = sym::var("data");
  const Symbol scales = sym::var("scales", {.shape = {6}});
  return {{"perceptron", perceptron(), {20}},
          {"images", images(1), {4, 12, 9}},
          {"depthwise", images(8), {8, 12, 9}},
          {"branches",
           sym::broadcast_mul(sym::concat<Symbol>({data * 2.0, data}, {.dim = 1}), scales),
           {3}},
          {"rows of words", sym::mean(sym::LayerNorm(data), {.axis = {1}}), {5, 4}},
          {"reshaped", sym::reshape(data, {.shape = {-1, 12}}) + 1.0, {3, 4}}};
}

TEST(FrozenBatches, AreRoundedUpToAFew) {
  for (const Network& network : row_wise_networks()) {
    const ArrayMap params = drawn_params(network);
    const FrozenGraph frozen(network.symbol, params);
    for (std::int64_t rows = 0; rows <= kMostRows + 3; ++rows) {
      const NDArray x = batch_of(rows, network);
      const NDArray got = frozen(x);
      EXPECT_TRUE(same_bits(got, unfrozen(network, params, x))) << network.name << " " << rows;
      if (rows == kMostRows) {
        EXPECT_LE(frozen.num_compiled(), 15U) << network.name;
      }
    }
  }
}

TEST(FrozenBatches, OfBytesToo) {
  const Network network = {"images", images(1), {4, 12, 9}};
  const FrozenGraph floats(network.symbol, drawn_params(network));
  const FrozenGraph frozen = quantize(floats, {{batch_of(32, network)}});
  const NDArray all = batch_of(kMostRows, network);
  const NDArray expected = frozen(all);
  for (std::int64_t rows = 1; rows <= kMostRows; ++rows) {
    const NDArray got = frozen(all.slice(0, rows).copy());
    EXPECT_LT(nd::abs(got - expected.slice(0, rows)).max().asscalar(), 1e-5) << rows;
  }
  EXPECT_LE(frozen.num_compiled(), 14U);
}

// Rows that meet, constants of one batch's size, and numbers drawn: no row may be added.
TEST(FrozenBatches, StayWhereRowsMeet) {
  const Symbol data = sym::var("data");
  const std::vector<Network> networks = {
      {"centred", sym::broadcast_sub(data, sym::mean(data, {.axis = {0}, .keepdims = true})), {3}},
      {"softmax over the batch", sym::softmax(data, {.axis = 0}), {3}},
      {"softmax over the batch, counted from the end", sym::softmax(data, {.axis = -2}), {3}},
      {"all pairs", sym::dot(data, data, {.transpose_b = true}), {3}},
      {"transposed", sym::transpose(data), {3}},
      {"a sum", sym::sum(data), {3}},
      {"pairs of rows and back",
       sym::reshape(sym::softmax(sym::reshape(data, {.shape = {1, -1}})), {.shape = {-1, 3}}),
       {3}},
      {"the first row", sym::slice_axis(data, {.axis = 0, .begin = 0, .end = 1}), {3}},
      {"joined", sym::concat<Symbol>({data, data}, {.dim = 0}), {3}},
      {"normalised over the batch", sym::LayerNorm(data, {.axis = 0}), {3}},
      {"a column by itself", sym::broadcast_add(data, sym::sum(data, {.axis = {1}})), {3}},
  };
  for (const Network& network : networks) {
    for (std::int64_t rows = 3; rows <= 12; rows += 3) {
      // The last adds a vector of the batch's size to each row, which only 3 rows allow.
      if (network.name == "a column by itself" && rows != 3) continue;
      ArrayMap params;
      for (const std::string& name : network.symbol.list_arguments()) {
        if (name == "data") continue;
        params[name] = nd::ones({network.name == "normalised over the batch" ? rows : 3});
      }
      const FrozenGraph frozen(network.symbol, params);
      const NDArray x = batch_of(rows, network);
      EXPECT_TRUE(same_bits(frozen(x), unfrozen(network, params, x)))
          << network.name << " " << rows;
    }
  }
}

TEST(FrozenBatches, ConstantsOfOneBatchFitItAlone) {
  const FrozenGraph frozen(sym::var("data") + sym::var("each"), {{"each", nd::ones({5, 2})}});
  EXPECT_EQ(frozen(nd::ones({5, 2})).shape(), Shape({5, 2}));
  EXPECT_THROW(frozen(nd::ones({6, 2})), Error);
}

TEST(FrozenBatches, SeveralInputsShareTheBatch) {
  const Symbol sum = sym::var("a") * 2.0 + sym::var("b");
  const FrozenGraph frozen(sum, {}, {}, {.inputs = {"a", "b"}});
  for (std::int64_t rows = 1; rows <= 20; ++rows) {
    const NDArray got = frozen({nd::ones({rows, 2}), nd::ones({rows, 2})})[0];
    EXPECT_TRUE(same_bits(got, nd::full({rows, 2}, 3)));
  }
  EXPECT_LE(frozen.num_compiled(), 9U);
  for (const auto& [a, b] : {std::pair(5, 6), {6, 5}, {7, 6}, {6, 7}, {15, 9}}) {
    EXPECT_THROW(frozen({nd::ones({a, 2}), nd::ones({b, 2})}), Error) << a << " and " << b;
  }
  // Of two sizes, neither is the batch.
  const FrozenGraph scaled(sym::broadcast_mul(sym::var("a"), sym::var("b")), {}, {},
                           {.inputs = {"a", "b"}});
  EXPECT_TRUE(same_bits(scaled({nd::ones({5, 3}), nd::full({3}, 2)})[0], nd::full({5, 3}, 2)));
  EXPECT_TRUE(same_bits(scaled({nd::ones({5, 5}), nd::full({5}, 2)})[0], nd::full({5, 5}, 2)));
}

TEST(FrozenBatchesThreads, OfAllSizesAtOnceGetTheBitsOfOne) {
  const Network network = {"images", images(1), {4, 12, 9}};
  const ArrayMap params = drawn_params(network);
  const FrozenGraph frozen(network.symbol, params);
  std::vector<NDArray> batches, expected;
  for (std::int64_t rows = 1; rows <= 40; rows += 3) {
    batches.push_back(batch_of(rows, network));
    expected.push_back(unfrozen(network, params, batches.back()));
  }
  std::barrier start(4);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      start.arrive_and_wait();
      for (std::size_t i = 0; i < batches.size(); ++i) {
        const std::size_t at = (i + 5 * t) % batches.size();
        EXPECT_TRUE(same_bits(frozen(batches[at]), expected[at])) << at;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace gluino
