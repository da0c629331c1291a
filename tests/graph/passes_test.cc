// What passes make of a graph, and that it computes the same.
#include <gluino/amp/amp.h>
#include <gluino/base/parallel.h>
#include <gluino/graph/passes/passes.h>
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

Symbol filters3x3(const Symbol& x, std::int64_t filters) {
  return sym::Convolution(x, {.kernel = {3, 3}, .pad = {1, 1}, .num_filter = filters});
}

TEST(FuseConvolutionActivation, TakesActivationAndOperatorsOfItsNames) {
  const Shapes shapes = {{"x", {2, 1, 28, 28}}};
  const Symbol layer = convolution(sym::var("x"));
  const auto after = [&](const Symbol& net) {
    return operators_after(net, graph::fuse_convolution_activation, shapes);
  };
  EXPECT_THAT(after(tanh(layer)), ElementsAre("_fused_convolution"));
  EXPECT_THAT(after(sym::relu(layer)), ElementsAre("_fused_convolution"));
  EXPECT_THAT(after(sym::Activation(layer, {.act_type = "softsign"})),
              ElementsAre("Convolution", "Activation"))
      << "its gradient needs what is not kept";
  EXPECT_THAT(after(sym::Group({tanh(layer), layer})), ElementsAre("Convolution", "Activation"))
      << "the layer is an output";
  const Symbol row = sym::Convolution(sym::var("x"), {.kernel = {3}, .num_filter = 2});
  EXPECT_THAT(
      operators_after(sym::relu(row), graph::fuse_convolution_activation, {{"x", {2, 3, 9}}}),
      ElementsAre("Convolution", "relu"));
}

TEST(FuseBatchNormActivation, TakesActivationsOfChannelsWithManyElements) {
  const auto after = [](const Symbol& net, const Shape& shape) {
    return operators_after(net, graph::fuse_batch_norm_activation, {{"x", shape}});
  };
  const Symbol norm = sym::BatchNorm(sym::var("x"));
  EXPECT_THAT(after(sym::relu(norm), {3, 2, 4, 4}), ElementsAre("_fused_batch_norm_activation"));
  EXPECT_THAT(after(tanh(norm), {3, 2, 4}), ElementsAre("_fused_batch_norm_activation"));
  EXPECT_THAT(after(tanh(norm), {3, 2}), ElementsAre("BatchNorm", "Activation"));
  EXPECT_THAT(after(sym::Activation(norm, {.act_type = "softrelu"}), {3, 2, 4}),
              ElementsAre("_fused_batch_norm_activation"))
      << "what its gradient reads is computed again";
  EXPECT_THAT(after(sym::clip(norm, {.a_min = 0, .a_max = 6}), {3, 2, 4}),
              ElementsAre("_fused_batch_norm_activation"));
  EXPECT_THAT(after(sym::clip(norm, {.a_min = 0, .a_max = 5}), {3, 2, 4}),
              ElementsAre("BatchNorm", "clip"));
  EXPECT_THAT(after(sym::Group({sym::relu(norm), norm}), {3, 2, 4}),
              ElementsAre("BatchNorm", "relu"));
}

// The operators between whose images lie in strips.
std::vector<std::string> operators_on_strips(const Symbol& symbol, const Shapes& shapes) {
  const auto types = graph::infer_entries(IndexedGraph(symbol.entries()), shapes, {});
  const Symbol laid = graph::choose_layouts(graph::PassGraph(symbol, types));
  const IndexedGraph indexed(laid.entries());
  const auto laid_types = graph::infer_entries(indexed, shapes, {});
  std::vector<std::string> names;
  for (const auto& item : indexed.items) {
    const Shape& shape = laid_types.shapes[static_cast<std::size_t>(item.first_entry)];
    if (!item.node->is_variable() && shape.ndim() == 5) names.push_back(item.node->op->name);
  }
  return names;
}

TEST(ChooseLayouts, KeepsImagesInStripsAsLongAsOperatorsReadThem) {
  const Symbol norm = sym::BatchNorm(filters3x3(sym::var("x"), 8), {.fix_gamma = false});
  const Symbol sum = sym::elemwise_add(sym::relu(norm), norm);
  const Symbol net = sym::flatten(pooling(filters3x3(sum, 4)));
  EXPECT_THAT(
      operators_on_strips(net, {{"x", {32, 3, 12, 12}}}),
      ElementsAre("_fused_convolution", "BatchNorm", "relu", "elemwise_add", "_fused_convolution"));
  EXPECT_THAT(operators_on_strips(net, {{"x", {31, 3, 12, 12}}}), ElementsAre("_fused_convolution"))
      << "a mean must not count samples that only fill a strip";
  for (const std::int64_t batch : {1, 12, 20}) {
    EXPECT_THAT(operators_on_strips(net, {{"x", {batch, 3, 12, 12}}}), ElementsAre())
        << "too many places would be empty";
  }
}

