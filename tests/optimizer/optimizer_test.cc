#include <gluino/base/error.h>
#include <gluino/ndarray/creation.h>
#include <gluino/optimizer/core/updater.h>
#include <gluino/optimizer/rules/adam.h>
#include <gluino/optimizer/rules/sgd.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "error_message.h"

namespace gluino {
namespace {

using lr_scheduler::FactorScheduler;
using optimizer::Adam;
using optimizer::Optimizer;
using optimizer::SGD;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::message_of;

using Numbers = std::vector<double>;

const Numbers kWeight = {0.5, -1.25, 2.0, 0.0, -0.75, 3.5};
const std::vector<Numbers> kGradients = {{0.3, -0.8, 1.5, -2.0, 0.05, 10.0},
                                         {-0.6, 0.4, 0.9, 1.0, -0.15, -4.0},
                                         {1.2, -2.2, 0.1, 0.7, 0.25, 0.5},
                                         {0.0, 3.0, -1.0, 0.2, -0.35, 6.0},
                                         {-0.9, 0.6, 0.45, -0.3, 2.5, -7.0}};

NDArray array_of(const Numbers& values, DType dtype) {
  const NDArray array({static_cast<std::int64_t>(values.size())}, dtype);
  dispatch_real(dtype, "test", [&]<class T>() {
    for (std::size_t i = 0; i < values.size(); ++i) array.data<T>()[i] = static_cast<T>(values[i]);
  });
  return array;
}

struct Training {
  std::string name;
  std::shared_ptr<Optimizer> optimizer;
  Numbers expected;  // the weight after all of kGradients, as MXNet 1.9.1 gives it in float64
};

std::vector<Training> trainings() {
  return {
      {"sgd",
       optimizer::create("sgd", {{"learning_rate", 0.1}}),
       {0.5, -1.3500000014901161, 1.8049999970942736, 0.04000000059604645, -0.9800000034272671,
        2.9499999918043613}},
      {"sgd, all options",
       std::make_shared<SGD>(optimizer::SGDOptions{
           .learning_rate = 0.1, .wd = 0.05, .rescale_grad = 0.5, .clip_gradient = 0.8}),
       {0.4880728799564335, -1.2299544581592012, 1.8549577964956703, -0.0004426575511413261,
        -0.8014616912190685, 3.3894140380063744}},
      {"momentum",
       optimizer::create("SGD", {{"learning_rate", 0.1}, {"momentum", 0.9}}),
       {0.3482870040950626, -1.0937520157552956, 1.1941250266296415, 0.27741998290985864,
        -0.970140503345199, 0.20500011288225484}},
      {"momentum, all options",
       optimizer::create("sgd", {{"learning_rate", 0.1},
                                 {"momentum", 0.9},
                                 {"wd", 0.05},
                                 {"rescale_grad", 0.5},
                                 {"clip_gradient", 0.8}}),
       {0.39273860154993245, -1.0426244413189885, 1.475441148692235, 0.0529399492143962,
        -0.7663331904976617, 3.0845483933815787}},
      {"adam",
       optimizer::create("Adam", {{"learning_rate", 0.02}}),
       {0.47317378741259986, -1.2172195617225152, 1.9333593291886964, 0.02516326080702081,
        -0.7714245275949309, 3.4553696380376144}},
      {"adam, all options",
       std::make_shared<Adam>(optimizer::AdamOptions{.learning_rate = 0.02,
                                                     .beta1 = 0.8,
                                                     .beta2 = 0.99,
                                                     .epsilon = 1e-6,
                                                     .wd = 0.05,
                                                     .rescale_grad = 0.5,
                                                     .clip_gradient = 0.8}),
       {0.46906178009545635, -1.2102895131537166, 1.9301840400991892, 0.013871322514081854,
        -0.7106252760572929, 3.468799469295815}},
      {"scheduler",
       std::make_shared<SGD>(optimizer::SGDOptions{
           .momentum = 0.9,
           .lr_scheduler = std::make_shared<FactorScheduler>(
               lr_scheduler::FactorOptions{.step = 2, .factor = 0.5, .base_lr = 0.2})}),
       {0.38677400301346176, -0.8737040230258698, 0.2928500535543255, 0.7375399633923181,
        -0.8140310019183009, -2.8644997885182537}},
  };
}

TEST(Optimizer, FollowsMxnetOverSeveralSteps) {
  for (const DType dtype : {float32, float64}) {
    for (const Training& training : trainings()) {
      SCOPED_TRACE(str(training.name, " ", dtype));
      const auto updater = optimizer::get_updater(training.optimizer);
      const NDArray weight = array_of(kWeight, dtype);
      for (const Numbers& gradient : kGradients) updater(3, array_of(gradient, dtype), weight);
      const Numbers got = weight.to_vector<double>();
      // MXNet's options are float32, whatever the arrays' type.
      for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], training.expected[i], 1e-6);
    }
  }
}

