// What was moved from is as usable as what was copied from.
#include <gluino/gluino.h>
#include <gtest/gtest.h>

#include <utility>

namespace gluino {
namespace {

// NOLINTBEGIN(bugprone-use-after-move): that is what they are about

TEST(MovedFrom, ModulesModelsAndExecutorsAreTheSame) {
  const Symbol net = sym::SoftmaxOutput(
      sym::FullyConnected(sym::var("data"), {.num_hidden = 2}, "fc"), {}, "softmax");
  mod::Module module(net);
  mod::Module taken = std::move(module);
  taken.bind({{"data", {4, 3}}});
  EXPECT_TRUE(module.binded());
  Executor executor = net.simple_bind(cpu(), {{"data", {4, 3}}});
  const Executor other = std::move(executor);
  EXPECT_TRUE(executor.same_as(other));
  executor.forward();
  model::FeedForward model(net, {.num_epoch = 1});
  const model::FeedForward same = std::move(model);
  EXPECT_EQ(model.symbol().tojson(), same.symbol().tojson());
}

// NOLINTEND(bugprone-use-after-move)

}  // namespace
}  // namespace gluino
