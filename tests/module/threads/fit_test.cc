// Training with Module. Numbers are MXNet 1.9.1's for the same network, seed and batches.
#include <gluino/base/parallel.h>
#include <gluino/optimizer/rules/sgd.h>

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
using testing::small_net;
using testing::TemporaryFolder;
using testing::ten_in_fours;

using Named = std::map<std::string, std::vector<double>>;

const mod::OptimizerParams kSgd = {{"learning_rate", 0.1}, {"momentum", 0.9}, {"wd", 0.01}};

const Named kAfterTwoEpochs = {
    {"fc1_bias", {-0.145199955, -0.00333311572, -0.0618304536}},
    {"fc1_weight",
     {0.949241936, -0.167814285, 0.443936348, 0.199201167, 0.27221027, 0.815465569, 0.514706314,
      0.0573474579, -0.612174153, -0.500202775, -0.671168745, -0.429993063}},
    {"fc2_bias", {0.0143793747, -0.0143793412}},
    {"fc2_weight",
     {0.541164458, -0.600300908, -0.309280694, -0.550713956, -0.191637218, -0.591257751}}};

Module trained(const mod::ModuleOptions& options, mod::FitOptions fit = {}) {
  random::seed(42);
  Module module(small_net(), options);
  auto iter = ten_in_fours();
  fit.optimizer_params = kSgd;
  fit.initializer = init::Xavier();
  fit.num_epoch = 2;
  module.fit(iter, fit);
  return module;
}

TEST(ModuleFit, TrainsAndLogsAsMxnet) {
  LogLines log;
  auto validation = ten_in_fours();
  Module module =
      trained({}, {.eval_data = validation, .batch_end_callback = callback::Speedometer(4, 1)});
  EXPECT_THAT(log.take(),
              ElementsAre("Epoch[0] Batch [0-1]\tSpeed: * samples/sec\taccuracy=0.125000",
                          "Epoch[0] Batch [1-2]\tSpeed: * samples/sec\taccuracy=0.250000",
                          "Epoch[0] Train-accuracy=0.166667", "Epoch[0] Time cost=*",
                          "Epoch[0] Validation-accuracy=0.666667",
                          "Epoch[1] Batch [0-1]\tSpeed: * samples/sec\taccuracy=0.750000",
                          "Epoch[1] Batch [1-2]\tSpeed: * samples/sec\taccuracy=0.750000",
                          "Epoch[1] Train-accuracy=0.750000", "Epoch[1] Time cost=*",
                          "Epoch[1] Validation-accuracy=0.833333"));
  expect_params(module.get_params().arg_params, kAfterTwoEpochs);
}

TEST(ModuleFit, SecondCallGoesOn) {
  LogLines log;
  Module module = trained({});
  log.take();
  auto iter = ten_in_fours();
  module.fit(iter, {.begin_epoch = 2, .num_epoch = 3});
  EXPECT_THAT(log.take(),
              ElementsAre("Already bound, ignoring bind()",
                          "Parameters already initialized and force_init=False. init_params call "
                          "ignored.",
                          "optimizer already initialized, ignoring...",
                          HasSubstr("Epoch[2] Train-accuracy"), "Epoch[2] Time cost=*"));
}

TEST(ModuleFit, OnTwoContextsLearnsTheSame) {
  const LogLines log;
  const Module two = trained({.context = {cpu(0), cpu(1)}});
  expect_params(two.get_params().arg_params, kAfterTwoEpochs);
  const auto& executors = two.executors();
  ASSERT_EQ(executors.size(), 2U);
  EXPECT_EQ(executors[1].context(), cpu(1));
  for (const char* name : {"fc1_weight", "fc2_bias"}) {
    EXPECT_EQ(executors[0].arg_dict().at(name).to_vector<float>(),
              executors[1].arg_dict().at(name).to_vector<float>());
  }
  // Whoever asks for no store of gradients gets the same sums.
  const Module again = trained({.context = {cpu(0), cpu(1)}}, {.kvstore = ""});
  expect_same_bits(two.get_params().arg_params, again.get_params().arg_params);
}

