#include <gluino/base/error.h>
#include <gluino/base/random.h>
#include <gluino/ndarray/creation.h>
#include <gluino/ndarray/params.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/optimizer/core/saved_states.h>
#include <gluino/optimizer/core/updater.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

namespace gluino {
namespace {

using optimizer::Updater;
using testing::HasSubstr;

Updater updater_of(const std::string& name, const std::map<std::string, double>& options = {}) {
  return optimizer::get_updater(optimizer::create(name, options));
}

void steps(const Updater& updater, const std::vector<NDArray>& weights, int from, int to) {
  for (int t = from; t < to; ++t) {
    for (std::size_t i = 0; i < weights.size(); ++i) {
      random::seed(t);  // for what sgld draws
      const double slope = 0.3 * (t + 1) - 0.7 * static_cast<double>(i);
      updater(static_cast<std::int64_t>(i), weights[i] * slope + 0.1, weights[i]);
    }
  }
}

std::vector<NDArray> weights() { return {nd::ones({2, 3}), nd::full({4}, -0.5)}; }

std::string bytes_of(const std::vector<NDArray>& arrays) {
  std::string bytes;
  for (const NDArray& array : arrays) {
    bytes.append(static_cast<const char*>(array.data()), array.bytes());
  }
  return bytes;
}

TEST(SavedStates, TakenUpTrainingsHaveTheBitsOfOneThatWentOn) {
  const std::map<std::string, std::map<std::string, double>> all = {
      {"sgd", {{"momentum", 0.9}}},
      {"nag", {{"momentum", 0.9}}},
      {"adam", {}},
      {"rmsprop", {}},
      {"adagrad", {}},
      {"adadelta", {}},
      {"adamax", {}},
      {"ftrl", {}},
      {"signum", {}},
      {"adamw", {}},
      {"adabelief", {}},
      {"dcasgd", {{"momentum", 0.9}}},
      {"ftml", {}},
      {"lamb", {}},
      {"lans", {}},
      {"lars", {{"momentum", 0.9}}},
      {"nadam", {}},
      {"sgld", {}},
      {"test", {}},
      {"lbsgd", {{"batch_scale", 2}}}};
  for (const auto& [name, own] : all) {
    SCOPED_TRACE(name);
    std::map<std::string, double> options = {{"learning_rate", 0.05}, {"wd", 0.01}};
    options.insert(own.begin(), own.end());
    const auto whole = weights();
    steps(updater_of(name, options), whole, 0, 6);

    const auto halved = weights();
    const Updater first = updater_of(name, options);
    steps(first, halved, 0, 3);
    const std::string saved = first.get_states();
    const Updater second = updater_of(name, options);
    second.set_states(saved);
    EXPECT_EQ(second.optimizer().update_counts(), first.optimizer().update_counts());
    steps(second, halved, 3, 6);
    EXPECT_EQ(bytes_of(halved), bytes_of(whole));
  }
}

TEST(SavedStates, HoldTheRatesIfAskedTo) {
  const Updater first = updater_of("sgd", {{"learning_rate", 0.25}, {"wd", 0.125}});
  const Updater second = updater_of("sgd");
  second.set_states(first.get_states());
  EXPECT_EQ(second.optimizer().learning_rate(), 0.01);
  second.set_states(first.get_states(true));
  EXPECT_EQ(second.optimizer().learning_rate(), 0.25);
  EXPECT_EQ(second.optimizer().wd(), 0.125);
  const auto scheduler = std::make_shared<lr_scheduler::FactorScheduler>(
      lr_scheduler::FactorOptions{.step = 5, .factor = 0.5, .base_lr = 0.4});
  second.optimizer().set_lr_scheduler(scheduler);
  second.set_states(first.get_states(true));
  EXPECT_EQ(second.optimizer().learning_rate(), 0.4) << "the scheduler decides";
}

std::string message_of(const Updater& updater, const nd::NamedArrays& arrays) {
  try {
    updater.set_states(nd::save_tobuffer(arrays));
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(SavedStates, OtherBytesAreRefusedAndChangeNothing) {
  const Updater updater = updater_of("adam");
  steps(updater, weights(), 0, 1);
  const std::string before = updater.get_states();
  const NDArray version = nd::ones({1}, int64);
  const NDArray x = nd::ones({2});
  EXPECT_THAT(message_of(updater, {}), HasSubstr("expected the array \"gluino_states\" first"));
  EXPECT_THAT(message_of(updater, {{"arg:fc_weight", x}}), HasSubstr("no states of an optimizer"));
  EXPECT_THAT(message_of(updater, {{"gluino_states", nd::full({1}, 7, int64)}}),
              HasSubstr("expected version 1 of optimizer states, found 7"));
  EXPECT_THAT(message_of(updater, {{"gluino_states", version}, {"state:0:1", x}}),
              HasSubstr("expected state 0 of weight 0"));
  for (const char* name : {"state:", "state:0", "state:x:0", "state:0:", "states:0:0", "", "0:0"}) {
    EXPECT_THAT(message_of(updater, {{"gluino_states", version}, {name, x}}),
                HasSubstr("names no state of a weight"))
        << name;
  }
  EXPECT_THAT(message_of(updater, {{"gluino_states", version}, {"counts", x}}),
              HasSubstr("expected int64 rows"));
  EXPECT_THAT(
      message_of(updater, {{"gluino_states", version}, {"counts", nd::zeros({2, 3}, int64)}}),
      HasSubstr("occurs twice"));
  EXPECT_THAT(
      message_of(updater, {{"gluino_states", version}, {"rates", nd::full({2}, NAN, float64)}}),
      HasSubstr("expected finite numbers"));
  std::string cut = before;
  cut.pop_back();
  EXPECT_THROW(updater.set_states(cut), Error);
  EXPECT_EQ(updater.get_states(), before);
}

}  // namespace
}  // namespace gluino
