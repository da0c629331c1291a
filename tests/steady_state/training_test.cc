#include <gluino/gluino.h>
#include <gtest/gtest.h>

#include <utility>

#include "steady_state/heap_counter.h"

namespace gluino {
namespace {

using gluino::testing::can_count_heap_allocations;
using gluino::testing::HeapCounter;

constexpr std::int64_t kBatch = 20;

gluon::nn::HybridSequential make_lenet() {
  namespace nn = gluon::nn;
  nn::HybridSequential net;
  net.add(nn::Conv2D({.channels = 20, .kernel_size = {5, 5}, .activation = "tanh"}),
          nn::MaxPool2D({.pool_size = {2, 2}, .strides = {2, 2}}),
          nn::Conv2D({.channels = 50, .kernel_size = {5, 5}, .activation = "tanh"}),
          nn::MaxPool2D({.pool_size = {2, 2}, .strides = {2, 2}}), nn::BatchNorm(), nn::Flatten(),
          nn::Dense({.units = 500, .activation = "tanh"}), nn::Dropout(0.5),
          nn::Dense({.units = 10}));
  return net;
}

// The calls of malloc in five runs of `step`, after enough to reach the steady state. On one
// thread, because another one makes its scratch memory when it first takes part, which may be at
// any time.
template <class F>
std::size_t allocations_of(F step) {
  set_num_threads(1);
  for (int i = 0; i < 5; ++i) step();
  const HeapCounter counter;
  for (int i = 0; i < 5; ++i) step();
  const std::size_t count = counter.count();
  set_num_threads(0);
  return count;
}

struct GluonCase {
  const char* name;
  const char* optimizer;
  std::map<std::string, double> options;
  bool hybrid_net = true;
  bool hybrid_loss = true;
  DType dtype = float32;
};

std::ostream& operator<<(std::ostream& out, const GluonCase& c) { return out << c.name; }

class GluonSteadyState : public ::testing::TestWithParam<GluonCase> {};

TEST_P(GluonSteadyState, ATrainingStepAllocatesNothing) {
  if (!can_count_heap_allocations()) GTEST_SKIP() << "a sanitizer allocates here";
  auto net = make_lenet();
  net.initialize(init::Xavier());
  net.hybridize(GetParam().hybrid_net);
  gluon::loss::SoftmaxCrossEntropyLoss loss_function;
  loss_function.hybridize(GetParam().hybrid_loss);
  const NDArray images = nd::random::uniform({.shape = {kBatch, 1, 28, 28}});
  const NDArray labels = nd::zeros({kBatch});
  const NDArray typed = images.astype(GetParam().dtype);
  net(images);  // finds the shapes
  net.cast(GetParam().dtype);
  gluon::Trainer trainer(net.collect_params(), GetParam().optimizer, GetParam().options);
  const auto step = [&] {
    NDArray loss;
    {
      const auto recording = autograd::record();
      loss = loss_function(net(typed), labels);
    }
    loss.backward();
    trainer.step(kBatch);
  };
  EXPECT_EQ(allocations_of(step), 0u);
}

INSTANTIATE_TEST_SUITE_P(
    Ways, GluonSteadyState,
    ::testing::Values(GluonCase{"compiled", "sgd", {{"learning_rate", 0.1}}},
                      GluonCase{"eager_loss", "sgd", {{"momentum", 0.9}}, true, false},
                      GluonCase{"eager", "sgd", {{"momentum", 0.9}}, false, false},
                      GluonCase{"adam", "adam", {}},
                      GluonCase{"half", "sgd", {{"momentum", 0.9}}, true, true, float16},
                      GluonCase{"eager_half", "sgd", {{"momentum", 0.9}}, false, false, bfloat16}),
    [](const auto& given) { return std::string(given.param.name); });

TEST(GluonSteadyState, InferenceAllocatesNothing) {
  if (!can_count_heap_allocations()) GTEST_SKIP() << "a sanitizer allocates here";
  auto net = make_lenet();
  net.initialize(init::Xavier());
  net.hybridize();
  const NDArray images = nd::random::uniform({.shape = {kBatch, 1, 28, 28}});
  EXPECT_EQ(allocations_of([&] { net(images); }), 0u);
}

// MXNet's symbolic interface: bound, forward_backward, update.
TEST(ModuleSteadyState, ATrainingStepAllocatesNothing) {
  if (!can_count_heap_allocations()) GTEST_SKIP() << "a sanitizer allocates here";
  Symbol x = sym::Convolution(sym::var("data"), {.kernel = {5, 5}, .num_filter = 20}, "conv");
  x = sym::Activation(sym::BatchNorm(x, {.fix_gamma = false}, "norm"), {.act_type = "tanh"});
  x = sym::Pooling(x, {.kernel = {2, 2}, .pool_type = "max", .stride = {2, 2}});
  x = sym::FullyConnected(x, {.num_hidden = 10}, "fc");
  mod::Module module(sym::SoftmaxOutput(x, {}, "softmax"));
  const NDArray images = nd::random::uniform({.shape = {kBatch, 1, 28, 28}});
  const NDArray labels = nd::zeros({kBatch});
  module.bind({{"data", images.shape()}}, {{"softmax_label", labels.shape()}});
  module.init_params();
  module.init_optimizer({.optimizer_params = {{"learning_rate", 0.1}, {"momentum", 0.9}}});
  const io::DataBatch batch{{images}, {labels}};
  const auto step = [&] {
    module.forward_backward(batch);
    module.update();
  };
  EXPECT_EQ(allocations_of(step), 0u);
  EXPECT_EQ(allocations_of([&] { module.train_step(batch); }), 0u);
}

// Gradients summed over contexts, by a store that sums and by one that updates.
TEST(KVStoreSteadyState, AnUpdateAllocatesNothing) {
  if (!can_count_heap_allocations()) GTEST_SKIP() << "a sanitizer allocates here";
  for (const bool updates : {false, true}) {
    gluon::nn::Dense net({.units = 10, .in_units = 20});
    net.initialize(init::Xavier(), {cpu(0), cpu(1)});
    gluon::Trainer trainer(net.collect_params(), "adam", {}, {.update_on_kvstore = updates});
    const NDArray x = nd::ones({kBatch, 20});
    const NDArray y = x.as_in_context(cpu(1));
    const auto step = [&] {
      for (const NDArray& part : {x, y}) {
        const auto recording = autograd::record();
        net(part).backward();
      }
      trainer.step(2 * kBatch);
    };
    EXPECT_EQ(allocations_of(step), 0u) << updates;
  }
}

TEST(GradientHookSteadyState, ABackwardAllocatesNothing) {
  if (!can_count_heap_allocations()) GTEST_SKIP() << "a sanitizer allocates here";
  const NDArray x = nd::ones({20, 20});
  x.attach_grad();
  double told = 0;
  const void* place = nullptr;
  const void* other = nullptr;
  autograd::set_gradient_hook(x, [&told, &place, &other](const NDArray& gradient) {
    ++told;
    other = std::exchange(place, gradient.data());
  });
  const auto step = [&] {
    const auto recording = autograd::record();
    (x * x).backward();
  };
  EXPECT_EQ(allocations_of(step), 0u);
  EXPECT_EQ(told, 10);
  EXPECT_EQ(place, other);
}

// The steps of a loop keep what they need from one training step to the next.
TEST(ControlFlowSteadyState, ATrainingStepAllocatesNothing) {
  if (!can_count_heap_allocations()) GTEST_SKIP() << "a sanitizer allocates here";
  const auto [outputs, states] = sym::contrib::foreach (
      [](const Symbol& x, const Symbol& h) {
        const Symbol y = sym::tanh(sym::FullyConnected(x, {.num_hidden = 8}, "fc") + h);
        return sym::contrib::Step{y, y};
      },
      sym::var("x"), sym::var("h"));
  const Symbol last = sym::contrib::cond(
      sym::sum(states[0]) > 0, [&] { return states[0] * 2; }, [&] { return states[0]; });
  const Executor executor = sym::Group({outputs[0], last})
                                .simple_bind(cpu(), {{"x", {6, kBatch, 4}}, {"h", {kBatch, 8}}});
  const auto step = [&] {
    executor.forward(true);
    executor.backward();
  };
  EXPECT_EQ(allocations_of(step), 0u);
}

}  // namespace
}  // namespace gluino
