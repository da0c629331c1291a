// How a module cuts a batch over its contexts: MXNet's rule, which is not that of split_data.
#include "module/support.h"

namespace gluino {
namespace {

using testing::LogLines;

std::vector<Context> cpus(std::size_t count) {
  std::vector<Context> contexts;
  for (std::size_t i = 0; i < count; ++i) contexts.push_back(cpu(static_cast<int>(i)));
  return contexts;
}

mod::Module bound(std::int64_t size, std::size_t contexts) {
  mod::Module module(testing::small_net(), {.context = cpus(contexts)});
  module.bind({{"data", {size, 4}}}, {{"softmax_label", {size}}});
  module.init_params({.initializer = init::Xavier()});
  module.init_optimizer();
  return module;
}

// The sizes are those that MXNet 1.9.1 gives.
TEST(ModuleSlices, AreMxnets) {
  const std::vector<std::pair<std::int64_t, std::vector<std::int64_t>>> known = {
      {38, {5, 5, 5, 5, 5, 5, 5, 3}},
      {10, {2, 2, 2, 4}},
      {7, {4, 3}},
      {5, {2, 3}},
      {9, {2, 2, 2, 3}},
      {20, {7, 7, 6}},
      {11, {3, 3, 3, 2}},
      {14, {4, 4, 4, 2}},
      {16, {4, 4, 4, 4}}};
  for (const auto& [size, expected] : known) {
    mod::Module module = bound(size, expected.size());
    module.forward({.data = {testing::pattern({size, 4}, 0)}, .label = {}}, false);
    std::vector<std::int64_t> found;
    const auto outputs = module.get_outputs_per_context();
    for (const NDArray& part : outputs[0]) found.push_back(part.shape()[0]);
    EXPECT_EQ(found, expected) << size;
  }
  EXPECT_THROW(bound(6, 4), Error);
  EXPECT_THROW(bound(3, 5), Error);
}

// Parts of any size weigh what they hold.
TEST(ModuleSlices, TrainAsOneContextDoes) {
  const LogLines log;
  for (const std::size_t contexts : {2U, 3U, 8U}) {
    mod::Module one = bound(38, 1);
    mod::Module several = bound(38, contexts);
    const model::Params begin = one.get_params();
    several.set_params(begin.arg_params, begin.aux_params);
    std::vector<float> labels(38);
    for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<float>(i % 2);
    const io::DataBatch batch{.data = {testing::pattern({38, 4}, 0)},
                              .label = {nd::from(labels, {38})}};
    for (mod::Module* module : {&one, &several}) {
      for (int step = 0; step < 3; ++step) module->train_step(batch);
    }
    const auto found = several.get_params().arg_params;
    for (const auto& [name, array] : one.get_params().arg_params) {
      testing::expect_near(found.at(name), array.to_vector<double>(), 1e-5);
    }
    testing::expect_near(several.get_outputs()[0], one.get_outputs()[0].to_vector<double>(), 1e-5);
  }
}

}  // namespace
}  // namespace gluino