TEST(ChooseLayouts, LeavesWhatOthersRead) {
  const Shapes shapes = {{"x", {32, 3, 12, 12}}};
  const Symbol first = filters3x3(sym::var("x"), 8);
  EXPECT_THAT(operators_on_strips(filters3x3(first, 4), shapes), ElementsAre("_fused_convolution"));
  EXPECT_THAT(operators_on_strips(sym::Group({filters3x3(first, 4), first}), shapes), ElementsAre())
      << "it is an output";
  EXPECT_THAT(operators_on_strips(sym::Group({filters3x3(first, 4), sym::sum(first)}), shapes),
              ElementsAre());
  EXPECT_THAT(operators_on_strips(filters3x3(sym::exp(first), 4), shapes), ElementsAre());
  EXPECT_THAT(operators_on_strips(filters3x3(sym::var("x") + first, 4), {{"x", {32, 8, 12, 12}}}),
              ElementsAre())
      << "the other summand is given";
}

TEST(ChooseLayouts, FollowsWhatProductsAreComputedIn) {
  const Symbol net = sym::sum(filters3x3(filters3x3(sym::var("x"), 32), 32));
  const Executor executor = net.simple_bind(cpu(), {{"x", {32, 16, 12, 12}}});
  for (const NDArray& array : executor.arg_arrays()) {
    nd::random::uniform({.low = -1, .high = 1, .shape = array.shape()}).copyto(array);
  }
  const auto run = [&] {
    executor.forward(true);
    executor.backward();
    return executor.grad_dict().at("x").copy();
  };
  const NDArray full = run();
  NDArray rounded;
  {
    const amp::Scope scope(bfloat16, {.emulate = true});
    rounded = run();
  }
  EXPECT_FALSE(same_bits(full, rounded));
  EXPECT_LE(norm(rounded - full), 0.02 * norm(full));
  EXPECT_TRUE(same_bits(full, run()));
}

Symbol lenet() {
  const auto conv2 = sym::Convolution(pooling(tanh(convolution(sym::var("data")))),
                                      {.kernel = {5, 5}, .num_filter = 7}, "conv2");
  const auto act2 = sym::Activation(conv2, {.act_type = "relu"}, "act2");
  const auto pool2 = sym::Pooling(act2, {.kernel = {2, 2}, .stride = {2, 2}}, "pool2");
  const auto fc1 = tanh(sym::FullyConnected(sym::flatten(pool2), {.num_hidden = 11}, "fc1"));
  return sym::SoftmaxOutput(sym::FullyConnected(fc1, {.num_hidden = 10}, "fc2"), {}, "softmax");
}

// Three poolings in a row, so that the gradient through the maxima meets strips on both sides.
Symbol pooled_thrice() {
  Symbol x = sym::var("data");
  for (int i = 0; i < 3; ++i) {
    x = sym::Convolution(x, {.kernel = {3, 3}, .num_filter = 12});
    x = sym::Pooling(sym::Activation(x, {.act_type = "tanh"}),
                     {.kernel = {2, 2}, .stride = {2, 2}});
  }
  return sym::SoftmaxOutput(sym::FullyConnected(sym::flatten(x), {.num_hidden = 10}), {},
                            "softmax");
}

// A residual network whose convolutions are Winograd's (26 channels), direct and strided ones.
Symbol residual(bool normed) {
  const auto norm_relu = [&](const Symbol& x) {
    return sym::Activation(normed ? sym::BatchNorm(x, {.fix_gamma = false}) : x,
                           {.act_type = "relu"});
  };
  // Of a bias before batch normalisation the gradient is nothing but rounding.
  const auto filters = [&](const Symbol& x) {
    return sym::Convolution(x,
                            {.kernel = {3, 3}, .pad = {1, 1}, .num_filter = 26, .no_bias = normed});
  };
  const Symbol first = norm_relu(filters(sym::var("data")));
  const Symbol sum = sym::elemwise_add(norm_relu(filters(first)), first);
  const Symbol pooled = sym::Pooling(sum, {.kernel = {2, 2}, .stride = {2, 2}});
  const Symbol last = sym::Convolution(
      pooled,
      {.kernel = {5, 5}, .stride = {2, 2}, .pad = {2, 1}, .num_filter = 9, .no_bias = normed});
  const Symbol shrunk = sym::Pooling(norm_relu(last), {.kernel = {2, 3}, .stride = {2, 3}});
  return sym::SoftmaxOutput(sym::FullyConnected(sym::flatten(shrunk), {.num_hidden = 10}), {},
                            "softmax");
}

