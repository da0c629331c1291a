// What a module shares with the arrays that a user holds: nothing.
#include "module/support.h"

namespace gluino {
namespace {

using testing::expect_same_bits;
using testing::LogLines;
using testing::TemporaryFolder;

mod::Module bound(const Symbol& symbol, const std::vector<Context>& contexts) {
  mod::Module module(symbol, {.context = contexts});
  const io::NDArrayIter data = testing::ten_in_fours();
  module.bind(data.provide_data(), data.provide_label());
  return module;
}

ArrayMap copies(const ArrayMap& arrays) {
  ArrayMap result;
  for (const auto& [name, array] : arrays) result[name] = array.copy();
  return result;
}

void spoil(const model::Params& params) {
  for (const auto* arrays : {&params.arg_params, &params.aux_params}) {
    for (const auto& [name, array] : *arrays) array.assign(9);
  }
}

TEST(ModuleSharing, ParametersGoInAndOutAsCopies) {
  const LogLines log;
  for (const std::vector<Context>& contexts : {std::vector{cpu(0)}, {cpu(0), cpu(1)}}) {
    mod::Module first = bound(testing::net_with_states(), contexts);
    first.init_params({.initializer = init::Xavier()});
    const model::Params taken = first.get_params();
    const ArrayMap arg = copies(taken.arg_params);
    const ArrayMap aux = copies(taken.aux_params);
    mod::Module set = bound(testing::net_with_states(), contexts);
    set.set_params(taken.arg_params, taken.aux_params);
    mod::Module given = bound(testing::net_with_states(), contexts);
    given.init_params({.arg_params = taken.arg_params, .aux_params = taken.aux_params});
    spoil(taken);
    for (const mod::Module& module : {first, set, given}) {
      expect_same_bits(module.get_params().arg_params, arg);
      expect_same_bits(module.get_params().aux_params, aux);
    }
  }
}

TEST(ModuleSharing, ParametersThatWaitForBindAreCopiedToo) {
  const LogLines log;
  const TemporaryFolder folder;
  mod::Module saved = bound(testing::net_with_states(), {cpu()});
  saved.init_params({.initializer = init::Xavier()});
  saved.save_checkpoint(folder.path("net"), 1);
  mod::Module loaded = mod::Module::load(folder.path("net"), 1);
  spoil(loaded.get_params());
  const io::NDArrayIter data = testing::ten_in_fours();
  loaded.bind(data.provide_data(), data.provide_label());
  expect_same_bits(loaded.get_params().arg_params, saved.get_params().arg_params);
  expect_same_bits(loaded.get_params().aux_params, saved.get_params().aux_params);
}

// Copies that have drifted, as running statistics do, become one, exactly what they were if alike.
TEST(ModuleSharing, OfSeveralContextsTheMeanIsGiven) {
  mod::Module module = bound(testing::net_with_states(), {cpu(0), cpu(1)});
  module.init_params({.initializer = init::Xavier()});
  const auto& executors = module.executors();
  for (const char* name : {"bn_moving_mean", "bn_moving_var"}) {
    executors[0].aux_dict().at(name).assign(1);
    executors[1].aux_dict().at(name).assign(2);
  }
  executors[1].arg_dict().at("fc1_bias").assign(3);
  const model::Params params = module.get_params();
  EXPECT_EQ(params.aux_params.at("bn_moving_mean").to_vector<float>(),
            (std::vector<float>{1.5, 1.5, 1.5}));
  EXPECT_EQ(params.arg_params.at("fc1_bias").to_vector<float>(),
            (std::vector<float>{1.5, 1.5, 1.5}));
  EXPECT_EQ(params.arg_params.at("fc1_weight").to_vector<float>(),
            executors[0].arg_dict().at("fc1_weight").to_vector<float>());
}

}  // namespace
}  // namespace gluino
