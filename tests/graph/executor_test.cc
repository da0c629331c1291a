#include <gluino/graph/sym.h>
#include <gluino/ndarray/storage.h>
#include <gmock/gmock.h>

#include <map>
#include <string>
#include <vector>

#include "graph/support.h"
#include "ops/support.h"

namespace gluino {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::message_of;
using testing::same_bits;

Symbol lenet() {
  const auto stage = [](const Symbol& x, std::int64_t filters, const std::string& number) {
    const auto conv =
        sym::Convolution(x, {.kernel = {5, 5}, .num_filter = filters}, "conv" + number);
    const auto tanh = sym::Activation(conv, {.act_type = "tanh"}, "tanh" + number);
    return sym::Pooling(tanh, {.kernel = {2, 2}, .stride = {2, 2}}, "pool" + number);
  };
  const auto features = sym::flatten(stage(stage(sym::var("data"), 20, "1"), 50, "2"));
  const auto fc1 = sym::FullyConnected(features, {.num_hidden = 500}, "fc1");
  const auto tanh3 = sym::Activation(fc1, {.act_type = "tanh"}, "tanh3");
  return sym::SoftmaxOutput(sym::FullyConnected(tanh3, {.num_hidden = 10}, "fc2"), {}, "softmax");
}

Executor bound_lenet(std::int64_t batch, const GradReqs& requests = {}) {
  const Executor executor = lenet().simple_bind(cpu(), {{"data", {batch, 1, 28, 28}}}, requests);
  random::seed(1);
  for (const auto& [name, array] : executor.arg_dict()) {
    if (name == "softmax_label") continue;
    nd::random::uniform({.low = -0.1, .high = 0.1, .shape = array.shape()}).copyto(array);
  }
  return executor;
}

// y = x * w, whose gradients are known: dx = w, dw = x.
struct Small {
  Symbol symbol = sym::var("x") * sym::var("w");
  NDArray x = nd::array({1, 2, 3});
  NDArray w = nd::array({4, 5, 6});
};

std::vector<float> values(const NDArray& array) { return array.to_vector<float>(); }

TEST(Executor, ComputesOutputsAndGradients) {
  const Symbol x = sym::var("x");
  const Symbol y = x * sym::var("w") + x;
  const Executor executor = y.simple_bind(cpu(), {{"x", {3}}, {"w", {3}}});
  executor.forward(true, {{"x", nd::array({1, 2, 3})}, {"w", nd::array({4, 5, 6})}});
  EXPECT_THAT(values(executor.outputs()[0]), ElementsAre(5, 12, 21));
  EXPECT_THAT(values(executor.output_dict().at(y.list_outputs()[0])), ElementsAre(5, 12, 21));
  executor.backward();
  EXPECT_THAT(values(executor.grad_dict().at("x")), ElementsAre(5, 6, 7));
  EXPECT_THAT(values(executor.grad_dict().at("w")), ElementsAre(1, 2, 3));
  executor.backward({nd::array({10, 0, -1})});
  EXPECT_THAT(values(executor.grad_dict().at("x")), ElementsAre(50, 0, -7));
}

TEST(Executor, RequestsAreKept) {
  const Small small;
  const NDArray dx = nd::array({100, 100, 100});
  const Executor executor =
      small.symbol.bind(cpu(), {{"x", small.x}, {"w", small.w}}, {{"x", dx}}, GradReq::add);
  executor.forward(true);
  executor.backward();
  executor.backward();
  EXPECT_THAT(values(dx), ElementsAre(108, 110, 112));
  EXPECT_FALSE(executor.grad_arrays()[1].defined());
  const Executor none = small.symbol.simple_bind(
      cpu(), {{"x", {3}}, {"w", {3}}}, std::map<std::string, GradReq>{{"w", GradReq::write}});
  EXPECT_EQ(none.grad_dict().size(), 1u);
}

TEST(Executor, ALossNeedsNoHeadGradient) {
  const Executor executor = bound_lenet(4);
  executor.forward(true);
  executor.backward();
  // p - onehot(0), summed over the batch, is the gradient of the last bias.
  const auto p = values(executor.outputs()[0]);
  const auto db = values(executor.grad_dict().at("fc2_bias"));
  for (std::size_t c = 0; c < 10; ++c) {
    float expected = c == 0 ? -4.0f : 0.0f;
    for (std::size_t n = 0; n < 4; ++n) expected += p[n * 10 + c];
    EXPECT_NEAR(db[c], expected, 1e-5);
  }
}

TEST(Executor, OutputsMayBeVariablesOrTheSameTwice) {
  const Symbol x = sym::var("x");
  const Symbol y = sym::relu(x, "y");
  const Executor executor =
      sym::Group({y, x, y, sym::flatten(y)}).simple_bind(cpu(), {{"x", {2, 1}}});
  executor.forward(true, {{"x", nd::array({{-1}, {2}})}});
  for (const std::size_t i : {0u, 2u, 3u}) {
    EXPECT_THAT(values(executor.outputs()[i]), ElementsAre(0, 2));
  }
  EXPECT_THAT(values(executor.outputs()[1]), ElementsAre(-1, 2));
  executor.backward();
  EXPECT_THAT(values(executor.grad_arrays()[0]), ElementsAre(1, 4));
}

// The same network by autograd on the same arrays.
TEST(Executor, LeNetHasTheBitsOfEagerCalls) {
  const testing::WithoutPasses as_written;
  const Executor executor = bound_lenet(10);
  const NDArray label = executor.arg_dict().at("softmax_label");
  nd::array({3, 1, 4, 1, 5, 9, 2, 6, 5, 3}).copyto(label);
  executor.forward(true);
  executor.backward();
  std::vector<NDArray> arrays;
  for (const NDArray& array : executor.arg_arrays()) {
    arrays.push_back(array.copy());
    arrays.back().attach_grad();
  }
  NDArray output;
  {
    const auto recording = autograd::record();
    const auto stage = [](const NDArray& x, const NDArray& w, const NDArray& b) {
      const auto y = nd::Convolution(x, w, b, {.kernel = {5, 5}, .num_filter = w.shape()[0]});
      return nd::Pooling(nd::Activation(y, {.act_type = "tanh"}),
                         {.kernel = {2, 2}, .stride = {2, 2}});
    };
    const auto pooled =
        stage(stage(arrays[0], arrays[1], arrays[2]), arrays[3], arrays[4]).flatten();
    const auto fc1 = nd::FullyConnected(pooled, arrays[5], arrays[6], {.num_hidden = 500});
    const auto tanh3 = nd::Activation(fc1, {.act_type = "tanh"});
    const auto fc2 = nd::FullyConnected(tanh3, arrays[7], arrays[8], {.num_hidden = 10});
    output = nd::SoftmaxOutput(fc2, arrays[9]);
  }
  output.backward();
  EXPECT_TRUE(same_bits(output, executor.outputs()[0]));
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    EXPECT_TRUE(same_bits(arrays[i].grad(), executor.grad_arrays()[i])) << "argument " << i;
  }
}

