// Every block gives the same outputs, gradients and states with a graph as without, whatever the
// order of calls and whatever becomes of it and its parameters in between.
#include <gluino/gluino.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "graph/support.h"
#include "ops/support.h"

namespace gluino::gluon {
namespace {

using gluino::testing::same_bits;

// Normal numbers, the same for the same seed.
NDArray numbers(const Shape& shape, std::uint64_t seed, DType dtype = float32) {
  random::seed(seed);
  return nd::random::normal({.shape = shape}).astype(dtype);
}

Shape with_batch(Shape shape, std::int64_t batch) {
  shape[0] = batch;
  return shape;
}

// What a story has led to so far.
struct Results {
  std::vector<std::pair<std::string, NDArray>> arrays;

  void add(const std::string& what, const NDArray& array) {
    arrays.emplace_back(what, array.copy());
  }
  void add_parameters(const std::string& when, const Block& block) {
    for (const auto& [name, parameter] : block.structural_params()) {
      if (!parameter.is_initialized()) continue;
      add(when + ": " + name, parameter.data());
      if (parameter.grad_req() != GradReq::null) add(when + ": d " + name, parameter.grad());
    }
  }
};

void expect_same(const Results& eager, const Results& hybrid) {
  ASSERT_EQ(eager.arrays.size(), hybrid.arrays.size());
  for (std::size_t i = 0; i < eager.arrays.size(); ++i) {
    if (eager.arrays[i].first.starts_with("three times: d")) {
      // Each call of a graph adds up its own part of a gradient before it joins the others'.
      EXPECT_THAT(hybrid.arrays[i].second.to_vector<double>(),
                  ::testing::Pointwise(::testing::DoubleNear(1e-3),
                                       eager.arrays[i].second.to_vector<double>()));
      continue;
    }
    EXPECT_TRUE(same_bits(eager.arrays[i].second, hybrid.arrays[i].second))
        << eager.arrays[i].first << "\n"
        << eager.arrays[i].second << "\n"
        << hybrid.arrays[i].second;
  }
}

// One step: recorded, with gradients of rubbish before.
template <class B>
void step(Results& results, const std::string& when, B& block, const NDArray& x,
          bool train = true) {
  x.attach_grad();
  x.grad().assign(77);
  random::seed(11);
  NDArray y;
  {
    const auto recording = autograd::record(train);
    y = block(x);
    y = y * y;
  }
  y.backward();
  results.add(when + ": y", y);
  results.add(when + ": dx", x.grad());
  results.add_parameters(when, block);
}

template <class B>
void call(Results& results, const std::string& when, B& block, const NDArray& x) {
  random::seed(12);
  results.add(when, block(x));
}

template <class B>
void steps(Results& results, B& block, const Shape& shape, DType dtype = float32) {
  const NDArray x = numbers(shape, 1, dtype);
  step(results, "first", block, x);
  call(results, "inference", block, numbers(shape, 2, dtype));
  step(results, "again", block, numbers(shape, 3, dtype));
  step(results, "other batch", block, numbers(with_batch(shape, 5), 4, dtype));
  step(results, "predict", block, numbers(shape, 5, dtype), false);
  step(results, "the first x", block, x);
  x.assign(numbers(shape, 6, dtype));
  step(results, "x changed", block, x);
  call(results, "x, not recorded", block, x);
  x.attach_grad();
  NDArray sum;
  {
    const auto recording = autograd::record();
    sum = block(x) + block(x * 2.0) + block(x);
  }
  sum.backward();
  results.add("three times", sum);
  results.add("three times: dx", x.grad());
  results.add_parameters("three times", block);
}

template <class B>
void settings(Results& results, B& block, const Shape& shape) {
  const NDArray x = numbers(shape, 21);
  const auto parameters = block.structural_params();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const GradReq before = parameters[i].second.grad_req();
    for (const GradReq req : {GradReq::null, GradReq::add, GradReq::write}) {
      parameters[i].second.set_grad_req(before == GradReq::null ? before : req);
      step(results, str("grad_req of ", i), block, x);
    }
  }
  for (const auto& [name, parameter] : parameters) {
    parameter.set_data(numbers(parameter.shape(), 22));
    step(results, "set_data of " + name, block, x);
  }
  if (!parameters.empty() && parameters[0].first.find('.') != std::string::npos) {
    const std::string file = ::testing::TempDir() + str("eager_and_hybrid_", ::getpid());
    nd::NamedArrays arrays;
    for (const auto& [name, parameter] : parameters) {
      arrays.emplace_back(name, numbers(parameter.shape(), 23));
    }
    nd::save(file, arrays);
    block.load_parameters(file);
    std::filesystem::remove(file);
    step(results, "loaded", block, x);
  }
  block.collect_params().reset_ctx({cpu(1)});
  step(results, "at cpu(1)", block, x.copyto(cpu(1)));
  block.collect_params().reset_ctx({cpu(0)});
  step(results, "back", block, x);
}

template <class B>
void copies(Results& results, B& block, const Shape& shape) {
  const NDArray x = numbers(shape, 31);
  B copy(block);
  call(results, "copy", copy, x);
  copy.hybridize(false);
  call(results, "copy, eager", copy, x);
  step(results, "the original", block, x);
  B assigned(copy);
  assigned = block;
  B& self = assigned;
  assigned = self;
  step(results, "assigned", assigned, x);
  B moved(std::move(assigned));
  step(results, "moved", moved, x);
}

template <class B>
void threads(Results& results, B& block, const Shape& shape) {
  constexpr int kThreads = 2;
  std::vector<NDArray> outputs(kThreads);
  std::vector<std::thread> running;
  for (int i = 0; i < kThreads; ++i) {
    running.emplace_back([&, i] {
      const NDArray x = [&] {
        NDArray array(shape);
        array.assign(0.25 * (i + 1));
        return array;
      }();
      for (int round = 0; round < 5; ++round) outputs[static_cast<std::size_t>(i)] = block(x);
    });
  }
  for (std::thread& thread : running) thread.join();
  for (const NDArray& output : outputs) results.add("thread", output);
}

template <class Make>
Results story(Make make, const Shape& shape, bool hybrid) {
  Results results;
  auto block = make();
  random::seed(5);
  block.initialize(init::Xavier());
  for (const auto& [name, parameter] : block.structural_params()) {
    // Xavier is for matrices; the first forward fills what waits.
    if (parameter.is_initialized()) parameter.set_data(numbers(parameter.shape(), 6));
  }
  if (hybrid) block.hybridize();
  steps(results, block, shape);
  settings(results, block, shape);
  copies(results, block, shape);
  // BatchNorm has states in float32 only.
  block.cast(float64);
  step(results, "float64", block, numbers(shape, 7, float64));
  block.cast(float32);
  threads(results, block, shape);
  return results;
}

template <class Make>
void compare(const char* name, const Shape& shape, Make make) {
  SCOPED_TRACE(name);
  const gluino::testing::WithoutPasses as_written;
  expect_same(story(make, shape, false), story(make, shape, true));
}

class Residual : public HybridBlock {
 public:
  Residual() : HybridBlock("residual_") {}
  NDArray forward(const NDArray& x) override {
    const NDArray shortcut = norm_(second_(x));
    const NDArray y = norm_(first_(x));  // the states change here for the second time
    return nd::relu(y + shortcut);
  }