TEST(ModuleFit, StatesOfContextsAreAveraged) {
  const LogLines log;
  random::seed(42);
  Module module(net_with_states(), {.context = {cpu(0), cpu(1)}});
  auto iter = ten_in_fours();
  module.fit(iter, {.optimizer_params = {{"learning_rate", 0.1}},
                    .initializer = init::Xavier(),
                    .num_epoch = 2});
  const auto [arg_params, aux_params] = module.get_params();
  expect_near(arg_params.at("bn_gamma"), {0.924762249, 1.17448235, 0.869397759});
  expect_near(arg_params.at("bn_beta"), {0.072466433, 0.112913646, -0.185380071});
  expect_near(aux_params.at("bn_moving_mean"), {-0.0541204438, -0.0154407667, 0.041096326});
  expect_near(aux_params.at("bn_moving_var"), {0.647422493, 0.743147373, 0.775519848});
}

TEST(ModuleFit, ThreadsDoNotChangeTheBits) {
  const LogLines log;
  const int before = num_threads();
  set_num_threads(1);
  const auto one = trained({.context = {cpu(0), cpu(1)}}).get_params().arg_params;
  set_num_threads(3);
  const auto three = trained({.context = {cpu(0), cpu(1)}}).get_params().arg_params;
  set_num_threads(before);
  expect_same_bits(one, three);
}

TEST(ModuleFit, HonoursAttributesOfVariables) {
  const LogLines log;
  random::seed(42);
  const Symbol weight = sym::var(
      "w_weight", {.lr_mult = 0.5, .wd_mult = 2.0, .init = "[\"constant\", {\"value\": 0.25}]"});
  const Symbol bias = sym::var("shift", {.init = "[\"normal\", {\"sigma\": 0.5}]"});
  const Symbol fc = sym::FullyConnected(sym::var("data"), weight, bias, {.num_hidden = 2}, "fc");
  Module module(sym::SoftmaxOutput(fc, {}, "softmax"));
  auto iter = ten_in_fours();
  module.bind(iter.provide_data(), iter.provide_label());
  module.init_params();
  expect_near(module.get_params().arg_params.at("shift"), {0.264721394, 0.987684309});
  module.fit(iter, {.optimizer_params = {{"learning_rate", 0.1}, {"wd", 0.3}}, .num_epoch = 1});
  expect_params(module.get_params().arg_params,
                {{"shift", {0.314727008, 0.937678695}},
                 {"w_weight",
                  {0.247747794, 0.174587071, 0.251586378, 0.23033002, 0.208588719, 0.281749427,
                   0.204750106, 0.226006493}}});
}

TEST(ModuleFit, LeavesFixedParametersAlone) {
  LogLines log;
  random::seed(42);
  Module module(small_net(), {.fixed_param_names = {"fc1_weight"}});
  auto iter = ten_in_fours("discard");
  module.fit(iter,
             {.batch_end_callback = {callback::log_train_metric(1), callback::ProgressBar(4, 10)},
              .optimizer = "adam",
              .optimizer_params = {{"learning_rate", 0.01}},
              .initializer = init::Xavier(),
              .num_epoch = 1});
  const auto params = module.get_params().arg_params;
  EXPECT_EQ(module.executors()[0].grad_dict().count("fc1_weight"), 0U);
  expect_near(params.at("fc1_weight"),
              {0.60936296, 0.458901167, 0.107730865, 0.121718287, 0.242789745, 0.919336796,
               0.446608901, 0.0781548023, -0.744429946, -0.23977977, -0.812787652, -0.410965085});
  EXPECT_NE(params.at("fc2_bias").to_vector<float>()[0], 0);
  EXPECT_THAT(log.take(),
              ElementsAre("Iter[0] Batch[0] Train-accuracy=0.000000", "[----------] 0%\r",
                          "Iter[0] Batch[1] Train-accuracy=0.125000", "[==--------] 25%\r",
                          "Epoch[0] Train-accuracy=0.125000", "Epoch[0] Time cost=*"));
}

