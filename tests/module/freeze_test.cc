#include <gmock/gmock.h>

#include "module/support.h"

namespace gluino {
namespace {

using ::testing::ElementsAre;
using testing::expect_same_bits;
using ::testing::HasSubstr;
using testing::message_of;

Symbol classifier() {
  const auto hidden = sym::FullyConnected(sym::var("data"), {.num_hidden = 8}, "fc1");
  const auto kept = sym::Dropout(sym::relu(hidden), {.p = 0.5});
  return sym::SoftmaxOutput(sym::FullyConnected(kept, {.num_hidden = 3}, "fc2"), {}, "softmax");
}

TEST(ModuleFreeze, GivesTheModulesPredictionsWithoutLabels) {
  mod::Module module(classifier());
  module.bind({{"data", {6, 4}}}, {{"softmax_label", {6}}});
  module.init_params({.initializer = init::Xavier()});
  const NDArray x = nd::random::uniform({.shape = {6, 4}});
  const FrozenGraph frozen = module.freeze();
  EXPECT_THAT(frozen.inputs(), ElementsAre("data"));
  expect_same_bits({{"y", frozen(x)}}, {{"y", module.predict(x)}});
}

TEST(ModuleFreeze, ReadsItsCheckpoint) {
  mod::Module module(classifier());
  module.bind({{"data", {6, 4}}}, {{"softmax_label", {6}}});
  module.init_params({.initializer = init::Xavier()});
  const NDArray x = nd::random::uniform({.shape = {6, 4}});
  const std::string prefix = ::testing::TempDir() + "module_freeze_test";
  const testing::LogLines log;
  module.save_checkpoint(prefix, 3);
  expect_same_bits({{"y", model::load_frozen(prefix, 3)(x)}}, {{"y", module.predict(x)}});
}

TEST(ModuleFreeze, NeedsParameters) {
  const mod::Module module(classifier());
  EXPECT_THAT(message_of([&] { module.freeze(); }), HasSubstr("init_params"));
}

}  // namespace
}  // namespace gluino
