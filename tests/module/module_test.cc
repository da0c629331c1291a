// Module, one step after the other.
#include "module/support.h"

namespace gluino {
namespace {

using mod::Module;
using ::testing::ElementsAre;
using testing::expect_near;
using testing::expect_params;
using testing::expect_same_bits;
using ::testing::HasSubstr;
using testing::LogLines;
using testing::message_of;
using testing::net_with_states;
using testing::pattern;
using testing::small_net;
using testing::ten_in_fours;

Module bound(const mod::ModuleOptions& options = {}, const mod::BindOptions& bind = {}) {
  Module module(small_net(), options);
  module.bind({{"data", {4, 4}}}, {{"softmax_label", {4}}}, bind);
  return module;
}

Module ready(const mod::ModuleOptions& options = {}, const mod::BindOptions& bind = {}) {
  Module module = bound(options, bind);
  random::seed(42);
  module.init_params({.initializer = init::Xavier()});
  return module;
}

// MXNet 1.9.1's numbers after mx.random.seed(42).
TEST(Module, DrawsMxnetsInitialWeights) {
  random::seed(42);
  Module module = bound();
  module.init_params();
  const auto params = module.get_params().arg_params;
  EXPECT_EQ(
      params.at("fc1_weight").to_vector<float>(),
      (std::vector<float>{0.0065818727F, 0.00495669805F, 0.00116362702F, 0.00131470803F,
                          0.00262242928F, 0.00992997177F, 0.00482392777F, 0.000844168477F,
                          -0.00804076251F, -0.00258991728F, -0.00877910946F, -0.00443893019F}));
  EXPECT_EQ(params.at("fc2_weight").to_vector<float>(),
            (std::vector<float>{0.00494153704F, -0.00247177528F, -0.000727508217F, -0.00503028836F,
                                -0.00488838786F, -0.00764197018F}));
  EXPECT_EQ(params.at("fc1_bias").to_vector<float>(), (std::vector<float>{0, 0, 0}));
}

TEST(Module, DrawsInTheOrderOfNames) {
  const Symbol hidden = sym::FullyConnected(sym::var("data"), {.num_hidden = 3}, "z");
  Module module(
      sym::SoftmaxOutput(sym::FullyConnected(hidden, {.num_hidden = 3}, "a"), {}, "softmax"));
  module.bind({{"data", {4, 3}}}, {{"softmax_label", {4}}});
  random::seed(42);
  module.init_params();
  const auto params = module.get_params().arg_params;
  EXPECT_EQ(params.at("a_weight").to_vector<float>()[0], 0.0065818727F);
  EXPECT_NE(params.at("z_weight").to_vector<float>()[0], 0.0065818727F);
}

TEST(Module, TellsWhatItIs) {
  Module module(small_net());
  EXPECT_FALSE(module.binded());
  module = ready({}, {.inputs_need_grad = true});
  EXPECT_TRUE(module.binded());
  EXPECT_TRUE(module.params_initialized());
  EXPECT_TRUE(module.for_training());
  EXPECT_TRUE(module.inputs_need_grad());
  EXPECT_FALSE(module.optimizer_initialized());
  EXPECT_THAT(module.output_names(), ElementsAre("softmax_output"));
  EXPECT_EQ(module.output_shapes()[0].shape, Shape({4, 2}));
  EXPECT_EQ(module.data_shapes()[0].shape, Shape({4, 4}));
}

TEST(Module, GradientsAreWantedWhereAskedFor) {
  const auto wanted = [](const Module& module) {
    std::string names;
    for (const auto& [name, grad] : module.executors()[0].grad_dict()) names += name + " ";
    return names;
  };
  EXPECT_EQ(wanted(ready()), "fc1_bias fc1_weight fc2_bias fc2_weight ");
  EXPECT_EQ(wanted(ready({.fixed_param_names = {"fc1_bias"}}, {.inputs_need_grad = true})),
            "data fc1_weight fc2_bias fc2_weight ");
  EXPECT_EQ(wanted(ready({}, {.for_training = false})), "");
  EXPECT_EQ(wanted(ready({}, {.grad_req = {{{"fc1_bias", GradReq::null}}}})),
            "fc1_weight fc2_bias fc2_weight ");
}

TEST(Module, AddsUpGradientsWhenTold) {
  for (const mod::Contexts& contexts : {mod::Contexts(cpu()), mod::Contexts({cpu(0), cpu(1)})}) {
    Module once = ready({.context = contexts});
    Module twice = ready({.context = contexts}, {.grad_req = GradReq::add});
    const io::DataBatch batch{{pattern({4, 4}, 3)}, {nd::array({0, 1, 1, 0})}};
    once.forward_backward(batch);
    twice.forward_backward(batch);
    twice.forward_backward(batch);
    for (Module* module : {&once, &twice}) {
      module->init_optimizer(
          {.optimizer_params = {{"learning_rate", module == &once ? 0.2 : 0.1}}});
      module->update();
    }
    const auto one = once.get_params().arg_params;
    for (const auto& [name, array] : twice.get_params().arg_params) {
      expect_near(array, one.at(name).to_vector<double>(), 1e-6);
    }
  }
}

TEST(Module, InputGradientsAndOutputsOfContextsAreJoined) {
  const io::DataBatch batch{{pattern({4, 4}, 3)}, {nd::array({0, 1, 1, 0})}};
  Module one = ready({}, {.inputs_need_grad = true});
  Module two = ready({.context = {cpu(0), cpu(1)}}, {.inputs_need_grad = true});
  for (Module* module : {&one, &two}) module->forward_backward(batch);
  EXPECT_EQ(two.get_outputs_per_context()[0].size(), 2U);
  EXPECT_EQ(two.get_outputs_per_context()[0][1].shape(), Shape({2, 2}));
  EXPECT_EQ(two.get_input_grads_per_context()[0][1].context(), cpu(1));
  expect_near(two.get_outputs()[0], one.get_outputs()[0].to_vector<double>());
  expect_near(two.get_input_grads()[0], one.get_input_grads()[0].to_vector<double>());
  metric::Accuracy a, b;
  one.update_metric(a, batch.label);
  two.update_metric(b, batch.label);
  EXPECT_EQ(a.get().second, b.get().second);
}

TEST(Module, HeadGradientsReachTheirContexts) {
  const Symbol net = sym::FullyConnected(sym::var("data"), {.num_hidden = 2}, "fc");
  const auto gradients = [&](const mod::Contexts& contexts) {
    Module module(net, {.label_names = {}, .context = contexts});
    module.bind({{"data", {4, 3}}}, {}, {.inputs_need_grad = true});
    random::seed(1);
    module.init_params();
    module.forward({.data = {pattern({4, 3}, 1)}, .label = {}});
    module.backward({pattern({4, 2}, 2)});
    return module.get_input_grads()[0].to_vector<double>();
  };
  EXPECT_EQ(gradients(cpu()), gradients({cpu(0), cpu(1)}));
}

TEST(Module, FollowsTheShapeOfTheBatch) {
  Module module = ready();
  const NDArray six = pattern({6, 4}, 3);
  module.forward({.data = {six}, .label = {nd::zeros({6})}}, false);
  const NDArray all = module.get_outputs()[0].copy();
  EXPECT_EQ(all.shape(), Shape({6, 2}));
  module.forward({.data = {six.slice(0, 4)}, .label = {}}, false);
  expect_near(module.get_outputs()[0], all.slice(0, 4).to_vector<double>());
  module.reshape({{"data", {2, 4}}}, {{"softmax_label", {2}}});
  EXPECT_EQ(module.data_shapes()[0].shape, Shape({2, 4}));
  module.forward({.data = {six.slice(0, 2)}, .label = {}}, false);
  expect_near(module.get_outputs()[0], all.slice(0, 2).to_vector<double>());
  EXPECT_THAT(message_of([&] {
                module.forward({.data = {pattern({4, 5}, 0)}, .label = {}});
              }),
              HasSubstr("fc1"));
  EXPECT_THAT(message_of([&] { module.forward({.data = {}, .label = {}}); }),
              HasSubstr("1 arrays of data, got 0"));
  EXPECT_THAT(message_of([&] { module.forward({.data = {six}, .label = {nd::zeros({5})}}); }),
              HasSubstr("softmax_label"));
}

TEST(Module, SplitsBatchesAsMxnetDoes) {
  // MXNet rounds the share, ties to even: 5 on two contexts are 2 and 3, 7 are 4 and 3.
  for (const auto& [size, first] :
       std::vector<std::pair<std::int64_t, std::int64_t>>{{5, 2}, {7, 4}}) {
    Module module(small_net(), {.context = {cpu(0), cpu(1)}});
    module.bind({{"data", {size, 4}}}, {{"softmax_label", {size}}});
    EXPECT_EQ(module.executors()[0].arg_dict().at("data").shape()[0], first);
    EXPECT_EQ(module.executors()[1].arg_dict().at("data").shape()[0], size - first);
  }
  Module module(small_net(), {.context = {cpu(0), cpu(1)}});
  EXPECT_THAT(message_of([&] {
                module.bind({{"data", {1, 4}}}, {{"softmax_label", {1}}});
              }),
              HasSubstr("a batch of 1 cannot be split over 2 contexts"));
  EXPECT_FALSE(module.binded());
}

TEST(Module, RebindKeepsTheParameters) {
  LogLines log;
  Module module = ready();
  const auto before = module.get_params().arg_params;
  module.bind({{"data", {2, 4}}});
  EXPECT_THAT(log.take(), ElementsAre("Already bound, ignoring bind()"));
  module.bind({{"data", {2, 4}}}, {}, {.for_training = false, .force_rebind = true});
  EXPECT_FALSE(module.for_training());
  expect_same_bits(module.get_params().arg_params, before);
  EXPECT_THAT(message_of([&] { module.backward(); }), HasSubstr("for_training"));
}

TEST(Module, SetParamsChecksThemFirst) {
  const LogLines log;
  Module module = ready();
  const auto before = module.get_params().arg_params;
  ArrayMap params = before;
  params["fc1_weight"] = nd::ones({3, 4});
  params.erase("fc2_bias");
  EXPECT_THAT(message_of([&] { module.set_params(params, {}); }),
              HasSubstr("set_params: has no parameter fc2_bias"));
  params["fc2_bias"] = nd::ones({3});
  EXPECT_THAT(message_of([&] { module.set_params(params, {}); }),
              HasSubstr("parameter fc2_bias: expected shape (2,), found (3,)"));
  params["fc2_bias"] = nd::ones({2});
  params["fc3_bias"] = nd::ones({2});
  EXPECT_THAT(message_of([&] { module.set_params(params, {}); }), HasSubstr("fc3_bias"));
  EXPECT_THAT(message_of([&] {
                module.set_params(before, {{"mean", nd::ones({2})}});
              }),
              HasSubstr("mean"));
  expect_same_bits(module.get_params().arg_params, before);

  module.set_params(params, {}, {.allow_extra = true});
  expect_near(module.get_params().arg_params.at("fc2_bias"), {1, 1});
  module.set_params({{"fc2_bias", nd::zeros({2})}}, {}, {.allow_missing = true});
  expect_near(module.get_params().arg_params.at("fc2_bias"), {0, 0});
  expect_near(module.get_params().arg_params.at("fc1_weight"), std::vector<double>(12, 1));
  module.set_params(before, {}, {.force_init = false});
  expect_near(module.get_params().arg_params.at("fc2_bias"), {0, 0});
}

TEST(Module, InitParamsMakesWhatIsMissing) {
  Module module = bound();
  const ArrayMap some = {{"fc1_bias", nd::full({3}, 7)}};
  EXPECT_THAT(message_of([&] { module.init_params({.arg_params = some}); }),
              HasSubstr("allow_missing"));
  EXPECT_FALSE(module.params_initialized());
  module.init_params({.initializer = init::One(), .arg_params = some, .allow_missing = true});
  expect_near(module.get_params().arg_params.at("fc1_bias"), {7, 7, 7});
  expect_near(module.get_params().arg_params.at("fc2_weight"), std::vector<double>(6, 1));
  Module with_states(net_with_states());
  with_states.bind({{"data", {4, 4}}}, {{"softmax_label", {4}}});
  with_states.init_params();
  expect_near(with_states.get_params().aux_params.at("bn_moving_var"), {1, 1, 1});
}

TEST(Module, BorrowsAnOptimizerWithItsStates) {
  const io::DataBatch batch{{pattern({4, 4}, 3)}, {nd::array({0, 1, 1, 0})}};
  const mod::OptimizerParams sgd = {{"learning_rate", 0.1}, {"momentum", 0.9}};
  Module one = ready();
  one.init_optimizer({.optimizer_params = sgd});
  one.forward_backward(batch);
  one.update();
  Module other = bound();
  EXPECT_THAT(message_of([&] { one.borrow_optimizer(other); }), HasSubstr("init_optimizer"));
  other.init_params({.arg_params = one.get_params().arg_params});
  other.borrow_optimizer(one);
  EXPECT_EQ(&other.optimizer(), &one.optimizer());
  other.forward_backward(batch);
  other.update();
  Module alone = ready();
  alone.init_optimizer({.optimizer_params = sgd});
  for (int step = 0; step < 2; ++step) {
    alone.forward_backward(batch);
    alone.update();
  }
  expect_same_bits(other.get_params().arg_params, alone.get_params().arg_params);
}

// One weight has two users; another's gradient is complete before a layer nearer to the data, which
// reads it without a gradient, has its own.
TEST(Module, TrainStepGivesTheBitsOfItsParts) {
  const Symbol shared = sym::var("shared_weight");
  const Symbol scale = sym::var("scale_weight", {.shape = Shape{4, 4}});
  const auto layer = [](const Symbol& x, const Symbol& weight) {
    return sym::FullyConnected(x, weight, {.num_hidden = 4, .no_bias = true});
  };
  Symbol x = sym::tanh(layer(sym::var("data"), shared));
  x = sym::tanh(layer(x, sym::BlockGrad(scale)));
  x = layer(sym::tanh(layer(x, shared)), scale);
  const Symbol net = sym::SoftmaxOutput(x, {}, "softmax");
  const io::DataBatch batch{{pattern({4, 4}, 3)}, {nd::array({0, 1, 3, 2})}};
  for (const std::string optimizer : {"sgd", "adam"}) {
    const auto trained = [&](bool at_once) {
      Module module(net);
      module.bind({{"data", {4, 4}}}, {{"softmax_label", {4}}});
      random::seed(42);
      module.init_params({.initializer = init::Xavier()});
      module.init_optimizer({.optimizer = optimizer, .optimizer_params = {{"learning_rate", 0.1}}});
      for (int step = 0; step < 3; ++step) {
        if (at_once) {
          module.train_step(batch);
        } else {
          module.forward_backward(batch);
          module.update();
        }
      }
      return module.get_params().arg_params;
    };
    expect_same_bits(trained(true), trained(false));
  }
  EXPECT_THAT(message_of([&] { ready().train_step(batch); }), HasSubstr("init_optimizer"));
}

TEST(Module, RescalesByTheBatchUnlessTold) {
  LogLines log;
  Module module = ready();
  module.init_optimizer();
  EXPECT_EQ(module.optimizer().rescale_grad(), 0.25);
  EXPECT_EQ(module.optimizer().learning_rate(), 0.01);
  module.init_optimizer({.optimizer_params = {{"rescale_grad", 1}}, .force_init = true});
  EXPECT_EQ(module.optimizer().rescale_grad(), 1);
  EXPECT_TRUE(log.take().empty());
  module.init_optimizer({.optimizer = optimizer::create("adam"), .force_init = true});
  EXPECT_THAT(log.take(), ElementsAre(HasSubstr("Is this intended?")));
}

TEST(Module, SaysWhatToCallFirst) {
  Module module(small_net());
  const io::DataBatch batch{{pattern({4, 4}, 3)}, {}};
  EXPECT_THAT(message_of([&] { module.forward(batch); }), HasSubstr("call bind first"));
  EXPECT_THAT(message_of([&] { module.init_params(); }), HasSubstr("call bind first"));
  EXPECT_THAT(message_of([&] { module.get_params(); }), HasSubstr("init_params"));
  module = bound();
  EXPECT_THAT(message_of([&] { module.forward(batch); }), HasSubstr("init_params first"));
  EXPECT_THAT(message_of([&] { module.init_optimizer(); }), HasSubstr("init_params first"));
  module = ready();
  EXPECT_THAT(message_of([&] { module.update(); }), HasSubstr("init_optimizer first"));
  EXPECT_THAT(message_of([&] { module.get_input_grads(); }), HasSubstr("inputs_need_grad"));
  EXPECT_THAT(message_of([&] { module.save_optimizer_states("x"); }), HasSubstr("no optimizer"));
}

TEST(Module, RefusesNamesThatAreNotThere) {
  EXPECT_THAT(message_of([] { Module{Symbol()}; }), HasSubstr("expected a symbol"));
  EXPECT_THAT(message_of([] { Module(small_net(), {.data_names = {"pixels"}}); }),
              HasSubstr("data_names: the symbol has no argument 'pixels'; there are: data, "
                        "softmax_label"));
  EXPECT_THAT(message_of([] { Module(small_net(), {.fixed_param_names = {"fc9_weight"}}); }),
              HasSubstr("fc9_weight"));
  EXPECT_THAT(message_of([] { Module(small_net(), {.context = std::vector<Context>()}); }),
              HasSubstr("at least one context"));
  Module module(small_net());
  EXPECT_THAT(message_of([&] {
                module.bind({{"pixels", {4, 4}}});
              }),
              HasSubstr("expected shapes of the data data, got those of pixels"));
  EXPECT_THAT(message_of([&] {
                module.bind({{"data", {4, 4}}}, {{"label", {4}}});
              }),
              HasSubstr("label_names"));
  EXPECT_THAT(message_of([&] {
                module.bind({{"data", {4, 4}}}, {{"softmax_label", {3}}});
              }),
              HasSubstr("softmax_label: expected a batch of 4"));
  EXPECT_THAT(
      message_of([&] {
        module.bind({{"data", {4, 4}}}, {}, {.for_training = false, .inputs_need_grad = true});
      }),
      HasSubstr("inputs_need_grad"));
  EXPECT_THAT(message_of([&] {
                module.bind({{"data", {4, 4}}}, {}, {.grad_req = {{{"fc9", GradReq::add}}}});
              }),
              HasSubstr("fc9"));
  const Symbol odd = sym::FullyConnected(sym::var("data"), sym::var("matrix"), sym::var("fc_bias"),
                                         {.num_hidden = 2}, "fc");
  Module unknown(sym::SoftmaxOutput(odd, {}, "softmax"));
  unknown.bind({{"data", {4, 4}}}, {{"softmax_label", {4}}});
  EXPECT_THAT(message_of([&] { unknown.init_params(); }), HasSubstr("'matrix'"));
}

TEST(Module, TellsTheNameOfALabelThatIsNotTheDefault) {
  const Symbol fc = sym::FullyConnected(sym::var("data"), {.num_hidden = 2}, "fc");
  const Symbol out = sym::SoftmaxOutput(fc, {}, "out");
  EXPECT_THAT(message_of([&] { Module{out}; }),
              ::testing::AllOf(HasSubstr("no argument 'softmax_label'"), HasSubstr("'out_label'"),
                               HasSubstr("output \"softmax\""), HasSubstr("label_names")));
  Module module(out, {.label_names = {"out_label"}});
  EXPECT_THAT(message_of([&] {
                module.bind({{"data", {4, 4}}}, {{"softmax_label", {4}}});
              }),
              ::testing::AllOf(HasSubstr("expected shapes of the label out_label"),
                               HasSubstr("got those of softmax_label"), HasSubstr("label_name")));
  io::NDArrayIter iter(pattern({4, 4}, 3), nd::array({0, 1, 1, 0}),
                       {.batch_size = 2, .label_name = "out_label"});
  module.fit(iter, {.num_epoch = 1});
  EXPECT_EQ(module.get_params().arg_params.size(), 2U);
  // Without any label there is nothing to be called otherwise.
  EXPECT_NO_THROW(Module{fc});
}

// As MXNet's FusedRNNCell describes its weights.
TEST(Module, LeavesWhatAParametersInitializerDoesNotFillToTheNets) {
  const Symbol own = sym::var(
      "l_parameters", {.shape = {108},
                       .init = R"(["fusedrnn", {"init": null, "num_hidden": 3, "num_layers": 1,)"
                               R"( "mode": "lstm", "bidirectional": false, "forget_bias": 2.0}])"});
  mod::Module module(sym::broadcast_mul(sym::var("data"), own), {.label_names = {}});
  module.bind({{"data", {2, 108}}}, {}, {.for_training = false});
  module.init_params({.initializer = init::Constant(5)});
  const auto values = module.get_params().arg_params.at("l_parameters").to_vector<float>();
  EXPECT_EQ(std::count(values.begin(), values.end(), 5.F), 84);
  EXPECT_EQ(std::count(values.begin(), values.end(), 2.F), 6);
  EXPECT_EQ(std::count(values.begin(), values.end(), 0.F), 18);
}

}  // namespace
}  // namespace gluino
