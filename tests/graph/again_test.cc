// A second backward gives the gradients of the first, or says what was lost.
#include <gluino/graph/run/cached_op.h>
#include <gluino/graph/sym.h>
#include <gmock/gmock.h>

#include <functional>

#include "ops/support.h"

namespace gluino {
namespace {

using namespace gluon;
using ::testing::HasSubstr;
using testing::message_of;
using testing::same_bits;

using Net = std::function<void(nn::HybridSequential&)>;

// Networks whose gradients write over what forward has kept.
const std::vector<std::pair<const char*, Net>>& nets() {
  static const std::vector<std::pair<const char*, Net>> all = {
      {"perceptron",
       [](nn::HybridSequential& net) {
         for (int i = 0; i < 3; ++i) net.add(nn::Dense({.units = 64, .activation = "relu"}));
         net.add(nn::Dense({.units = 10}));
       }},
      {"convolutions",
       [](nn::HybridSequential& net) {
         net.add(nn::Conv2D({.channels = 8, .kernel_size = {3, 3}, .activation = "tanh"}),
                 nn::MaxPool2D(), nn::Conv2D({.channels = 4, .kernel_size = {3, 3}}),
                 nn::Activation("sigmoid"), nn::Flatten(), nn::Dense({.units = 10}));
       }},
      {"states and random numbers",
       [](nn::HybridSequential& net) {
         net.add(nn::Conv2D({.channels = 8, .kernel_size = {3, 3}}), nn::BatchNorm(),
                 nn::Activation("relu"), nn::Dropout({.rate = 0.5}), nn::Flatten(),
                 nn::Dense({.units = 10}));
       }},
  };
  return all;
}

std::vector<NDArray> gradients_of(const Block& net) {
  std::vector<NDArray> gradients;
  for (const Parameter& parameter : net.collect_params()) {
    if (parameter.grad_req() != GradReq::null) gradients.push_back(parameter.grad().copy());
  }
  return gradients;
}

void expect_same(const std::vector<NDArray>& a, const std::vector<NDArray>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(same_bits(a[i], b[i])) << i;
}

TEST(BackwardAgain, RetainedGraphsGiveTheSameGradients) {
  for (const auto& [name, build] : nets()) {
    SCOPED_TRACE(name);
    nn::HybridSequential net;
    build(net);
    random::seed(3);
    net.initialize(init::Xavier());
    net.hybridize();
    const NDArray x = nd::random::uniform({.shape = {6, 1, 12, 12}});
    for (int round = 0; round < 2; ++round) {
      NDArray y;
      {
        const auto recording = autograd::record();
        y = net(x);
      }
      y.backward({}, true);
      const auto first = gradients_of(net);
      y.backward({}, true);
      expect_same(first, gradients_of(net));
      y.backward();
      expect_same(first, gradients_of(net));
      EXPECT_THAT(message_of([&] { y.backward(); }), HasSubstr("freed by an earlier backward"));
    }
  }
}

TEST(BackwardAgain, AnInputThatIsReshapedFirstIsNoState) {
  const Symbol x = sym::var("x");
  const CachedOp graph(ops::softrelu(ops::reshape(x, {.shape = {-1, 1}})));
  const NDArray array = nd::ones({2, 2});
  array.attach_grad();
  NDArray y;
  {
    const auto recording = autograd::record();
    y = graph(std::vector{array})[0];
  }
  y.backward();
  EXPECT_NEAR(array.grad().sum().asscalar(), 4 * 0.7310586, 1e-5);
}

// An executor of `net` with random arguments.
Executor bound(nn::HybridSequential& net, const NDArray& x) {
  const Symbol symbol = net.to_symbol(x);
  const Executor executor = symbol.simple_bind(cpu(), {{"data", x.shape()}});
  random::seed(4);
  for (const NDArray& array : executor.arg_arrays()) {
    array.assign(nd::random::uniform({.low = -0.5, .high = 0.5, .shape = array.shape()}));
  }
  return executor;
}

std::vector<NDArray> copies(const std::vector<NDArray>& arrays) {
  std::vector<NDArray> result;
  for (const NDArray& array : arrays) result.push_back(array.copy());
  return result;
}

TEST(BackwardAgain, ExecutorsGiveTheSameGradientsOrSaySo) {
  for (const auto& [name, build] : nets()) {
    SCOPED_TRACE(name);
    nn::HybridSequential net;
    build(net);
    net.initialize();
    const Executor executor = bound(net, nd::ones({6, 1, 12, 12}));
    executor.forward(true);
    executor.backward({}, {.retain_graph = true});
    const auto first = copies(executor.grad_arrays());
    executor.backward();
    expect_same(first, executor.grad_arrays());
    if (std::string(name) == "states and random numbers") {
      EXPECT_THAT(message_of([&] { executor.backward(); }), HasSubstr("retain_graph"));
    } else {
      executor.backward();
      expect_same(first, executor.grad_arrays());
      executor.arg_arrays()[1].assign(1);
      EXPECT_THAT(message_of([&] { executor.backward(); }), HasSubstr("changed in place"));
    }
  }
}

}  // namespace
}  // namespace gluino