// A network, and a batch for it.
struct Case {
  Symbol net;
  Shape data;
};
std::vector<Case> cases() {
  return {{lenet(), {37, 1, 28, 28}},
          {pooled_thrice(), {21, 9, 30, 26}},
          {residual(false), {27, 3, 14, 22}},
          {residual(true), {32, 3, 16, 22}}};
}

// Output and gradients of one step.
std::vector<NDArray> step(const Case& network, DType dtype) {
  const Executor executor =
      network.net.simple_bind(cpu(), {{"data", network.data}}, GradReq::write, {{"data", dtype}});
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
  for (const NDArray& array : executor.aux_arrays()) results.push_back(array.copy());
  return results;
}

TEST(Passes, ChangeResultsByRoundingOnly) {
  for (const Case& network : cases()) {
    SCOPED_TRACE(network.data);
    for (const DType dtype : {float32, float64}) {
      const auto fused = step(network, dtype);
      const testing::WithoutPasses as_written;
      const auto plain = step(network, dtype);
      ASSERT_EQ(fused.size(), plain.size());
      for (std::size_t i = 0; i < plain.size(); ++i) {
        const double most = dtype == float32 ? 1e-5 : 1e-12;
        EXPECT_LE(norm(fused[i] - plain[i]), most * norm(plain[i])) << "array " << i;
      }
    }
  }
}

// Output and all gradients, where the gradient reads what is between the two, too; a channel of
// zeros stands at an edge of clip.
TEST(Passes, BatchNormAndAnActivationGiveTheBitsOfBoth) {
  const Symbol norm = sym::BatchNorm(sym::var("x"), {.fix_gamma = false}, "norm");
  for (const Symbol& net :
       {sym::clip(norm, {.a_min = 0, .a_max = 6}), sym::Activation(norm, {.act_type = "softrelu"}),
        sym::Activation(norm, {.act_type = "softsign"})}) {
    const auto step = [&] {
      const Executor executor = net.simple_bind(cpu(), {{"x", {5, 3, 40, 30}}});
      random::seed(2);
      const auto draw = [](const NDArray& array, double low, double high) {
        nd::random::uniform({.low = low, .high = high, .shape = array.shape()}).copyto(array);
      };
      const auto& arguments = executor.arg_dict();
      draw(arguments.at("x"), -3, 5);
      nd::array({4.0, 0.0, 1e-30}).astype(float32).copyto(arguments.at("norm_gamma"));
      nd::array({3.0, 0.0, -1.0}).astype(float32).copyto(arguments.at("norm_beta"));
      executor.forward(true);
      const NDArray heads(executor.outputs()[0].shape());
      draw(heads, -1, 1);
      executor.backward({heads});
      std::vector<NDArray> results = {executor.outputs()[0].copy()};
      for (const NDArray& array : executor.grad_arrays()) results.push_back(array.copy());
      return results;
    };
    const auto fused = step();
    const testing::WithoutPasses as_written;
    const auto plain = step();
    for (std::size_t i = 0; i < plain.size(); ++i) {
      EXPECT_TRUE(same_bits(fused[i], plain[i])) << net.entries()[0].node->name << ", array " << i;
    }
  }
}

TEST(Passes, GiveTheSameBitsForAnyNumberOfThreads) {
  for (const Case& network : cases()) {
    SCOPED_TRACE(network.data);
    set_num_threads(1);
    const auto alone = step(network, float32);
    for (const int threads : {2, 3, 4}) {
      set_num_threads(threads);
      const auto together = step(network, float32);
      for (std::size_t i = 0; i < alone.size(); ++i) EXPECT_TRUE(same_bits(alone[i], together[i]));
    }
  }
  set_num_threads(0);
}

}  // namespace
}  // namespace gluino
