// The optimizer's settings, changed after init_optimizer: as if they had been so from there on.
#include <functional>

#include "module/support.h"

namespace gluino {
namespace {

using testing::LogLines;
using testing::TemporaryFolder;

mod::Module bound(const std::vector<Context>& contexts) {
  mod::Module module(testing::small_net(), {.context = contexts});
  const io::NDArrayIter data = testing::ten_in_fours();
  module.bind(data.provide_data(), data.provide_label());
  return module;
}

void train(mod::Module& module, int batches) {
  io::NDArrayIter data = testing::ten_in_fours();
  io::DataBatch batch;
  for (int i = 0; i < batches; ++i) {
    ASSERT_TRUE(data.next(batch));
    module.train_step(batch);
  }
}

using Options = mod::OptimizerParams;
const Options kBefore = {{"learning_rate", 0.1}, {"momentum", 0.9}, {"wd", 0.01}};

struct Setting {
  const char* name;
  double value;
  std::function<void(optimizer::Optimizer&, double)> change;
};

std::vector<Setting> settings() {
  using optimizer::Optimizer;
  return {
      {"learning_rate", 0.3, [](Optimizer& o, double value) { o.set_learning_rate(value); }},
      {"wd", 0.5, [](Optimizer& o, double value) { o.set_wd(value); }},
      {"rescale_grad", 0.7, [](Optimizer& o, double value) { o.set_rescale_grad(value); }},
      {"clip_gradient", 0.01, [](Optimizer& o, double value) { o.set_clip_gradient(value); }},
  };
}

TEST(ModuleOptimizerSettings, HoldFromTheNextUpdateOn) {
  const LogLines log;
  const TemporaryFolder folder;
  for (const std::vector<Context>& contexts : {std::vector{cpu(0)}, {cpu(0), cpu(1)}}) {
    for (const Setting& setting : settings()) {
      SCOPED_TRACE(str(setting.name, " on ", contexts.size(), " contexts"));
      mod::Module changed = bound(contexts);
      changed.init_params({.initializer = init::Xavier()});
      changed.init_optimizer({.optimizer_params = kBefore});
      train(changed, 2);
      const model::Params params = changed.get_params();
      changed.save_optimizer_states(folder.path("states"));

      mod::Module made_so = bound(contexts);
      made_so.set_params(params.arg_params, params.aux_params);
      Options options = kBefore;
      options[setting.name] = setting.value;
      made_so.init_optimizer({.optimizer_params = options});
      made_so.load_optimizer_states(folder.path("states"));

      setting.change(changed.optimizer(), setting.value);
      train(changed, 2);
      train(made_so, 2);
      testing::expect_same_bits(changed.get_params().arg_params, made_so.get_params().arg_params);
      EXPECT_NE(changed.get_params().arg_params.at("fc1_weight").to_vector<float>(),
                params.arg_params.at("fc1_weight").to_vector<float>());
    }
  }
}

// Multipliers by the parameters' names: what has a rate of 0 stays.
TEST(ModuleOptimizerSettings, MultipliersHoldFromTheNextUpdateOn) {
  const LogLines log;
  mod::Module module = bound({cpu()});
  module.init_params({.initializer = init::Xavier()});
  module.init_optimizer({.optimizer_params = {{"learning_rate", 0.1}}});
  train(module, 1);
  const auto before = module.get_params().arg_params;
  module.optimizer().set_lr_mult({{"fc1_weight", 0}});
  train(module, 1);
  const auto after = module.get_params().arg_params;
  EXPECT_EQ(after.at("fc1_weight").to_vector<float>(), before.at("fc1_weight").to_vector<float>());
  EXPECT_NE(after.at("fc2_weight").to_vector<float>(), before.at("fc2_weight").to_vector<float>());
}

// States and counts of updates go on wherever the module is bound.
TEST(ModuleOptimizerSettings, StatesFollowToAnotherContext) {
  const LogLines log;
  const TemporaryFolder folder;
  for (const char* name : {"sgd", "adam"}) {
    mod::Module stayed = bound({cpu(0)});
    stayed.init_params({.initializer = init::Xavier()});
    stayed.init_optimizer({.optimizer = name});
    train(stayed, 2);
    stayed.save_checkpoint(folder.path("net"), 1, true);
    mod::Module moved = mod::Module::load(folder.path("net"), 1,
                                          {.load_optimizer_states = true, .context = cpu(1)});
    const io::NDArrayIter data = testing::ten_in_fours();
    moved.bind(data.provide_data(), data.provide_label());
    moved.init_optimizer({.optimizer = name});
    train(stayed, 2);
    train(moved, 2);
    testing::expect_same_bits(moved.get_params().arg_params, stayed.get_params().arg_params);
  }
}

// States of another optimizer would be begun anew without a word.
TEST(ModuleOptimizerSettings, StatesOfAnotherOptimizerAreRefused) {
  const LogLines log;
  const TemporaryFolder folder;
  for (const auto& [from, to] : {std::pair("sgd", "adam"), std::pair("adam", "sgd")}) {
    mod::Module module = bound({cpu()});
    module.init_params({.initializer = init::Xavier()});
    module.init_optimizer({.optimizer = from});
    train(module, 1);
    module.save_optimizer_states(folder.path("states"));
    module.init_optimizer({.optimizer = to, .force_init = true});
    EXPECT_THAT(testing::message_of([&] { module.load_optimizer_states(folder.path("states")); }),
                ::testing::ContainsRegex("states: expected . states of fc1_weight"));
  }
}

}  // namespace
}  // namespace gluino