TEST(Executor, PlannedMemoryOfLeNetsTrainingIsAtMostHalf) {
  const testing::WithoutPasses as_written;
  std::map<std::string, GradReq> requests;
  for (const std::string& name : lenet().list_arguments()) {
    if (name != "data" && name != "softmax_label") requests[name] = GradReq::write;
  }
  const MemoryPlan memory = bound_lenet(100, requests).memory();
  std::printf(
      "LeNet, batch 100: %zu bytes planned, %zu naive (%.0f %%)\n", memory.planned_bytes,
      memory.naive_bytes,
      100.0 * static_cast<double>(memory.planned_bytes) / static_cast<double>(memory.naive_bytes));
  EXPECT_GT(memory.planned_bytes, 0u);
  EXPECT_LE(2 * memory.planned_bytes, memory.naive_bytes);
}

TEST(Executor, TheSystemIsAskedForNothingInTheSteadyState) {
  const Executor executor = bound_lenet(10);
  const auto step = [&] {
    executor.forward(true);
    executor.backward();
  };
  step();
  step();
  const std::size_t before = pool_statistics().system_allocations;
  for (int i = 0; i < 5; ++i) step();
  EXPECT_EQ(pool_statistics().system_allocations, before);
}

TEST(Executor, ExplainsWhatBecameOfTheGraph) {
  const Executor executor = bound_lenet(20);
  const std::string text = executor.explain(2);
  EXPECT_THAT(text, HasSubstr("conv1+tanh1+pool1"));
  EXPECT_THAT(text, HasSubstr("(2, 20, 12, 12, 16)"));
  EXPECT_THAT(text, HasSubstr("gradient  fc1"));
  EXPECT_THAT(text, HasSubstr("KiB planned"));
  EXPECT_THAT(text, HasSubstr("strips of 16 samples, innermost"));
  EXPECT_THAT(text, HasSubstr("product 20 x 800 x 500"));
  EXPECT_THROW(executor.explain(0), Error);
}