TEST(ModuleFit, TakesParametersOptimizersAndMetrics) {
  LogLines log;
  const ArrayMap start = {{"fc1_weight", nd::ones({3, 4})}, {"fc2_weight", nd::ones({2, 3})}};
  Module module(small_net());
  auto iter = ten_in_fours();
  metric::Accuracy accuracy({.name = "mine"});
  std::vector<int> epochs;
  module.fit(iter, {.eval_metric = accuracy,
                    .epoch_end_callback =
                        [&](int epoch, const Symbol&, const ArrayMap& arg, const ArrayMap&) {
                          epochs.push_back(epoch);
                          EXPECT_EQ(arg.at("fc1_weight").shape(), Shape({3, 4}));
                        },
                    .optimizer = std::make_shared<optimizer::SGD>(
                        optimizer::SGDOptions{.learning_rate = 0, .rescale_grad = 0.25}),
                    .arg_params = start,
                    .allow_missing = true,
                    .num_epoch = 2});
  EXPECT_THAT(epochs, ElementsAre(0, 1));
  expect_near(module.get_params().arg_params.at("fc1_weight"), std::vector<double>(12, 1));
  EXPECT_EQ(accuracy.get().first, "mine");
  EXPECT_THAT(log.take(), ::testing::Contains("Epoch[1] Train-mine=0.500000"));
}

// Stopped after an epoch and taken up from the files, training gives what it gives in one go.
TEST(ModuleFit, ResumesFromACheckpoint) {
  for (const char* name : {"sgd", "adam"}) {
    SCOPED_TRACE(name);
    const LogLines log;
    const TemporaryFolder folder;
    mod::FitOptions fit{.optimizer = name,
                        .optimizer_params = {{"learning_rate", 0.05}},
                        .initializer = init::Xavier()};
    if (fit.optimizer.name() == "sgd") fit.optimizer_params["momentum"] = 0.9;

    random::seed(42);
    Module whole(small_net());
    auto iter = ten_in_fours();
    fit.num_epoch = 3;
    whole.fit(iter, fit);

    random::seed(42);
    Module first(small_net());
    fit.num_epoch = 1;
    fit.epoch_end_callback =
        callback::module_checkpoint(first, folder.path("net"), {.save_optimizer_states = true});
    first.fit(iter, fit);

    Module second = Module::load(folder.path("net"), 1, {.load_optimizer_states = true});
    fit.epoch_end_callback = {};
    fit.begin_epoch = 1;
    fit.num_epoch = 3;
    second.fit(iter, fit);
    expect_same_bits(second.get_params().arg_params, whole.get_params().arg_params);
  }
}

TEST(ModuleFit, RefusesWhatCannotWork) {
  const LogLines log;
  Module module(small_net());
  auto iter = ten_in_fours();
  EXPECT_THAT(message_of([&] { module.fit(iter, {}); }), HasSubstr("num_epoch"));
  EXPECT_THAT(message_of([&] { module.fit(iter, {.kvstore = "dist_async", .num_epoch = 1}); }),
              HasSubstr("'dist_async'"));
  EXPECT_THAT(message_of([&] { module.fit(iter, {.optimizer = "sdg", .num_epoch = 1}); }),
              HasSubstr("unknown optimizer 'sdg'"));
  EXPECT_THAT(message_of([&] { module.fit(iter, {.eval_metric = "akk", .num_epoch = 1}); }),
              HasSubstr("unknown metric 'akk'"));
  auto four = ten_in_fours();
  io::DataBatch batch;
  while (four.next(batch)) {
  }
  EXPECT_THAT(message_of([&] { module.fit(four, {.num_epoch = 1}); }), HasSubstr("no batch"));
}

}  // namespace
}  // namespace gluino
