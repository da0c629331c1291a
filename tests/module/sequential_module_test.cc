// Modules one after the other. The numbers are those of MXNet 1.9.1.
#include <gluino/module/sequential_module.h>

#include "module/support.h"

namespace gluino {
namespace {

using mod::Module;
using mod::SequentialModule;
using ::testing::ElementsAre;
using testing::expect_near;
using ::testing::HasSubstr;
using testing::LogLines;
using testing::message_of;
using testing::pattern;
using testing::ten_in_fours;

Symbol features(const Symbol& data) {
  return sym::Activation(sym::FullyConnected(data, {.num_hidden = 3}, "fc1"), {.act_type = "tanh"},
                         "tanh1");
}

Symbol classes(const Symbol& features) {
  const Symbol bn = sym::BatchNorm(features, {.fix_gamma = false}, "bn");
  return sym::SoftmaxOutput(sym::FullyConnected(bn, {.num_hidden = 2}, "fc2"), {}, "softmax");
}

SequentialModule parts(const mod::Contexts& context = {}) {
  SequentialModule net;
  net.add(Module(features(sym::var("data")), {.label_names = {}, .context = context}))
      .add(Module(classes(sym::var("features")), {.data_names = {"features"}, .context = context}),
           {.take_labels = true, .auto_wiring = true});
  return net;
}

ArrayMap first_params() {
  return {{"fc1_weight", pattern({3, 4}, 1)}, {"fc1_bias", pattern({3}, 2)},
          {"fc2_weight", pattern({2, 3}, 3)}, {"fc2_bias", pattern({2}, 4)},
          {"bn_gamma", pattern({3}, 5)},      {"bn_beta", pattern({3}, 6)}};
}

ArrayMap first_states() {
  return {{"bn_moving_mean", nd::zeros(3)}, {"bn_moving_var", nd::ones(3)}};
}

mod::FitOptions settings(io::DataIter& evaluation) {
  return {.eval_data = evaluation,
          .optimizer_params = {{"learning_rate", 0.1}, {"momentum", 0.9}},
          .arg_params = first_params(),
          .aux_params = first_states(),
          .num_epoch = 2};
}

TEST(SequentialModule, LearnsWhatMxnetsDoes) {
  LogLines log;
  SequentialModule net = parts();
  auto data = ten_in_fours();
  net.fit(data, settings(data));
  EXPECT_THAT(log.take(), ElementsAre("Epoch[0] Train-accuracy=0.416667", "Epoch[0] Time cost=*",
                                      "Epoch[0] Validation-accuracy=0.833333",
                                      "Epoch[1] Train-accuracy=0.833333", "Epoch[1] Time cost=*",
                                      "Epoch[1] Validation-accuracy=0.916667"));
  const auto [arg_params, aux_params] = net.get_params();
  testing::expect_params(
      arg_params,
      {{"bn_beta", {0.4760518, -1.4881717, -0.3696931}},
       {"bn_gamma", {0.1871015, 1.4842252, -0.6224827}},
       {"fc1_bias", {-0.8769279, 0.3058438, 1.4300575}},
       {"fc1_weight",
        {-1.2230383, -0.0600283, 1.0912598, -0.9022961, -0.090612, 1.6495974, -0.3260654, 0.2301274,
         -1.4289668, -0.296444, 0.8897836, -1.1223706}},
       {"fc2_bias", {-0.1186913, 0.8999413}},
       {"fc2_weight", {-0.5151172, 0.0859234, -1.2831535, -0.2348828, 1.4765766, -1.1543465}}});
  testing::expect_params(aux_params, {{"bn_moving_mean", {-0.125696, -0.0460423, 0.1758885}},
                                      {"bn_moving_var", {0.8994326, 0.8068552, 0.723863}}});
  expect_near(net.predict(data),
              {0.9121653, 0.0878347, 0.2049724, 0.7950276, 0.9511137, 0.0488862, 0.2157979,
               0.7842021, 0.9250132, 0.0749868, 0.2295415, 0.7704585, 0.9419333, 0.0580667,
               0.4845738, 0.5154262, 0.9508707, 0.0491293, 0.6492301, 0.3507699},
              1e-5);
}

TEST(SequentialModule, GivesTheGradientsOfTheWhole) {
  Module whole(classes(features(sym::var("data"))));
  auto data = ten_in_fours();
  io::DataBatch batch;
  ASSERT_TRUE(data.next(batch));
  whole.bind(data.provide_data(), data.provide_label(), {.inputs_need_grad = true});
  whole.init_params({.arg_params = first_params(), .aux_params = first_states()});
  whole.forward_backward(batch);
  SequentialModule net = parts();
  net.bind(data.provide_data(), data.provide_label(), {.inputs_need_grad = true});
  net.init_params({.arg_params = first_params(), .aux_params = first_states()});
  net.forward_backward(batch);
  expect_near(net.get_outputs()[0], whole.get_outputs()[0].to_vector<double>());
  expect_near(net.get_input_grads()[0], whole.get_input_grads()[0].to_vector<double>());
}

TEST(SequentialModule, TwoContextsComputePartsOfABatch) {
  auto data = ten_in_fours();
  io::DataBatch batch;
  ASSERT_TRUE(data.next(batch));
  std::vector<std::vector<double>> outputs;
  for (const mod::Contexts& context : {mod::Contexts(cpu()), mod::Contexts({cpu(0), cpu(1)})}) {
    SequentialModule net = parts(context);
    net.bind(data.provide_data(), data.provide_label());
    net.init_params({.arg_params = first_params(), .aux_params = first_states()});
    net.forward(batch, false);
    outputs.push_back(net.get_outputs()[0].to_vector<double>());
    net.forward_backward(batch);
  }
  expect_near(nd::array(outputs[1]), outputs[0]);
}

TEST(SequentialModule, TellsWhatItIs) {
  LogLines log;
  SequentialModule net;
  EXPECT_TRUE(net.data_names().empty() && net.output_names().empty());
  net = parts();
  EXPECT_THAT(net.data_names(), ElementsAre("data"));
  EXPECT_THAT(net.output_names(), ElementsAre("softmax_output"));
  EXPECT_FALSE(net.symbol().defined());
  net.bind({{"data", {4, 5}}}, {{"softmax_label", {4}}});
  net.init_params();
  net.init_optimizer();
  EXPECT_EQ(net.data_shapes()[0].shape, Shape({4, 5}));
  EXPECT_EQ(net.label_shapes()[0].name, "softmax_label");
  EXPECT_EQ(net.output_shapes()[0].shape, Shape({4, 2}));
  net.bind({{"data", {4, 5}}});
  net.init_params();
  net.init_optimizer();
  EXPECT_THAT(log.take(),
              ElementsAre("Already bound, ignoring bind()",
                          "Parameters already initialized and force_init=False. init_params call "
                          "ignored.",
                          "optimizer already initialized, ignoring..."));
  // One that is added is to be made ready, and the others stay as they are.
  net.add(Module(sym::BlockGrad(sym::var("data")), {.label_names = {}}), {.auto_wiring = true});
  EXPECT_FALSE(net.binded() || net.params_initialized() || net.optimizer_initialized());
  const std::shared_ptr<mod::BaseModule> same = net.handle();
  same->bind({{"data", {4, 5}}}, {{"softmax_label", {4}}});
  EXPECT_TRUE(net.binded());
}

TEST(SequentialModule, TypesGoFromModuleToModule) {
  SequentialModule net;
  const Symbol to_double = sym::cast(sym::var("data"), {.dtype = float64});
  net.add(Module(to_double, {.label_names = {}}))
      .add(Module(features(sym::var("data")), {.label_names = {}}), {.auto_wiring = true});
  net.bind({{"data", {4, 5}}});
  EXPECT_EQ(net.output_shapes()[0].dtype, float64);
  net.init_params();
  EXPECT_EQ(net.get_params().arg_params.at("fc1_weight").dtype(), float64);
}

TEST(SequentialModule, ParametersGoToFilesAndBack) {
  const LogLines log;
  const testing::TemporaryFolder folder;
  SequentialModule net = parts();
  auto data = ten_in_fours();
  net.bind(data.provide_data(), data.provide_label());
  net.init_params({.arg_params = first_params(), .aux_params = first_states()});
  net.save_params(folder.path("net.params"));
  SequentialModule other = parts();
  other.bind(data.provide_data(), data.provide_label());
  other.load_params(folder.path("net.params"));
  testing::expect_same_bits(other.get_params().arg_params, net.get_params().arg_params);
  EXPECT_THAT(message_of([&] { net.save_checkpoint(folder.path("net"), 1); }),
              HasSubstr("save_params writes the parameters"));
}

// On an Error no module has other parameters than before.
TEST(SequentialModule, ParametersAreCheckedBeforeAnyIsChanged) {
  SequentialModule net = parts();
  auto data = ten_in_fours();
  net.bind(data.provide_data(), data.provide_label());
  const auto refusal = [&](const ArrayMap& arg_params) {
    const std::string message = message_of(
        [&] { net.init_params({.arg_params = arg_params, .aux_params = first_states()}); });
    EXPECT_FALSE(net.params_initialized());
    return message;
  };
  ArrayMap params = first_params();
  params.erase("fc2_bias");
  EXPECT_THAT(refusal(params), HasSubstr("has no parameter fc2_bias"));
  params["fc2_bias"] = nd::zeros(5);
  EXPECT_THAT(refusal(params), HasSubstr("fc2_bias: expected shape (2,), found (5,)"));
  params["fc2_bias"] = nd::zeros(2);
  params["fc9_bias"] = nd::zeros(2);
  EXPECT_THAT(refusal(params), HasSubstr("holds the parameter fc9_bias"));
  net.init_params({.arg_params = first_params(), .aux_params = first_states()});
  testing::expect_same_bits(net.get_params().arg_params, first_params());
  EXPECT_THAT(message_of([&] { net.set_params(params, first_states()); }), HasSubstr("fc9_bias"));
  net.set_params(params, first_states(), {.allow_extra = true});
  EXPECT_EQ(net.get_params().arg_params.at("fc2_bias").to_vector<float>(),
            std::vector<float>({0, 0}));
}

TEST(SequentialModule, MistakesAreTold) {
  const LogLines log;
  SequentialModule net;
  EXPECT_THAT(message_of([&] { net.bind({{"data", {4, 5}}}); }), HasSubstr("call add first"));
  EXPECT_THAT(message_of([&] { net.add(net); }), HasSubstr("a part of itself"));
  const Module layer(features(sym::var("data")), {.label_names = {}});
  net.add(layer).add(Module(features(sym::var("data")), {.label_names = {}}),
                     {.auto_wiring = true});
  EXPECT_THAT(message_of([&] {
                net.forward({.data = {nd::ones({4, 3})}, .label = {}});
              }),
              HasSubstr("call bind first"));
  net.bind({{"data", {4, 3}}}, {}, {.grad_req = {{{"fc1_weight", GradReq::add}}}});
  EXPECT_THAT(message_of([&] { net.init_params(); }),
              HasSubstr("module 1 has a parameter fc1_bias, and so has module 0"));
  EXPECT_THAT(message_of([&] { net.update(); }), HasSubstr("call init_optimizer first"));
  EXPECT_THAT(message_of([&] {
                net.bind({{"other", {4, 3}}}, {}, {.force_rebind = true});
              }),
              HasSubstr("expected shapes of the data data, got those of other"));
  EXPECT_FALSE(net.binded());
  SequentialModule wide;
  wide.add(layer).add(Module(sym::var("a") + sym::var("b"), {.data_names = {"a", "b"}}),
                      {.auto_wiring = true});
  EXPECT_THAT(message_of([&] {
                wide.bind({{"data", {4, 3}}});
              }),
              HasSubstr("module 1 takes 2 arrays of data, there are 1"));
  EXPECT_THAT(message_of([&] {
                parts().bind({{"data", {4, 3}}}, {}, {.grad_req = {{{"fc9", GradReq::add}}}});
              }),
              HasSubstr("no module has an argument 'fc9'"));
}

}  // namespace
}  // namespace gluino