TEST(Executor, AllInputsAreCheckedBeforeOneIsWritten) {
  const Executor executor =
      (sym::var("a") + sym::var("b")).simple_bind(cpu(), {{"a", {2}}, {"b", {2}}});
  EXPECT_THAT(message_of([&] {
                executor.forward(false, {{"a", nd::ones({2})}, {"b", nd::ones({3})}});
              }),
              HasSubstr("argument b: expected shape (2,), got (3,)"));
  EXPECT_EQ(executor.arg_dict().at("a").sum().asscalar(), 0);
  EXPECT_THAT(message_of([&] {
                executor.forward(false, {{"a", nd::ones({2})}, {"c", {}}});
              }),
              HasSubstr("no argument named c"));
  EXPECT_EQ(executor.arg_dict().at("a").sum().asscalar(), 0);
}

// One array given twice may be read twice, but not written twice.
TEST(Executor, GradientsHaveMemoryOfTheirOwn) {
  const Symbol product = sym::var("a") * sym::var("b");
  const NDArray x = nd::array({1, 2});
  const NDArray g = nd::zeros({2});
  const ArrayMap twice = {{"a", x}, {"b", x}};
  const auto bound = [&](const ArrayMap& gradients, GradReq request) {
    return product.bind(cpu(), twice, gradients, request);
  };
  EXPECT_THAT(message_of([&] {
                bound({{"a", g}, {"b", g}}, GradReq::write);
              }),
              HasSubstr("gradients of a and b share memory"));
  EXPECT_THAT(message_of([&] {
                bound({{"a", x}}, GradReq::write);
              }),
              HasSubstr("gradient of a shares memory with a"));
  EXPECT_NO_THROW(bound({{"a", g}, {"b", g}}, GradReq::null));
  const NDArray both = nd::zeros({4});
  const Executor apart = bound({{"a", both.slice(0, 2)}, {"b", both.slice(2, 4)}}, GradReq::write);
  apart.forward(true);
  apart.backward();
  EXPECT_THAT(both.to_vector<float>(), ElementsAre(1, 2, 1, 2));
  // Added up they are the gradient of x * x.
  const Executor added = bound({{"a", g}, {"b", g}}, GradReq::add);
  added.forward(true);
  added.backward();
  EXPECT_THAT(g.to_vector<float>(), ElementsAre(2, 4));
}

// What a backward belongs to is the last forward for training, and nothing else.
TEST(Executor, BackwardNeedsItsForward) {
  const Symbol square = sym::square(sym::var("x"));
  const Executor executor = square.simple_bind(cpu(), {{"x", {4}}});
  const auto refused = [](const Executor& e) {
    return message_of([&] { e.backward(); }).find("forward(is_train = true)") != std::string::npos;
  };
  EXPECT_TRUE(refused(executor));
  executor.forward(true);
  executor.forward(false);
  EXPECT_TRUE(refused(executor));
  EXPECT_NO_THROW(executor.backward({}, {.of_inference = true}));
  executor.forward(true);
  EXPECT_TRUE(refused(executor.reshape({{"x", {3}}})));
  executor.set_monitor_callback([](const std::string&, const NDArray&) {});
  EXPECT_TRUE(refused(executor));
  executor.forward(true);
  EXPECT_NO_THROW(executor.backward());
}

TEST(Executor, ReshapeSharesTheParameters) {
  const Executor executor = bound_lenet(10);
  const Executor smaller = executor.reshape({{"data", {4, 1, 28, 28}}, {"softmax_label", {4}}});
  EXPECT_TRUE(smaller.arg_dict().at("fc1_weight").same_as(executor.arg_dict().at("fc1_weight")));
  EXPECT_EQ(smaller.forward()[0].shape(), (Shape{4, 10}));
  const Shapes larger = {{"data", {20, 1, 28, 28}}, {"softmax_label", {20}}};
  EXPECT_THAT(message_of([&] { executor.reshape(larger); }), HasSubstr("allow_up_sizing"));
  EXPECT_EQ(executor.reshape(larger, {.allow_up_sizing = true}).forward()[0].shape(),
            (Shape{20, 10}));
  EXPECT_THAT(message_of([&] {
                executor.reshape({{"data", {4, 1, 28, 28}}});
              }),
              HasSubstr("softmax_label"));
}