 private:
  Child<nn::Dense> first_ = child<nn::Dense>("first", {.units = 4, .in_units = 3});
  Child<nn::Dense> second_ = child<nn::Dense>("second", {.units = 4, .in_units = 3});
  Child<nn::BatchNorm> norm_ = child<nn::BatchNorm>("norm", {.in_channels = 4});
};

TEST(EagerAndHybrid, Layers) {
  const Shape rows = {4, 3};
  const Shape images = {2, 3, 8, 8};
  compare("Dense", rows, [] { return nn::Dense({.units = 5, .activation = "tanh"}); });
  compare("Dense without bias", rows,
          [] { return nn::Dense({.units = 5, .use_bias = false, .in_units = 3}); });
  compare("Dense of axes", {2, 4, 3}, [] { return nn::Dense({.units = 5, .flatten = false}); });
  compare("Activation", rows, [] { return nn::Activation("sigmoid"); });
  compare("Dropout", rows, [] { return nn::Dropout(0.5); });
  compare("Flatten", images, [] { return nn::Flatten(); });
  compare("Conv2D", images, [] {
    return nn::Conv2D({.channels = 4, .kernel_size = {3, 3}, .activation = "relu"});
  });
  compare("MaxPool2D", images, [] { return nn::MaxPool2D({.pool_size = {2, 2}}); });
  compare("AvgPool2D", images, [] { return nn::AvgPool2D({.pool_size = {2, 2}}); });
  compare("GlobalMaxPool2D", images, [] { return nn::GlobalMaxPool2D(); });
  compare("GlobalAvgPool2D", images, [] { return nn::GlobalAvgPool2D(); });
  compare("HybridLambda", rows,
          [] { return nn::HybridLambda([](const NDArray& x) { return nd::tanh(x) * x; }); });
  compare("SymbolBlock", rows, [] {
    const auto fc = sym::FullyConnected(sym::var("data"), {.num_hidden = 5}, "fc");
    return SymbolBlock(sym::tanh(fc), {"data"});
  });
  compare("Residual", rows, [] { return Residual(); });
}

TEST(EagerAndHybrid, Containers) {
  compare("empty", {4, 3}, [] { return nn::HybridSequential(); });
  compare("nested", {2, 1, 12, 12}, [] {
    nn::HybridSequential features;
    features.add(nn::Conv2D({.channels = 4, .kernel_size = {3, 3}}), nn::Activation("relu"),
                 nn::MaxPool2D({.pool_size = {2, 2}, .strides = {2, 2}}), nn::Dropout(0.3));
    nn::HybridSequential net;
    net.add(std::move(features), nn::Flatten(), nn::Dense({.units = 6}), nn::Dense({.units = 3}));
    return net;
  });
  compare("one layer twice", {4, 3}, [] {
    const auto shared = std::make_shared<nn::Dense>(nn::DenseOptions{.units = 3});
    nn::HybridSequential net;
    net.add(shared).add(std::make_shared<nn::Dropout>(0.5)).add(shared);
    return net;
  });
}

TEST(EagerAndHybrid, BatchNormInTrainingAndOut) {
  const gluino::testing::WithoutPasses as_written;
  for (const bool waits : {false, true}) {
    const auto run = [&](bool hybrid) {
      nn::HybridSequential net;
      net.add(nn::Dense({.units = 3, .in_units = waits ? 0 : 4}),
              nn::BatchNorm({.in_channels = waits ? 0 : 3}), nn::Dropout(0.4));
      random::seed(8);
      net.initialize(init::Xavier());
      if (hybrid) net.hybridize();
      Results results;
      steps(results, net, {6, 4});
      return results;
    };
    expect_same(run(false), run(true));
  }
}

template <class L>
Results losses(const L& options, bool hybrid, bool same_array) {
  L loss(options);
  if (hybrid) loss.hybridize();
  const L copy = loss;
  Results results;
  const NDArray labels = nd::array({{0, 1, 1}, {1, 0, 2}});
  const NDArray weights = nd::array({0.5, 2});
  for (int round = 0; round < 3; ++round) {
    const NDArray pred = numbers({2, 3}, 41);
    pred.attach_grad();
    // Before other labels: what was traced for one array must not be taken for two.
    if (same_array) results.add("x, x", loss(pred, pred));
    for (const bool weighted : {false, true}) {
      NDArray value;
      {
        const auto recording = autograd::record();
        value = loss(pred, labels, weighted ? weights : NDArray());
      }
      value.backward();
      results.add("loss", value);
      results.add("d pred", pred.grad());
    }
    results.add("x, x after", loss(labels, labels));
    results.add("view", loss(pred, pred.detach() + 1.0));
    L other = copy;
    results.add("copy", other(labels, pred));
  }
  return results;
}

TEST(EagerAndHybrid, Losses) {
  const gluino::testing::WithoutPasses as_written;
  for (const bool same : {true, false}) {
    const loss::L2Loss l2;
    expect_same(losses(l2, false, same), losses(l2, true, same));
    const loss::SoftmaxCrossEntropyLoss probabilities({.sparse_label = false});
    expect_same(losses(probabilities, false, same), losses(probabilities, true, same));
  }
}

// The row of the table.
TEST(EagerAndHybrid, ALossOfOneArrayTwiceSaysNothingAboutTwo) {
  loss::L2Loss loss;
  loss.hybridize();
  const NDArray x = nd::array({{1, 2}});
  EXPECT_EQ(loss(x, x).asscalar(), 0);
  EXPECT_EQ(loss(x, nd::array({{2, 4}})).asscalar(), 1.25F);
  EXPECT_EQ(loss(x, x).asscalar(), 0);
}

TEST(EagerAndHybrid, AParameterGivenAsTheInputStaysOne) {
  auto net = nn::Dense({.units = 2, .use_bias = false, .in_units = 2});
  net.initialize(init::One());
  net.hybridize();
  const NDArray weight = net.weight().data();
  const NDArray x = nd::array({{1, 2}, {3, 4}});
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(net(weight).to_vector<float>(), ::testing::Each(2));
    EXPECT_THAT(net(x).to_vector<float>(), ::testing::ElementsAre(3, 3, 7, 7));
  }
  // Of the product of the weight with itself, both ways count: 4 + 4.
  NDArray y;
  {
    const auto recording = autograd::record();
    y = net(weight);
  }
  y.backward();
  EXPECT_THAT(net.weight().grad().to_vector<float>(), ::testing::Each(4));
}

}  // namespace
}  // namespace gluino::gluon
