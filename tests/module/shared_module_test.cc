// Modules for sequences of several lengths that are bound with the arrays of one. The numbers are
// those of MXNet 1.9.1's BucketingModule.
#include "module/support.h"

namespace gluino {
namespace {

using ::testing::HasSubstr;
using testing::message_of;
using testing::pattern;

// The same for any length; `early` lists the first layer's bias before its weight.
Symbol sums(bool early = false) {
  const Symbol data = sym::var("data");
  Symbol x =
      sym::FullyConnected(data, {.num_hidden = 3, .no_bias = early, .flatten = false}, "fc1");
  if (early) x = sym::broadcast_add(sym::var("fc1_bias", {.shape = {3}}), x);
  const Symbol h = sym::sum(sym::Activation(x, {.act_type = "tanh"}), {.axis = {1}});
  return sym::SoftmaxOutput(sym::FullyConnected(h, {.num_hidden = 2}, "fc2"), {}, "softmax");
}

mod::Module ready() {
  mod::Module first(sums());
  first.bind({{"data", {4, 4, 2}}}, {{"softmax_label", {4}}});
  first.init_params({.arg_params = ArrayMap{{"fc1_weight", pattern({3, 2}, 0)},
                                            {"fc1_bias", pattern({3}, 1)},
                                            {"fc2_weight", pattern({2, 3}, 2)},
                                            {"fc2_bias", pattern({2}, 3)}}});
  return first;
}

mod::Module sharing(const mod::Module& first, const Symbol& symbol, std::int64_t length) {
  mod::Module module(symbol);
  module.bind({{"data", {4, length, 2}}}, {{"softmax_label", {4}}}, {.shared_module = &first});
  return module;
}

TEST(SharedModule, BucketsTrainTheSameParametersWithOneMomentum) {
  for (const bool fused : {false, true}) {
    mod::Module four = ready();
    four.init_optimizer({.optimizer_params = {{"learning_rate", 0.1}, {"momentum", 0.9}}});
    mod::Module two = sharing(four, sums(), 2);
    mod::Module three = sharing(four, sums(true), 3);  // whose parameters come in another order
    ASSERT_NE(three.symbol().list_arguments(), four.symbol().list_arguments());
    int step = 0;
    for (mod::Module* module : {&four, &two, &three, &two}) {
      const io::DataBatch batch{
          .data = {pattern(module->data_shapes()[0].shape, step++)},
          .label = {nd::array({0, 1, 1, 0})},
      };
      if (fused) {
        module->train_step(batch);
        continue;
      }
      module->forward_backward(batch);
      module->update();
    }
    for (const mod::Module& module : {four, two, three}) {
      testing::expect_params(
          module.get_params().arg_params,
          {{"fc1_bias", {-1.1499642, -0.0011768, 0.2739325}},
           {"fc1_weight", {-1.605896, -0.3933997, 0.7122127, -1.2346792, -0.3176799, 1.5474526}},
           {"fc2_bias", {-0.7448539, 0.8386039}},
           {"fc2_weight", {-0.5088258, 0.6758346, 0.783982, -0.9286741, 0.1991655, -0.7527322}}});
    }
  }
}

TEST(SharedModule, SharesGradientsAndStatesButNoInputs) {
  const testing::LogLines log;
  mod::Module first(testing::net_with_states());
  const io::NDArrayIter data = testing::ten_in_fours();
  first.bind(data.provide_data(), data.provide_label());
  first.init_params();
  mod::Module other(testing::net_with_states());
  other.bind({{"data", {2, 4}}}, {{"softmax_label", {2}}}, {.shared_module = &first});
  EXPECT_TRUE(other.params_initialized());
  EXPECT_FALSE(other.optimizer_initialized());
  const Executor& a = first.executors()[0];
  const Executor& b = other.executors()[0];
  for (const char* name : {"fc1_weight", "fc1_bias", "bn_gamma", "bn_beta"}) {
    EXPECT_EQ(a.arg_dict().at(name).data(), b.arg_dict().at(name).data()) << name;
    EXPECT_EQ(a.grad_dict().at(name).data(), b.grad_dict().at(name).data()) << name;
  }
  EXPECT_EQ(a.aux_dict().at("bn_moving_mean").data(), b.aux_dict().at("bn_moving_mean").data());
  for (const char* name : {"data", "softmax_label"}) {
    EXPECT_NE(a.arg_dict().at(name).data(), b.arg_dict().at(name).data()) << name;
  }
}

TEST(SharedModule, RefusesWhatTheOtherDoesNotHave) {
  const mod::Module first = ready();
  const auto refusal = [&](const mod::Module& shared, const Symbol& symbol,
                           const mod::Contexts& contexts = {}) {
    return message_of([&] {
      mod::Module module(symbol, {.context = contexts});
      module.bind({{"data", {4, 4, 2}}}, {{"softmax_label", {4}}}, {.shared_module = &shared});
    });
  };
  const Symbol data = sym::var("data");
  const auto net = [&](int hidden, const char* name) {
    return sym::SoftmaxOutput(sym::FullyConnected(data, {.num_hidden = hidden}, name), {},
                              "softmax");
  };
  EXPECT_THAT(refusal(first, net(3, "fc9")), HasSubstr("shared_module has no parameter fc9_bias"));
  EXPECT_THAT(refusal(first, net(5, "fc1")), HasSubstr("bind: fc1_bias: expected float32 (5,), "
                                                       "shared_module has float32 (3,)"));
  EXPECT_THAT(refusal(first, sums(), {cpu(0), cpu(1)}), HasSubstr("on other contexts"));
  EXPECT_THAT(refusal(mod::Module(sums()), sums()), HasSubstr("call its bind and init_params"));
}

}  // namespace
}  // namespace gluino