/// Shows the rate and decay that a weight gets.
class Probe : public Optimizer {
 public:
  using Optimizer::Optimizer;
  void update(std::int64_t index, const NDArray& weight, const NDArray& /*grad*/,
              optimizer::State& state) override {
    const Step step = next_step(index, weight, state, 0);
    seen = {step.lr, step.wd, static_cast<double>(step.count)};
  }
  Numbers seen;
};

Numbers numbers_of(Probe& probe, std::int64_t index, const Context& context = cpu()) {
  optimizer::State none;
  const NDArray weight({1}, float32, context);
  probe.update(index, weight, weight, none);
  return {probe.seen[0], probe.seen[1]};
}

TEST(Optimizer, AFactoryThatGivesNoneIsTold) {
  optimizer::register_optimizer("nothing", [](const auto&) { return nullptr; });
  EXPECT_THROW(optimizer::create("nothing"), Error);
}

// The numbers are MXNet 1.9.1's.
TEST(Optimizer, MultipliersByNameAndIndex) {
  Probe probe({.learning_rate = 0.1, .wd = 0.5});
  EXPECT_EQ(numbers_of(probe, 1), Numbers({0.1, 0.5})) << "names unknown: everything decays";
  probe.set_idx2name({{0, "fc_weight"}, {1, "fc_bias"}, {2, "bn_gamma"}, {3, "bn_beta"}});
  probe.set_lr_mult({{"fc_bias", 2.0}});
  probe.set_wd_mult({{"bn_beta", 0.25}});
  EXPECT_EQ(numbers_of(probe, 0), Numbers({0.1, 0.5}));
  EXPECT_EQ(numbers_of(probe, 1), Numbers({0.2, 0}));
  EXPECT_EQ(numbers_of(probe, 2), Numbers({0.1, 0.5}));
  EXPECT_EQ(numbers_of(probe, 3), Numbers({0.1, 0.125}));
  EXPECT_EQ(numbers_of(probe, 4), Numbers({0.1, 0.5})) << "a weight without a name";
  probe.set_lr_mult(1, 7.0);
  probe.set_wd_mult(0, 0.5);
  EXPECT_EQ(numbers_of(probe, 1), Numbers({0.1 * 7, 0}));
  EXPECT_EQ(numbers_of(probe, 0), Numbers({0.1, 0.25}));
}

TEST(Optimizer, CountsUpdatesPerWeightAndDevice) {
  Probe probe({.begin_num_update = 10});
  numbers_of(probe, 0);
  numbers_of(probe, 0);
  EXPECT_EQ(probe.seen[2], 12);
  numbers_of(probe, 0, cpu(1));
  EXPECT_EQ(probe.seen[2], 11);
  EXPECT_EQ(probe.num_update(), 12);
  Probe other(optimizer::CommonOptions{});
  other.set_update_counts(probe.update_counts());
  EXPECT_EQ(other.num_update(), 12);
  numbers_of(other, 0);
  EXPECT_EQ(other.seen[2], 13);
}

TEST(Optimizer, LearningRate) {
  EXPECT_EQ(SGD().learning_rate(), 0.01);
  EXPECT_EQ(Adam().learning_rate(), 0.001);
  SGD plain({.learning_rate = 0.3});
  plain.set_learning_rate(0.2);
  EXPECT_EQ(plain.learning_rate(), 0.2);
  const auto scheduler = std::make_shared<FactorScheduler>(
      lr_scheduler::FactorOptions{.step = 5, .factor = 0.5, .base_lr = 0.4});
  EXPECT_EQ(SGD({.lr_scheduler = scheduler}).learning_rate(), 0.4);
  SGD scheduled({.learning_rate = 0.8, .lr_scheduler = scheduler});
  EXPECT_EQ(scheduled.learning_rate(), 0.8);
  EXPECT_THROW(scheduled.set_learning_rate(0.1), Error);
  plain.set_lr_scheduler(scheduler);
  EXPECT_EQ(plain.learning_rate(), 0.8);
  plain.set_lr_scheduler(nullptr);
  EXPECT_EQ(plain.learning_rate(), 0.2);
}

