// Networks on several contexts: how a batch is cut, what a file holds of copies that differ, and
// copies that must not.
#include <gluino/gluon/symbol_block.h>
#include <gluino/ops/elementwise/copies.h>

#include <filesystem>
#include <functional>
#include <numeric>

#include "gluon/support.h"

namespace gluino {
namespace {

namespace nn = gluon::nn;
using ::testing::ElementsAre;
using testing::expect_near;
using ::testing::HasSubstr;
using testing::message_of;
using testing::pattern;
using testing::TemporaryFile;

using Contexts = std::vector<Context>;

Contexts cpus(int count) {
  Contexts contexts;
  for (int i = 0; i < count; ++i) contexts.push_back(cpu(i));
  return contexts;
}

std::vector<std::int64_t> sizes(const std::vector<NDArray>& parts, int axis) {
  std::vector<std::int64_t> found;
  for (const NDArray& part : parts) found.push_back(part.shape()[axis]);
  return found;
}

// MXNet 1.9.1 cuts 38 rows into 5 5 5 5 5 5 4 4, and 3 rows into 1 1 1 0 0.
TEST(SplitData, SizesDifferByOneAtMostTheLargerFirst) {
  for (std::int64_t size = 0; size <= 60; ++size) {
    for (int count = 1; count <= 9; ++count) {
      for (const int axis : {0, 1, -1}) {
        SCOPED_TRACE(str(size, " over ", count, " along ", axis));
        const NDArray data = pattern(axis == 0 ? Shape{size, 2} : Shape{2, size}, 0);
        const auto parts =
            gluon::utils::split_data(data, count, {.batch_axis = axis, .even_split = false});
        const auto found = sizes(parts, axis == 0 ? 0 : 1);
        EXPECT_EQ(std::accumulate(found.begin(), found.end(), std::int64_t{0}), size);
        EXPECT_TRUE(std::is_sorted(found.rbegin(), found.rend()));
        EXPECT_LE(found.front() - found.back(), 1);
        const NDArray whole = nd::concat(parts, {.dim = axis == 0 ? 0 : 1});
        EXPECT_TRUE(ops::same_bits(whole, data));
      }
    }
  }
  EXPECT_THAT(sizes(gluon::utils::split_data(pattern({38, 1}, 0), 8, {.even_split = false}), 0),
              ElementsAre(5, 5, 5, 5, 5, 5, 4, 4));
  EXPECT_THAT(sizes(gluon::utils::split_data(pattern({3, 1}, 0), 5, {.even_split = false}), 0),
              ElementsAre(1, 1, 1, 0, 0));
  EXPECT_THROW(gluon::utils::split_data(pattern({3, 1}, 0), 5), Error);
  EXPECT_THROW(gluon::utils::split_data(pattern({3, 1}, 0), 0, {.even_split = false}), Error);
}

nn::HybridSequential network() {
  random::seed(3);
  nn::HybridSequential net("net_");
  const auto scope = net.name_scope();
  net.add(nn::Dense({.units = 5, .activation = "tanh", .in_units = 4}),
          nn::Dense({.units = 3, .in_units = 5}));
  return net;
}

// One step on `rows` samples, cut over the contexts where the parameters are now.
void train(gluon::Block& net, gluon::Trainer& trainer, int step, std::int64_t rows = 7) {
  gluon::loss::L2Loss loss;
  const gluon::Parameter any = *net.collect_params().begin();
  const auto load = [&](const NDArray& data) {
    return gluon::utils::split_and_load(data.astype(any.dtype()), any.list_ctx(),
                                        {.even_split = false});
  };
  const auto x = load(pattern({rows, 4}, step));
  const auto y = load(pattern({rows, 3}, step + 5));
  std::vector<NDArray> losses;
  {
    const auto recording = autograd::record();
    for (std::size_t i = 0; i < x.size(); ++i) losses.push_back(loss(net(x[i]), y[i]));
  }
  autograd::backward(losses);
  trainer.step(static_cast<double>(rows));
}

void expect_close(const gluon::Block& net, const gluon::Block& other, double tolerance = 1e-5) {
  const auto expected = other.structural_params();
  const auto found = net.structural_params();
  for (std::size_t i = 0; i < found.size(); ++i) {
    SCOPED_TRACE(expected[i].first);
    expect_near(found[i].second.data(), expected[i].second.data().to_vector<double>(), tolerance);
  }
}

void expect_alike(const gluon::Block& net) {
  for (const gluon::Parameter& parameter : net.collect_params()) {
    for (const NDArray& copy : parameter.list_data()) {
      EXPECT_TRUE(ops::same_bits(copy, parameter.data()))
          << parameter.name() << " on " << copy.context();
    }
  }
}

const std::vector<std::pair<std::string, std::map<std::string, double>>>& optimizers() {
  static const std::vector<std::pair<std::string, std::map<std::string, double>>> kAll = {
      {"sgd", {{"learning_rate", 0.1}, {"wd", 0.01}}},
      {"sgd", {{"learning_rate", 0.1}, {"momentum", 0.9}}},
      {"nag", {{"learning_rate", 0.1}, {"momentum", 0.9}}},
      {"adam", {{"learning_rate", 0.01}}},
      {"rmsprop", {{"learning_rate", 0.01}}},
      {"adagrad", {{"learning_rate", 0.1}}}};
  return kAll;
}

// Parts of different sizes, some of them empty, weigh what they hold.
TEST(SeveralContexts, TrainAsOneOnPartsOfAnySize) {
  for (const std::int64_t rows : {38, 7, 3}) {
    auto one = network();
    one.initialize(init::Xavier());
    auto many = network();
    many.initialize(init::Xavier(), cpus(8));
    gluon::Trainer single(one.collect_params(), "sgd", {{"learning_rate", 0.1}});
    gluon::Trainer several(many.collect_params(), "sgd", {{"learning_rate", 0.1}});
    for (int step = 0; step < 3; ++step) {
      train(one, single, step, rows);
      train(many, several, step, rows);
    }
    expect_close(many, one);
    expect_alike(many);
  }
}

// What may happen to a network in the midst of its training. `same` says whether the numbers must
// be those of a training to which nothing has happened.
struct Change {
  std::string name;
  std::function<void(gluon::Block&, gluon::Trainer&, const std::string& path)> make;
  bool same = true;
};

Change moved_to(const Contexts& contexts) {
  std::string name = "moved to";
  for (const Context& context : contexts) name = str(name, " ", context);
  return {name, [contexts](gluon::Block& net, gluon::Trainer&, const std::string&) {
            net.collect_params().reset_ctx(contexts);
          }};
}

std::vector<Change> changes() {
  using gluon::Block;
  using gluon::Trainer;
  return {
      moved_to({cpu(0), cpu(1)}),
      moved_to({cpu(1), cpu(0)}),
      moved_to({cpu(2)}),
      moved_to({cpu(0)}),
      moved_to({cpu(3), cpu(0), cpu(1)}),
      {"cast to float64", [](Block& net, Trainer&, const std::string&) { net.cast(float64); }},
      {"cast to float64 and back",
       [](Block& net, Trainer&, const std::string&) {
         net.cast(float64);
         net.cast(float32);
       }},
      {"initialized anew",
       [](Block& net, Trainer&, const std::string&) {
         net.initialize(init::Xavier(), cpus(2), true);
       },
       false},
      {"saved and loaded",
       [](Block& net, Trainer&, const std::string& path) {
         net.save_parameters(path);
         net.load_parameters(path);
       }},
      {"states saved and loaded",
       [](Block&, Trainer& trainer, const std::string& path) {
         trainer.save_states(path);
         trainer.load_states(path);
       }},
      {"states saved, moved, loaded",
       [](Block& net, Trainer& trainer, const std::string& path) {
         trainer.save_states(path);
         net.collect_params().reset_ctx({cpu(1), cpu(2)});
         trainer.load_states(path);
       }},
      {"requests changed and changed back",
       [](Block& net, Trainer&, const std::string&) {
         net.collect_params().set_grad_req(GradReq::null);
         net.collect_params().set_grad_req(GradReq::write);
       }},
      {"gradients set to zero",
       [](Block& net, Trainer&, const std::string&) { net.collect_params().zero_grad(); }},
      {"one copy written over",
       [](Block& net, Trainer&, const std::string&) {
         net.collect_params().begin()->list_data().back().assign(1);
       },
       false},
  };
}

TEST(SeveralContexts, CopiesStayAlikeWhateverHappensInMidTraining) {
  const TemporaryFile file;
  for (const auto& [name, options] : optimizers()) {
    for (const Contexts& contexts : {cpus(1), cpus(2)}) {
      auto untouched = network();
      untouched.initialize(init::Xavier(), contexts);
      gluon::Trainer going(untouched.collect_params(), name, options);
      for (int step = 0; step < 6; ++step) train(untouched, going, step);
      for (const Change& change : changes()) {
        SCOPED_TRACE(str(name, " on ", contexts.size(), " contexts, ", change.name));
        auto net = network();
        net.initialize(init::Xavier(), contexts);
        gluon::Trainer trainer(net.collect_params(), name, options);
        for (int step = 0; step < 3; ++step) train(net, trainer, step);
        change.make(net, trainer, file.path());
        for (int step = 3; step < 6; ++step) train(net, trainer, step);
        expect_alike(net);
        if (change.same) expect_close(net, untouched, name == "rmsprop" ? 1e-3 : 1e-4);
      }
    }
  }
}

// A context that got no samples, and no backward, gives nothing to the sum.
TEST(SeveralContexts, ContextsWithoutABackwardAreLeftOutIfAsked) {
  auto one = network();
  one.initialize(init::Xavier());
  auto two = network();
  two.initialize(init::Xavier(), cpus(2));
  gluon::Trainer single(one.collect_params(), "sgd", {{"learning_rate", 0.1}});
  gluon::Trainer both(two.collect_params(), "sgd", {{"learning_rate", 0.1}});
  train(two, both, 0);
  train(one, single, 0);
  for (auto* net : {&one, &two}) {
    const auto recording = autograd::record();
    (*net)(pattern({2, 4}, 1)).backward();
  }
  EXPECT_THAT(message_of([&] { both.step(2); }), HasSubstr("on cpu(1) is none of a backward"));
  both.step(2, true);
  single.step(2);
  expect_close(two, one);
  expect_alike(two);
}

// The halves of a step, by hand.
TEST(SeveralContexts, AnUpdateNeedsGradientsThatAreAlike) {
  auto net = network();
  net.initialize(init::Xavier(), cpus(2));
  gluon::Trainer trainer(net.collect_params(), "sgd", {{"learning_rate", 0.1}});
  const NDArray before = (*net.collect_params().begin()).data().copy();
  for (const Context& context : cpus(2)) {
    const auto recording = autograd::record();
    net(pattern({2, 4}, context.id).as_in_context(context)).backward();
  }
  EXPECT_THAT(message_of([&] { trainer.update(4); }), HasSubstr("call allreduce_grads()"));
  EXPECT_TRUE(ops::same_bits((*net.collect_params().begin()).data(), before));
  trainer.allreduce_grads();
  trainer.update(4);
  EXPECT_FALSE(ops::same_bits((*net.collect_params().begin()).data(), before));
  expect_alike(net);
}

// Two contexts whose batches differ, so that their running statistics do.
nn::HybridSequential with_statistics(const Contexts& contexts) {
  random::seed(3);
  nn::HybridSequential net("bn_");
  const auto scope = net.name_scope();
  net.add(nn::Dense({.units = 3, .in_units = 4}), nn::BatchNorm({.in_channels = 3}));
  net.initialize(init::Xavier(), contexts);
  net.hybridize();
  for (const Context& context : contexts) {
    const auto training = autograd::train_mode();
    net((pattern({6, 4}, context.id) * (context.id + 1)).as_in_context(context));
  }
  return net;
}

std::vector<double> mean_of(const gluon::Parameter& parameter) {
  std::vector<double> mean(static_cast<std::size_t>(parameter.shape().size()));
  for (const NDArray& copy : parameter.list_data()) {
    const auto values = copy.to_vector<double>();
    for (std::size_t i = 0; i < mean.size(); ++i) {
      mean[i] += values[i] / static_cast<double>(parameter.list_data().size());
    }
  }
  return mean;
}

TEST(SeveralContexts, FilesAndCopiesHoldTheMeanOfRunningStatistics) {
  const TemporaryFile file;
  for (const int count : {1, 2, 3}) {
    SCOPED_TRACE(count);
    auto net = with_statistics(cpus(count));
    const auto params = net.collect_params();
    std::map<std::string, std::vector<double>> expected;
    for (const auto& [name, parameter] : net.structural_params())
      expected[name] = mean_of(parameter);
    const auto& mean = params["batchnorm0_running_mean"];
    EXPECT_EQ(ops::same_bits(mean.list_data()[0], mean.list_data().back()), count == 1);

    net.save_parameters(file.path());
    for (const auto& [name, array] : nd::load(file.path())) expect_near(array, expected.at(name));

    net(pattern({2, 4}, 0));
    const auto [symbol, exported] = net.export_model(file.path());
    for (const auto& [name, array] : nd::load(exported)) {
      expect_near(array, mean_of(params[name.substr(4)]));
    }
    const NDArray x = pattern({5, 4}, 7);
    auto imported = gluon::SymbolBlock::imports(symbol, {"data"}, exported);
    const NDArray y = imported(x);
    std::filesystem::remove(symbol);
    std::filesystem::remove(exported);
    expect_near(net.freeze(x)(x), y.to_vector<double>(), 1e-5);

    net.collect_params().reset_ctx({cpu(2), cpu(0)});
    expect_near(net(x), y.to_vector<double>(), 1e-5);
    for (const auto& [name, parameter] : net.structural_params()) {
      expect_near(parameter.data(cpu(2)), expected.at(name));
    }
  }
}

TEST(SeveralContexts, EachKeepsItsStatisticsWhenCast) {
  auto net = with_statistics(cpus(2));
  const auto mean = net.collect_params()["batchnorm0_running_mean"];
  const auto second = mean.data(cpu(1)).to_vector<double>();
  net.cast(float64);
  EXPECT_EQ(mean.data(cpu(1)).to_vector<double>(), second);
}

// Dividing a sum of equal numbers need not give them back.
TEST(SeveralContexts, EqualCopiesKeepTheirBits) {
  random::seed(1);
  for (const DType dtype : {float32, float16, float64}) {
    for (const int count : {2, 3, 5, 7}) {
      nn::Dense layer({.units = 50, .in_units = 50});
      layer.initialize(init::Normal(3e-4), cpus(count));
      layer.cast(dtype);
      EXPECT_TRUE(ops::same_bits(layer.weight().reduce(), layer.weight().data()));
    }
  }
  EXPECT_THROW(ops::mean_of_copies({}), Error);
}

TEST(SeveralContexts, AContextIsGivenOnce) {
  nn::Dense layer({.units = 1, .in_units = 1});
  EXPECT_THAT(message_of([&] {
                layer.initialize(init::One(), {cpu(0), cpu(1), cpu(0)});
              }),
              HasSubstr("expected each context once, got cpu(0) twice"));
  EXPECT_FALSE(layer.weight().is_initialized());
}

}  // namespace
}  // namespace gluino
