// What passes make of a graph, and that it computes the same.
#include <gluino/base/parallel.h>
#include <gluino/graph/passes.h>
#include <gluino/graph/sym.h>
#include <gmock/gmock.h>

#include <cmath>

#include "graph/support.h"
#include "ops/support.h"

namespace gluino {
namespace {

using ::testing::ElementsAre;
using testing::same_bits;

// The operators of a graph after one pass, inputs first.
std::vector<std::string> operators_after(const Symbol& symbol,
                                         Symbol (*pass)(const graph::PassGraph&),
                                         const Shapes& shapes) {
  const IndexedGraph indexed(symbol.entries());
  const auto types = graph::infer_entries(indexed, shapes, {});
  const Symbol rewritten = pass(graph::PassGraph(symbol, types));
  EXPECT_EQ(rewritten.list_inputs(), symbol.list_inputs());
  EXPECT_EQ(rewritten.infer_shape(shapes).outputs, symbol.infer_shape(shapes).outputs);
  std::vector<std::string> names;
  for (const auto& item : IndexedGraph(rewritten.entries()).items) {
    if (!item.node->is_variable()) names.push_back(item.node->op->name);
  }
  return names;
}

double norm(const NDArray& array) {
  double sum = 0;
  for (const double value : array.to_vector<double>()) sum += value * value;
  return std::sqrt(sum);
}

Symbol convolution(const Symbol& x) {
  return sym::Convolution(x, {.kernel = {5, 5}, .num_filter = 6}, "conv");
}
Symbol pooling(const Symbol& x) {
  return sym::Pooling(x, {.kernel = {2, 2}, .stride = {2, 2}}, "pool");
}
Symbol tanh(const Symbol& x) { return sym::Activation(x, {.act_type = "tanh"}, "tanh"); }

TEST(FuseConvolutionPooling, TakesEitherOrder) {
  const Shapes shapes = {{"x", {32, 1, 28, 28}}};
  const Symbol x = sym::var("x");
  for (const Symbol& net : {pooling(tanh(convolution(x))), tanh(pooling(convolution(x)))}) {
    EXPECT_THAT(operators_after(net, graph::fuse_convolution_pooling, shapes),
                ElementsAre("_fused_convolution_pooling"));
  }
}

TEST(FuseConvolutionPooling, LeavesWhatItCannotDo) {
  const Symbol x = sym::var("x");
  const auto stays = [&](const Symbol& net, std::int64_t batch) {
    const auto names =
        operators_after(net, graph::fuse_convolution_pooling, {{"x", {batch, 1, 28, 28}}});
    return std::find(names.begin(), names.end(), "_fused_convolution_pooling") == names.end();
  };
  const Symbol conv = convolution(x);
  const Symbol act = tanh(conv);
  EXPECT_TRUE(stays(pooling(act), 1)) << "too few samples";
  EXPECT_TRUE(stays(sym::Group({pooling(act), conv}), 32)) << "the convolution is an output";
  EXPECT_TRUE(stays(sym::Group({pooling(act), sym::sum(act)}), 32))
      << "somebody else reads the activation";
  EXPECT_TRUE(
      stays(sym::Pooling(act, {.kernel = {2, 2}, .pool_type = "avg", .stride = {2, 2}}), 32));
  EXPECT_TRUE(stays(sym::Pooling(act, {.kernel = {3, 3}, .stride = {2, 2}}), 32)) << "overlap";
  EXPECT_TRUE(stays(pooling(sym::negative(conv)), 32)) << "a function that falls";
}

TEST(FuseFullyConnectedActivation, TakesActivationAndOperatorsOfItsNames) {
  const Shapes shapes = {{"x", {3, 4}}};
  const Symbol layer = sym::FullyConnected(sym::var("x"), {.num_hidden = 5}, "fc");
  const auto after = [&](const Symbol& net) {
    return operators_after(net, graph::fuse_fully_connected_activation, shapes);
  };
  EXPECT_THAT(after(tanh(layer)), ElementsAre("_fused_fully_connected_activation"));
  EXPECT_THAT(after(sym::relu(layer)), ElementsAre("_fused_fully_connected_activation"));
  EXPECT_THAT(after(sym::Activation(layer, {.act_type = "softsign"})),
              ElementsAre("FullyConnected", "Activation"))
      << "its gradient needs what is not kept";
  EXPECT_THAT(after(sym::Group({tanh(layer), layer})), ElementsAre("FullyConnected", "Activation"))
      << "the layer is an output";
  EXPECT_THAT(after(sym::exp(layer)), ElementsAre("FullyConnected", "exp"));
}

TEST(FuseSoftmaxCrossEntropy, TakesTheLossOfRows) {
  const Shapes shapes = {{"x", {3, 4}}, {"label", {3}}};
  const Symbol x = sym::var("x");
  const Symbol log_p = sym::log_softmax(x);
  const Symbol label = sym::var("label");
  const auto after = [&](const Symbol& net) {
    return operators_after(net, graph::fuse_softmax_cross_entropy, shapes);
  };
  EXPECT_THAT(after(-sym::pick(log_p, label)), ElementsAre("_fused_softmax_cross_entropy"));
  EXPECT_THAT(after(sym::negative(sym::pick(log_p, label, {.axis = 1, .keepdims = true}))),
              ElementsAre("_fused_softmax_cross_entropy"));
  EXPECT_THAT(after(sym::Group({-sym::pick(log_p, label), log_p})),
              ElementsAre("log_softmax", "pick", "_mul_scalar"))
      << "the probabilities are an output";
  EXPECT_THAT(after(-sym::pick(sym::log_softmax(x, {.temperature = 2}), label)),
              ElementsAre("log_softmax", "pick", "_mul_scalar"));
  EXPECT_THAT(after(-sym::pick(log_p, label, {.mode = "wrap"})),
              ElementsAre("log_softmax", "pick", "_mul_scalar"));
}

TEST(FuseSoftmaxCrossEntropy, ComputesTheSame) {
  const Symbol net = -sym::pick(sym::log_softmax(sym::var("x")), sym::var("label"));
  const auto run = [&] {
    const Executor executor = net.simple_bind(cpu(), {{"x", {33, 10}}, {"label", {33}}});
    random::seed(3);
    nd::random::uniform({.low = -5, .high = 5, .shape = {33, 10}})
        .copyto(executor.arg_dict().at("x"));
    executor.arg_dict().at("label").assign(7);
    executor.forward(true);
    executor.backward({nd::random::uniform({.shape = {33}})});
    return std::vector<NDArray>{executor.outputs()[0].copy(), executor.grad_dict().at("x").copy()};
  };
  const auto fused = run();
  const testing::WithoutPasses as_written;
  const auto plain = run();
  for (std::size_t i = 0; i < plain.size(); ++i) {
    EXPECT_LE(norm(fused[i] - plain[i]), 1e-6 * norm(plain[i]));
  }
}

Symbol lenet() {
  const auto conv2 = sym::Convolution(pooling(tanh(convolution(sym::var("data")))),
                                      {.kernel = {5, 5}, .num_filter = 7}, "conv2");
  const auto act2 = sym::Activation(conv2, {.act_type = "relu"}, "act2");
  const auto pool2 = sym::Pooling(act2, {.kernel = {2, 2}, .stride = {2, 2}}, "pool2");
  const auto fc1 = tanh(sym::FullyConnected(sym::flatten(pool2), {.num_hidden = 11}, "fc1"));
  return sym::SoftmaxOutput(sym::FullyConnected(fc1, {.num_hidden = 10}, "fc2"), {}, "softmax");
}

// Output and gradients of one step.
std::vector<NDArray> step(DType dtype) {
  const Executor executor =
      lenet().simple_bind(cpu(), {{"data", {37, 1, 28, 28}}}, GradReq::write, {{"data", dtype}});
  random::seed(1);
  for (const NDArray& array : executor.arg_arrays()) {
    nd::random::uniform({.low = -0.3, .high = 0.3, .shape = array.shape()})
        .astype(dtype)
        .copyto(array);
  }
  executor.arg_dict().at("softmax_label").assign(3);
  executor.forward(true);
  executor.backward();
  std::vector<NDArray> results = {executor.outputs()[0].copy()};
  for (const NDArray& array : executor.grad_arrays()) results.push_back(array.copy());
  return results;
}

TEST(Passes, ChangeResultsByRoundingOnly) {
  for (const DType dtype : {float32, float64}) {
    const auto fused = step(dtype);
    const testing::WithoutPasses as_written;
    const auto plain = step(dtype);
    ASSERT_EQ(fused.size(), plain.size());
    for (std::size_t i = 0; i < plain.size(); ++i) {
      const double most = dtype == float32 ? 1e-5 : 1e-12;
      EXPECT_LE(norm(fused[i] - plain[i]), most * norm(plain[i])) << "array " << i;
    }
  }
}

TEST(Passes, GiveTheSameBitsForAnyNumberOfThreads) {
  set_num_threads(1);
  const auto alone = step(float32);
  for (const int threads : {2, 3, 4}) {
    set_num_threads(threads);
    const auto together = step(float32);
    for (std::size_t i = 0; i < alone.size(); ++i) EXPECT_TRUE(same_bits(alone[i], together[i]));
  }
  set_num_threads(0);
}

}  // namespace
}  // namespace gluino
