// A module that gets batches of several sizes: what it keeps, shares and shows.
#include <set>

#include "module/support.h"

namespace gluino {
namespace {

using ::testing::ElementsAreArray;
using testing::net_with_states;
using testing::pattern;

io::DataBatch batch_of(std::int64_t rows) {
  return {.data = {pattern({rows, 4}, 0)}, .label = {nd::ones({rows})}};
}

mod::Module module_for(std::int64_t rows, const mod::Contexts& contexts = {},
                       const GradReqs& grad_req = GradReq::write) {
  random::seed(3);
  mod::Module module(net_with_states(), {.context = contexts});
  module.bind({{"data", {rows, 4}}}, {{"softmax_label", {rows}}}, {.grad_req = grad_req});
  module.init_params({.initializer = init::Xavier()});
  module.init_optimizer({.optimizer_params = {{"learning_rate", 0.1}, {"rescale_grad", 0.25}}});
  return module;
}

void train(mod::Module& module, std::int64_t rows) {
  module.forward_backward(batch_of(rows));
  module.update();
}

TEST(ModuleShapes, ExecutorsOfAFewShapesAreKept) {
  mod::Module module = module_for(4);
  std::map<std::int64_t, Executor> first;
  for (int epoch = 0; epoch < 3; ++epoch) {
    for (const std::int64_t rows : {4, 4, 2, 6, 4, 3}) {
      train(module, rows);
      const Executor& now = module.executors()[0];
      EXPECT_TRUE(first.emplace(rows, now).first->second.same_as(now)) << rows;
    }
  }
}

TEST(ModuleShapes, DataThatDoNotFitTheParametersAreTold) {
  mod::Module module = module_for(4);
  const io::DataBatch wide = {.data = {pattern({4, 5}, 0)}, .label = {nd::ones({4})}};
  const auto expected = ::testing::HasSubstr(
      "the data do not fit the parameter fc1_weight of shape (3, 4), which would have to be (3, "
      "5)");
  EXPECT_THAT(testing::message_of([&] { module.forward(wide); }), expected);
  EXPECT_THAT(testing::message_of([&] {
                module.reshape({{"data", {4, 5}}}, {{"softmax_label", {4}}});
              }),
              expected);
  train(module, 4);
}

TEST(ModuleShapes, ABoundedNumberIsKept) {
  mod::Module module = module_for(1);
  std::vector<std::weak_ptr<Storage>> outputs;
  for (std::int64_t rows = 1; rows <= 30; ++rows) {
    train(module, rows);
    outputs.push_back(module.executors()[0].outputs()[0].storage());
  }
  const auto alive = std::count_if(outputs.begin(), outputs.end(),
                                   [](const auto& storage) { return !storage.expired(); });
  EXPECT_LE(alive, 6);
  EXPECT_FALSE(outputs.front().expired()) << "that of the beginning stays";
}

TEST(ModuleShapes, ShareParametersGradientsAndStates) {
  for (const mod::Contexts& contexts : {mod::Contexts(), mod::Contexts({cpu(0), cpu(1)})}) {
    mod::Module module = module_for(4, contexts);
    train(module, 4);
    const std::vector<Executor> before = module.executors();
    train(module, 2);
    for (std::size_t k = 0; k < before.size(); ++k) {
      const Executor& now = module.executors()[k];
      ASSERT_FALSE(now.same_as(before[k]));
      for (const char* name : {"fc1_weight", "fc1_bias", "bn_gamma", "bn_beta"}) {
        EXPECT_EQ(now.arg_dict().at(name).data(), before[k].arg_dict().at(name).data()) << name;
        EXPECT_EQ(now.grad_dict().at(name).data(), before[k].grad_dict().at(name).data()) << name;
      }
      for (const char* name : {"bn_moving_mean", "bn_moving_var"}) {
        EXPECT_EQ(now.aux_dict().at(name).data(), before[k].aux_dict().at(name).data()) << name;
      }
    }
  }
}

// Among batches of other sizes each step computes what a module bound for that size alone computes
// from the same parameters.
TEST(ModuleShapes, EachStepIsThatOfAModuleOfItsShape) {
  mod::Module module = module_for(4);
  for (const std::int64_t rows : {4, 2, 4, 6, 2, 4, 6}) {
    const auto [arg_params, aux_params] = module.get_params();
    mod::Module alone = module_for(rows);
    alone.set_params(arg_params, aux_params);
    train(module, rows);
    train(alone, rows);
    EXPECT_EQ(module.get_outputs()[0].to_vector<float>(),
              alone.get_outputs()[0].to_vector<float>());
    testing::expect_same_bits(module.get_params().arg_params, alone.get_params().arg_params);
    testing::expect_same_bits(module.get_params().aux_params, alone.get_params().aux_params);
  }
}

TEST(ModuleShapes, GradientsAreAddedUpOverShapes) {
  const auto gradient = [](const std::vector<std::int64_t>& sizes) {
    mod::Module module = module_for(4, {}, GradReq::add);
    for (const std::int64_t rows : sizes) module.forward_backward(batch_of(rows));
    return module.executors()[0].grad_dict().at("fc1_weight").copy();
  };
  testing::expect_near(gradient({4, 2, 4}),
                       (gradient({4}) * 2.0 + gradient({2})).to_vector<double>(), 1e-5);
}

// One line for each name and context, whatever the size of the batch.
std::vector<std::string> names_of(const std::vector<mon::Stat>& stats) {
  std::vector<std::string> names;
  for (const mon::Stat& stat : stats) names.push_back(stat.name);
  return names;
}

TEST(ModuleShapes, AMonitorSeesAllOfThem) {
  for (const mod::Contexts& contexts : {mod::Contexts(), mod::Contexts({cpu(0), cpu(1)})}) {
    mod::Module module = module_for(4, contexts);
    train(module, 2);  // known before the monitor is
    const mon::Monitor monitor({.interval = 1});
    module.install_monitor(monitor);
    const auto seen = [&](std::int64_t rows) {
      monitor.tic();
      train(module, rows);
      return names_of(monitor.toc());
    };
    const auto expected = seen(2);
    EXPECT_THAT(expected, ::testing::Contains("fc1_output"));
    EXPECT_THAT(expected, ::testing::Contains("fc1_backward_weight"));
    EXPECT_THAT(expected, ::testing::Contains("bn_moving_mean"));
    EXPECT_EQ(static_cast<std::size_t>(std::count(expected.begin(), expected.end(), "fc1_weight")),
              module.executors().size());
    for (const std::int64_t rows : {4, 2, 6, 4, 6}) {
      EXPECT_THAT(seen(rows), ElementsAreArray(expected)) << rows;
    }
    module.reshape({{"data", {8, 4}}}, {{"softmax_label", {8}}});
    EXPECT_THAT(seen(8), ElementsAreArray(expected));
    module.bind({{"data", {4, 4}}}, {{"softmax_label", {4}}}, {.force_rebind = true});
    EXPECT_THAT(seen(4), ElementsAreArray(expected));
    module.install_monitor(monitor);  // once more changes nothing
    EXPECT_THAT(seen(4), ElementsAreArray(expected));
  }
}

}  // namespace
}  // namespace gluino
