// Options of optimizers by name, a scheduler among them.
#include <gluino/gluino.h>
#include <gluino/optimizer/core/saved_states.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gluino {
namespace {

using lr_scheduler::FactorScheduler;
using optimizer::OptionMap;
using testing::HasSubstr;

const std::vector<std::string> kAll = {
    "sgd",     "nag",    "adam",  "adamax", "adagrad", "adadelta",  "ftrl",
    "rmsprop", "signum", "adamw", "ccsgd",  "ftml",    "lamb",      "lars",
    "lbsgd",   "nadam",  "sgld",  "dcasgd", "test",    "adabelief", "lans"};

std::string message_of(const auto& run) {
  try {
    run();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

// The rates of the first updates.
std::vector<double> rates(optimizer::Optimizer& optimizer, int count) {
  std::vector<double> result;
  const NDArray weight = nd::ones(2);
  optimizer::State state = optimizer.create_state(0, weight);
  for (int i = 0; i < count; ++i) {
    optimizer.update(0, weight, nd::ones(2), state);
    result.push_back(optimizer.learning_rate());
  }
  return result;
}

TEST(OptionMap, EveryOptimizerTakesAScheduler) {
  const std::vector<double> expected = {0.8, 0.8, 0.4, 0.4};
  for (const std::string& name : kAll) {
    const auto by_value = optimizer::create(
        name,
        {{"learning_rate", 0.8}, {"lr_scheduler", FactorScheduler({.step = 2, .factor = 0.5})}});
    EXPECT_EQ(rates(*by_value, 4), expected) << name;
    const auto scheduler = std::make_shared<FactorScheduler>(
        lr_scheduler::FactorOptions{.step = 2, .factor = 0.5, .base_lr = 0.8});
    const auto shared = optimizer::create(name, {{"lr_scheduler", scheduler}});
    EXPECT_EQ(rates(*shared, 4), expected) << name;
    EXPECT_EQ(shared->lr_scheduler(), scheduler);
  }
}

TEST(OptionMap, TakesMapsOfNumbersAsWell) {
  const std::map<std::string, double> numbers = {{"learning_rate", 0.3}, {"wd", 0.1}};
  EXPECT_EQ(optimizer::create("sgd", numbers)->learning_rate(), 0.3);
  OptionMap options = numbers;
  options["learning_rate"] = 1;  // a whole number is a number
  EXPECT_EQ(optimizer::create("sgd", options)->learning_rate(), 1);
}

TEST(OptionMap, TellsANumberFromAScheduler) {
  EXPECT_THAT(message_of([] {
                optimizer::create("sgd", {{"lr_scheduler", 0.1}});
              }),
              HasSubstr("[sgd] lr_scheduler: expected a scheduler"));
  EXPECT_THAT(message_of([] {
                optimizer::create("adam", {{"beta1", FactorScheduler({})}});
              }),
              HasSubstr("[adam] beta1: expected a number"));
  EXPECT_THAT(message_of([] {
                optimizer::create("sgd", {{"lr_schedule", FactorScheduler({})}});
              }),
              HasSubstr("known: begin_num_update, clip_gradient, learning_rate, momentum, "
                        "rescale_grad, wd, lr_scheduler"));
}

// What an optimizer says that it has when it is given an option that it has not.
std::vector<std::string> options_of(const std::string& name) {
  const std::string text = message_of([&] { optimizer::create(name, {{"none", 0}}); });
  std::vector<std::string> options;
  for (std::size_t begin = text.find("known: ") + 7, end = 0; end != std::string::npos;
       begin = end + 2) {
    end = text.find(", ", begin);
    options.push_back(text.substr(begin, end - begin));
  }
  return options;
}

// By which workers find out that they would update differently.
TEST(OptionMap, EveryOptionIsAmongTheSettings) {
  const std::vector<optimizer::OptionValue> values = {
      0.5, 2, 1, 0, "power2", "linear", FactorScheduler({.step = 3, .factor = 0.5})};
  for (const std::string& name : kAll) {
    const Settings usual = optimizer::create(name)->settings();
    EXPECT_EQ(usual[0].second, name == "ccsgd" ? "sgd" : name);
    for (const std::string& option : options_of(name)) {
      bool differs = false;
      for (const auto& value : values) {
        try {
          differs |= optimizer::create(name, {{option, value}})->settings() != usual;
        } catch (const Error&) {  // no value of this option
        }
      }
      EXPECT_TRUE(differs) << name << " " << option;
    }
  }
  const auto schedule = [](double factor) {
    const FactorScheduler scheduler({.step = 3, .factor = factor});
    return optimizer::create("sgd", {{"lr_scheduler", scheduler}})->settings();
  };
  EXPECT_EQ(schedule(0.5), schedule(0.5));
  EXPECT_NE(schedule(0.5), schedule(0.25));
}

TEST(OptionMap, TrainersAndModulesPassItOn) {
  gluon::nn::Dense net({.units = 2, .in_units = 3});
  net.initialize();
  const gluon::Trainer trainer(
      net.collect_params(), "sgd",
      {{"learning_rate", 0.5}, {"lr_scheduler", FactorScheduler({.step = 1, .factor = 0.5})}});
  EXPECT_EQ(trainer.learning_rate(), 0.5);
  EXPECT_NE(trainer.optimizer().lr_scheduler(), nullptr);

  const Symbol symbol = sym::SoftmaxOutput(
      sym::FullyConnected(sym::var("data"), {.num_hidden = 2}, "fc"), {}, "softmax");
  io::NDArrayIter iter(nd::ones({8, 3}), nd::zeros(8), {.batch_size = 2});
  mod::Module module(symbol);
  module.fit(iter,
             {.optimizer_params = {{"learning_rate", 0.4},
                                   {"lr_scheduler", FactorScheduler({.step = 2, .factor = 0.5})}},
              .num_epoch = 1});
  EXPECT_EQ(module.optimizer().learning_rate(), 0.2);  // after four updates
  model::FeedForward model(
      symbol,
      {.num_epoch = 1, .optimizer_params = {{"lr_scheduler", FactorScheduler({.base_lr = 0.25})}}});
  EXPECT_NO_THROW(model.fit(iter));
}

// A map may make several optimizers: each has a scheduler of its own.
TEST(OptionMap, OneMapMakesSchedulersOfTheirOwn) {
  optimizer::OptionMap options = {{"learning_rate", 0.1},
                                  {"lr_scheduler", lr_scheduler::FactorScheduler({.step = 100})}};
  const auto first = optimizer::create("sgd", options);
  options["learning_rate"] = 0.001;
  const auto second = optimizer::create("sgd", options);
  EXPECT_DOUBLE_EQ(first->learning_rate(), 0.1);
  EXPECT_DOUBLE_EQ(second->learning_rate(), 0.001);
}

}  // namespace
}  // namespace gluino