TEST(Executor, MonitorSeesOutputsAndGradients) {
  const Symbol fc = sym::FullyConnected(sym::var("data"), {.num_hidden = 2}, "fc");
  const Symbol net = sym::SoftmaxOutput(sym::flatten(fc, "flat"), {}, "softmax");
  const Executor executor = net.simple_bind(cpu(), {{"data", {3, 4}}});
  std::vector<std::string> names;
  executor.set_monitor_callback(
      [&](const std::string& name, const NDArray&) { names.push_back(name); });
  executor.forward(true);
  EXPECT_THAT(names, ElementsAre("fc_output", "flat_output", "softmax_output"));
  names.clear();
  executor.backward();
  EXPECT_THAT(names,
              ElementsAre("softmax_backward_data", "softmax_backward_label", "flat_backward_data",
                          "fc_backward_data", "fc_backward_weight", "fc_backward_bias"));
  names.clear();
  executor.set_monitor_callback({});
  executor.forward(true);
  EXPECT_TRUE(names.empty());
}

TEST(Executor, MonitorSeesInputsBeforeTheyAreWrittenOver) {
  const Symbol shifted = sym::var("x") - 3;
  const Symbol net = sym::negative(sym::relu(shifted, "relu"), "negative");
  const Executor executor = net.simple_bind(cpu(), {{"x", {2}}});
  std::map<std::string, std::vector<double>> seen;
  executor.set_monitor_callback(
      [&](const std::string& name, const NDArray& value) {
        seen[name] = value.to_vector<double>();
      },
      true);
  executor.forward(false, {{"x", nd::array({1, 5})}});
  EXPECT_EQ(seen.at("x"), (std::vector<double>{1, 5}));
  EXPECT_EQ(seen.at("relu_input0"), (std::vector<double>{-2, 2}));
  EXPECT_EQ(seen.at("negative_input0"), (std::vector<double>{0, 2}));
}

TEST(Executor, StatesChangeInTrainingOnly) {
  const Symbol net = sym::BatchNorm(sym::var("x"), {.momentum = 0.5, .fix_gamma = false}, "bn");
  const Executor executor = net.simple_bind(cpu(), {{"x", {2, 1}}});
  const NDArray mean = executor.aux_dict().at("bn_moving_mean");
  executor.forward(false, {{"x", nd::array({{2}, {4}})}});
  EXPECT_EQ(mean.asscalar(), 0);
  executor.forward(true);
  EXPECT_EQ(mean.asscalar(), 1.5);
}

TEST(Executor, RefusesWhatDoesNotFit) {
  const Small small;
  EXPECT_THAT(message_of([&] {
                small.symbol.bind(cpu(), {{"x", small.x}});
              }),
              HasSubstr("no array is given for the argument w"));
  EXPECT_THAT(message_of([&] {
                small.symbol.bind(cpu(), {{"x", small.x}, {"w", nd::ones({4})}});
              }),
              HasSubstr("expected shape (3,), got (4,)"));
  EXPECT_THAT(message_of([&] {
                small.symbol.bind(cpu(), {{"x", small.x}, {"w", small.w}, {"v", small.w}});
              }),
              HasSubstr("named v"));
  EXPECT_THAT(message_of([&] {
                small.symbol.bind(cpu(), {{"x", small.x}, {"w", small.w.as_in_context(cpu(1))}});
              }),
              HasSubstr("cpu(1)"));
  const Executor executor = small.symbol.simple_bind(cpu(), {{"x", {3}}, {"w", {3}}});
  EXPECT_THAT(message_of([&] { executor.backward(); }), HasSubstr("forward(is_train = true)"));
  executor.forward(true);
  EXPECT_THAT(message_of([&] { executor.backward({nd::ones({2})}); }),
              HasSubstr("head gradient 0"));
  EXPECT_THAT(message_of([&] { executor.forward(false, {{"y", small.x}}); }), HasSubstr("named y"));
  const Symbol twice = sym::var("x") + sym::var("x");
  EXPECT_THAT(message_of([&] { twice.simple_bind(cpu(), {{"x", {1}}}); }), HasSubstr("named x"));
}

}  // namespace
}  // namespace gluino
