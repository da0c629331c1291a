#include <gluino/gluon/symbol_block.h>
#include <gluino/gluon/trainer.h>
#include <gluino/ndarray/params.h>

#include "module/support.h"

// With fix_gamma gamma is 1, whatever weight decay does and in whatever file it stands.
namespace gluino {
namespace {

using mod::Module;
using testing::TemporaryFolder;

Symbol net_with_fixed_gamma() {
  const Symbol fc = sym::FullyConnected(sym::var("data"), {.num_hidden = 3}, "fc");
  const Symbol bn = sym::BatchNorm(fc, {.fix_gamma = true}, "bn");
  return sym::SoftmaxOutput(sym::Activation(bn, {.act_type = "tanh"}), {}, "softmax");
}

const std::vector<float> kOnes(3, 1.0F);

TEST(FixedGamma, OfAModuleIsOneInItsParametersAndFiles) {
  const TemporaryFolder folder;
  testing::LogLines quiet;
  Module module(net_with_fixed_gamma());
  io::NDArrayIter data = testing::ten_in_fours();
  module.bind(data.provide_data(), data.provide_label());
  module.init_params();
  model::Params before = module.get_params();
  before.arg_params.at("bn_gamma") = nd::array({0.5, 2, -3});
  module.set_params(before.arg_params, before.aux_params);
  // Two times three updates.
  module.fit(data, {.optimizer_params = {{"learning_rate", 0.5}, {"wd", 0.1}}, .num_epoch = 2});
  const ArrayMap params = module.get_params().arg_params;
  EXPECT_EQ(params.at("bn_gamma").to_vector<float>(), kOnes);
  EXPECT_NE(params.at("fc_weight").to_vector<float>(),
            before.arg_params.at("fc_weight").to_vector<float>());
  module.save_checkpoint(folder.path("net"), 1);
  const ArrayMap saved = model::load_checkpoint(folder.path("net"), 1).arg_params;
  EXPECT_EQ(saved.at("bn_gamma").to_vector<float>(), kOnes);
}

TEST(FixedGamma, OfASymbolBlockIsOneInItsFile) {
  const TemporaryFolder folder;
  for (const bool hybridized : {false, true}) {
    const Symbol fc = sym::FullyConnected(sym::var("data"), {.num_hidden = 3}, "fc");
    const Symbol bn = sym::BatchNorm(fc, {.fix_gamma = true}, "bn");
    gluon::SymbolBlock net(bn, {"data"});
    net.initialize();
    if (hybridized) net.hybridize();
    gluon::Trainer trainer(net.collect_params(), "sgd", {{"learning_rate", 0.5}, {"wd", 0.1}});
    for (int update = 0; update < 6; ++update) {
      NDArray y;
      {
        const auto recording = autograd::record();
        y = net(testing::ten_samples());
      }
      y.backward();
      trainer.step(10);
    }
    EXPECT_EQ(net.collect_params()["bn_gamma"].data().to_vector<float>(), kOnes);
  }
}

// A gamma that another BatchNorm learns is not fixed.
TEST(FixedGamma, ThatIsSharedWithALearntOneIsTrained) {
  const Symbol gamma = sym::var("gamma");
  const auto norm = [&](const Symbol& x, bool fix, const char* name) {
    const std::string prefix = name;
    return sym::BatchNorm(x, gamma, sym::var(prefix + "_beta"), sym::var(prefix + "_mean"),
                          sym::var(prefix + "_var"), {.fix_gamma = fix}, name);
  };
  const Symbol x = sym::var("data");
  EXPECT_EQ(norm(x, true, "a").list_arguments_fixed_at_one(), std::vector<std::string>{"gamma"});
  EXPECT_TRUE(norm(x, false, "a").list_arguments_fixed_at_one().empty());
  EXPECT_TRUE((norm(x, true, "a") + norm(x, false, "b")).list_arguments_fixed_at_one().empty());
}

// The operator takes gamma for 1 and leaves the array alone: whoever else reads it gets what it
// holds, before and after, eagerly and in a graph, whether it is a variable or computed.
TEST(FixedGamma, IsNotWrittenTo) {
  const NDArray held = nd::array({0.5, 2});
  for (const bool computed : {false, true}) {
    const auto program = [&](const auto& op, const auto& x, const auto& g, const auto& zero,
                             const auto& one) {
      const auto gamma = computed ? g * 1.0 : g;
      const auto before = gamma * gamma;
      return ops::broadcast_add(op(x, gamma, zero, one), before + gamma);
    };
    const NDArray gamma = held.copy();
    gamma.attach_grad();
    NDArray y;
    {
      const auto recording = autograd::record();
      y = program([](const NDArray& x, const NDArray& g, const NDArray& zero,
                     const NDArray& one) { return nd::BatchNorm(x, g, zero, zero.copy(), one); },
                  nd::zeros({3, 2}), gamma, nd::zeros({2}), nd::ones({2}));
    }
    y.backward();
    EXPECT_EQ(y.to_vector<float>(), (std::vector<float>{0.75, 6, 0.75, 6, 0.75, 6}));
    EXPECT_EQ(gamma.grad().to_vector<float>(), (std::vector<float>{6, 15}));
    EXPECT_EQ(gamma.to_vector<float>(), held.to_vector<float>());

    const Symbol bound = program(
        [](const Symbol& x, const Symbol& g, const Symbol& zero, const Symbol& one) {
          return sym::BatchNorm(x, g, zero, sym::var("mean"), one, {}, "bn");
        },
        sym::var("x"), sym::var("g"), sym::var("zero"), sym::var("one"));
    const Executor executor = bound.simple_bind(
        cpu(), {{"x", {3, 2}}, {"g", {2}}, {"zero", {2}}, {"one", {2}}}, GradReq::write);
    executor.arg_dict().at("g").assign(held);
    executor.arg_dict().at("zero").assign(0.0);
    executor.aux_dict().at("one").assign(1.0);
    EXPECT_EQ(executor.forward(true)[0].to_vector<float>(), y.to_vector<float>());
    executor.backward({nd::ones({3, 2})});
    EXPECT_EQ(executor.grad_dict().at("g").to_vector<float>(), gamma.grad().to_vector<float>());
    EXPECT_EQ(executor.arg_dict().at("g").to_vector<float>(), held.to_vector<float>());
  }
}

}  // namespace
}  // namespace gluino