TEST(Updater, GoesOnFromSavedStates) {
  const auto steps = [](const optimizer::Updater& updater, const NDArray& weight, int from,
                        int to) {
    for (int i = from; i < to; ++i) {
      updater(0, array_of(kGradients[static_cast<std::size_t>(i)], float64), weight);
    }
  };
  const NDArray whole = array_of(kWeight, float64);
  steps(optimizer::get_updater(optimizer::create("adam")), whole, 0, 5);

  const NDArray halved = array_of(kWeight, float64);
  const auto first = optimizer::get_updater(optimizer::create("adam"));
  steps(first, halved, 0, 3);
  ASSERT_EQ(first.states().at(0).size(), 2U);
  const auto second = optimizer::get_updater(optimizer::create("adam"));
  second.set_states(first.states());
  second.optimizer().set_update_counts(first.optimizer().update_counts());
  steps(second, halved, 3, 5);
  EXPECT_EQ(halved.to_vector<double>(), whole.to_vector<double>());
}

TEST(Updater, MovesRestoredStatesToTheWeight) {
  const auto updater = optimizer::get_updater(optimizer::create("sgd", {{"momentum", 0.5}}));
  updater.set_states({{4, {nd::ones({2})}}});
  const NDArray weight = nd::zeros({2}, float32, cpu(1));
  updater(4, nd::zeros({2}, float32, cpu(1)), weight);
  EXPECT_THAT(weight.to_vector<float>(), ElementsAre(0.5F, 0.5F));
  EXPECT_EQ(updater.states().at(4)[0].context(), cpu(1));
}

TEST(Updater, WithoutMomentumNoState) {
  const auto updater = optimizer::get_updater(optimizer::create("sgd"));
  updater(0, nd::ones({2}), nd::ones({2}));
  EXPECT_TRUE(updater.states().at(0).empty());
}

TEST(Updater, WeightsOfSizeZero) {
  for (const char* name : {"sgd", "adam"}) {
    const auto updater = optimizer::get_updater(optimizer::create(name));
    updater(0, nd::zeros({0, 3}), nd::zeros({0, 3}));
    EXPECT_EQ(updater.optimizer().num_update(), 1) << name;
    for (const NDArray& state : updater.states().at(0)) EXPECT_EQ(state.shape(), Shape({0, 3}));
  }
}

TEST(Optimizer, MistakesAreNamed) {
  EXPECT_THAT(message_of([] { optimizer::create("sdg"); }),
              AllOf(HasSubstr("'sdg'"), HasSubstr("adam, ")));
  EXPECT_THAT(message_of([] {
                optimizer::create("sgd", {{"lr", 0.1}});
              }),
              AllOf(HasSubstr("'lr'"), HasSubstr("learning_rate"), HasSubstr("momentum")));
  EXPECT_THROW(SGD({.momentum = -0.1}), Error);
  EXPECT_THROW(SGD({.wd = std::nan("")}), Error);
  EXPECT_THROW(Adam({.beta1 = 1}), Error);
  EXPECT_THROW(Adam({.learning_rate = HUGE_VAL}), Error);
  EXPECT_THROW(optimizer::get_updater(nullptr), Error);
  EXPECT_THROW(optimizer::register_optimizer("SGD", [](const auto&) { return nullptr; }), Error);
  optimizer::State none;
  EXPECT_THAT(message_of([&] { Adam().update(7, nd::ones({2}), nd::ones({2}), none); }),
              AllOf(HasSubstr("weight 7"), HasSubstr("2 arrays, got 0")));
  const auto updater = optimizer::get_updater(optimizer::create("sgd", {{"momentum", 0.5}}));
  EXPECT_THROW(updater(0, nd::ones({2}), nd::ones({3})), Error);
}

}  // namespace
}  // namespace gluino
