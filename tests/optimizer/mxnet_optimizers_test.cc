#include <gluino/autograd/autograd.h>
#include <gluino/base/error.h>
#include <gluino/base/random.h>
#include <gluino/ndarray/creation.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/cast.h>
#include <gluino/ops/random/random.h>
#include <gluino/optimizer/core/updater.h>
#include <gluino/optimizer/rules/adamax.h>
#include <gluino/optimizer/rules/lars.h>
#include <gluino/optimizer/rules/rmsprop.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "optimizer/formulas.h"

// Trainings of 20 updates, against formulas in double precision and against what MXNet 1.9.1 makes
// of them: mxnet_trainings.json, which tests/oracle/renew_optimizers.py writes.
namespace gluino {
namespace {

using nlohmann::json;
using testing::FormulaStep;
using testing::kFormulas;
using testing::Row;

using Numbers = std::vector<double>;

constexpr int kUpdates = 20;
const Shape kShape = {2, 3};

// The numbers of the weight (k = 0) and of the gradients; renew_optimizers.py makes the same.
Numbers plain(int k) {
  Numbers values;
  for (int n = 0; n < 6; ++n) values.push_back(((n * 37 + 11 * k) % 101 - 50) / 32.0);
  return values;
}

NDArray array_of(const Numbers& values, DType dtype) {
  return nd::from(values, kShape).astype(dtype);
}

std::vector<json> trainings() {
  std::vector<json> all = json::parse(std::ifstream(MXNET_TRAININGS));
  EXPECT_GT(all.size(), 40U);
  return all;
}

optimizer::OptionMap options_of(const json& training) {
  optimizer::OptionMap options;
  for (const auto& [name, value] : training.at("options").items()) {
    if (value.is_string()) {
      options[name] = value.get<std::string>();
    } else {
      options[name] =
          value.is_boolean() ? static_cast<double>(value.get<bool>()) : value.get<double>();
    }
  }
  return options;
}

// The weights after each update.
std::vector<Numbers> trained(const json& training, DType dtype) {
  const auto updater =
      optimizer::get_updater(optimizer::create(training.at("name"), options_of(training)));
  optimizer::Optimizer& optimizer = updater.optimizer();
  if (training.contains("weight_name")) optimizer.set_idx2name({{0, training["weight_name"]}});
  std::vector<NDArray> weights;
  for (int i = 0; i < training.value("copies", 1); ++i) {
    weights.push_back(array_of(plain(0), dtype));
  }
  random::seed(7);
  std::vector<Numbers> after;
  for (int k = 1; k <= kUpdates; ++k) {
    if (k == kUpdates / 2 + 1) optimizer.set_learning_rate(optimizer.learning_rate() / 4);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      updater(static_cast<std::int64_t>(i), array_of(plain(k), dtype), weights[i]);
    }
    after.push_back(weights.back().to_vector<double>());
  }
  return after;
}

TEST(Optimizers, FollowMxnetOverTwentyUpdates) {
  for (const DType dtype : {float32, float64}) {
    for (const json& training : trainings()) {
      if (training["name"] == "sgld" && dtype == float64) continue;  // draws other numbers
      SCOPED_TRACE(str(training.dump(), " ", dtype));
      const Numbers got = trained(training, dtype).back();
      const Numbers expected = training.at("weight");
      for (std::size_t i = 0; i < got.size(); ++i) {
        EXPECT_NEAR(got[i], expected[i], 1e-5 * (1 + std::abs(expected[i])));
      }
    }
  }
}

// MXNet's.
const std::map<std::string, std::map<std::string, double>> kDefaults = {
    {"", {{"wd", 0}, {"rescale_grad", 1}, {"clip_gradient", 0}, {"momentum", 0}}},
    {"signum", {{"momentum", 0.9}, {"wd_lh", 0}}},
    {"dcasgd", {{"lamda", 0.04}}},
    {"adam", {{"learning_rate", 0.001}, {"beta1", 0.9}, {"beta2", 0.999}, {"epsilon", 1e-8}}},
    {"adamw",
     {{"learning_rate", 0.001},
      {"beta1", 0.9},
      {"beta2", 0.999},
      {"epsilon", 1e-6},
      {"correct_bias", 1}}},
    {"adabelief",
     {{"learning_rate", 0.001},
      {"beta1", 0.9},
      {"beta2", 0.999},
      {"epsilon", 1e-6},
      {"correct_bias", 1}}},
    {"adamax", {{"beta1", 0.9}, {"beta2", 0.999}}},
    {"nadam", {{"beta1", 0.9}, {"beta2", 0.999}, {"epsilon", 1e-8}, {"schedule_decay", 0.004}}},
    {"ftml", {{"beta1", 0.6}, {"beta2", 0.999}, {"epsilon", 1e-8}}},
    {"adagrad", {{"eps", 1e-7}}},
    {"groupadagrad", {{"eps", 1e-5}}},
    {"adadelta", {{"rho", 0.9}, {"epsilon", 1e-5}}},
    {"rmsprop",
     {{"gamma1", 0.9}, {"gamma2", 0.9}, {"epsilon", 1e-8}, {"centered", 0}, {"clip_weights", 0}}},
    {"ftrl", {{"lamda1", 0.01}, {"beta", 1}}},
    {"lamb",
     {{"beta1", 0.9},
      {"beta2", 0.999},
      {"epsilon", 1e-6},
      {"lower_bound", 0},
      {"upper_bound", 0},
      {"bias_correction", 1}}},
    {"lans",
     {{"beta1", 0.9}, {"beta2", 0.999}, {"epsilon", 1e-6}, {"lower_bound", 0}, {"upper_bound", 0}}},
    {"lars", {{"eta", 0.001}, {"eps", 0}, {"momentum_correction", 1}}},
    {"lbsgd",
     {{"warmup_epochs", 5}, {"updates_per_epoch", 32}, {"batch_scale", 1}, {"begin_epoch", 0}}},
};

std::map<std::string, double> numbers_of(const json& training) {
  std::map<std::string, double> numbers = kDefaults.at("");
  numbers["learning_rate"] = 0.01;
  if (const auto own = kDefaults.find(training["name"]); own != kDefaults.end()) {
    for (const auto& [name, value] : own->second) numbers[name] = value;
  }
  for (const auto& [name, value] : options_of(training)) {
    if (name != "warmup_strategy") numbers[name] = value.number(name);
  }
  return numbers;
}

std::vector<Row> noise() {
  random::seed(7);
  std::vector<Row> rows;
  for (int k = 0; k < kUpdates; ++k) {
    const Numbers drawn =
        nd::random::normal({.shape = kShape, .dtype = float64}).to_vector<double>();
    rows.emplace_back(drawn.data(), drawn.size());
  }
  return rows;
}

void expect_formula(const json& training) {
  SCOPED_TRACE(training.dump());
  const std::vector<Numbers> got = trained(training, float64);
  const std::map<std::string, double> options = numbers_of(training);
  const std::vector<Row> drawn = noise();
  const auto& formula = kFormulas.at(training["name"]);
  std::map<std::string, Row> kept;
  const auto row = [](const Numbers& numbers) { return Row(numbers.data(), numbers.size()); };
  Row w = row(plain(0));
  for (int k = 1; k <= kUpdates; ++k) {
    const double lr = options.at("learning_rate") / (k > kUpdates / 2 ? 4 : 1);
    const bool decays = training.value("weight_name", "fc_weight") == "fc_weight";
    w = formula({.w = w,
                 .gradient = row(plain(k)),
                 .t = static_cast<double>(k),
                 .lr = lr,
                 .wd = decays ? options.at("wd") : 0,
                 .options = options,
                 .weight_name = training.value("weight_name", ""),
                 .warmup_strategy = training["options"].value("warmup_strategy", "linear"),
                 .noise = drawn[static_cast<std::size_t>(k - 1)],
                 .kept = kept});
    const Numbers& after = got[static_cast<std::size_t>(k - 1)];
    for (std::size_t i = 0; i < w.size(); ++i) {
      ASSERT_NEAR(after[i], w[i], 1e-12 * (1 + std::abs(w[i]))) << "update " << k;
    }
  }
}

TEST(Optimizers, FollowTheirFormulasOverTwentyUpdates) {
  std::set<std::string> tried;
  std::vector<json> all = trainings();
  for (
      const char* more :
      {R"({"name": "adamw", "options": {"learning_rate": 0.1}})",
       R"({"name": "adamw", "options": {"learning_rate": 0.1, "wd": 0.05, "rescale_grad": 0.5,
            "clip_gradient": 0.4, "beta1": 0.8, "beta2": 0.9, "epsilon": 0.001,
            "correct_bias": false}})",
       R"({"name": "adabelief", "options": {"learning_rate": 0.1}})",
       R"({"name": "adabelief", "options": {"learning_rate": 0.1, "wd": 0.05, "rescale_grad": 0.5,
            "clip_gradient": 0.4, "beta1": 0.8, "beta2": 0.9, "epsilon": 0.001,
            "correct_bias": false}})",
       R"({"name": "lans", "options": {"learning_rate": 0.1}})",
       R"({"name": "lans", "options": {"learning_rate": 0.1, "wd": 0.05, "rescale_grad": 0.5,
            "clip_gradient": 0.4, "beta1": 0.8, "beta2": 0.9, "epsilon": 0.001,
            "lower_bound": 0.5, "upper_bound": 1.5}})",
       R"({"name": "dcasgd", "options": {"learning_rate": 0.1, "momentum": 0.9, "lamda": 0.5}})"}) {
    all.push_back(json::parse(more));  // MXNet 1.9.1 has them not, or fails
  }
  for (const json& training : all) {
    if (training.contains("copies")) continue;
    expect_formula(training);
    tried.insert(training["name"]);
  }
  EXPECT_EQ(tried.size(), kFormulas.size());
}

TEST(Optimizers, HaveMxnetsRates) {
  const std::map<std::string, double> rates = {
      {"nag", 0.01},   {"rmsprop", 0.001},  {"adagrad", 0.01},      {"adadelta", 0.01},
      {"ftrl", 0.1},   {"adamax", 0.002},   {"signum", 0.01},       {"sgld", 0.01},
      {"ftml", 0.01},  {"nadam", 0.001},    {"lamb", 0.001},        {"lars", 0.01},
      {"lbsgd", 0.01}, {"dcasgd", 0.01},    {"groupadagrad", 0.01}, {"adamw", 0.001},
      {"lans", 0.001}, {"adabelief", 0.001}};
  for (const auto& [name, rate] : rates) {
    EXPECT_EQ(optimizer::create(name)->learning_rate(), rate) << name;
  }
}

// Kernels take vectors and a rest; sizes around a vector's give the numbers of single elements.
TEST(Optimizers, TreatElementsAlike) {
  // Their steps follow from all elements of a weight, or from numbers drawn for each.
  const std::set<std::string> others = {"lamb", "lars", "sgld", "groupadagrad", "lbsgd"};
  for (const json& training : trainings()) {
    if (others.contains(training["name"])) continue;
    SCOPED_TRACE(training.dump());
    const auto run = [&](const NDArray& weight, const NDArray& gradient) {
      const auto updater =
          optimizer::get_updater(optimizer::create(training["name"], options_of(training)));
      for (int i = 0; i < 3; ++i) updater(0, gradient, weight);
      return weight.to_vector<float>();
    };
    const auto single = run(nd::full({1}, 0.7), nd::full({1}, 0.3));
    for (const std::int64_t n : {0, 3, 8, 19}) {
      const auto many = run(nd::full({n}, 0.7), nd::full({n}, 0.3));
      EXPECT_EQ(many, std::vector<float>(static_cast<std::size_t>(n), single[0]));
    }
  }
}

// The weights that MXNet 2.0.0b1 has after three steps.
TEST(Optimizers, EpsilonIsThatOfMxnet2) {
  const std::map<std::string, double> decays = {{"epsilon", 1e-3}, {"wd", 0.1}};
  const std::map<std::string, double> bounded = {
      {"epsilon", 1e-3}, {"wd", 0.1}, {"rescale_grad", 0.5}, {"clip_gradient", 0.2}};
  const struct {
    const char* name;
    std::map<std::string, double> options;
    Numbers weight;
  } cases[] = {{"adagrad", {{"epsilon", 1e-3}}, {0.99736243, -0.52278364, 2.0228355}},
               {"adagrad", decays, {0.97741872, -0.52273875, 2.0228298}},
               {"adagrad", bounded, {0.97741890, -0.52258098, 2.0}},
               {"adamax", {{"epsilon", 1e-3}}, {0.99945462, -0.50598007, 2.0059967}},
               {"adamax", decays, {0.99405968, -0.50597829, 2.0059969}},
               {"adamax", bounded, {0.99405974, -0.50594020, 2.0}}};
  for (const auto& c : cases) {
    const auto updater = optimizer::get_updater(optimizer::create(c.name, c.options));
    const NDArray weight = nd::array({1, -0.5, 2});
    for (int step = 0; step < 3; ++step) updater(0, nd::array({1e-4, 0.3, -2}), weight);
    const Numbers got = weight.to_vector<double>();
    for (std::size_t i = 0; i < got.size(); ++i) {
      EXPECT_NEAR(got[i], c.weight[i], 4e-6) << c.name << ", " << c.options.size() << " options";
    }
  }
}

TEST(Optimizers, AdamaxStaysWhereThereIsNoGradient) {
  const auto updater = optimizer::get_updater(optimizer::create("adamax"));
  const NDArray weight = nd::ones({3});
  updater(0, nd::zeros({3}), weight);
  EXPECT_EQ(weight.to_vector<double>(), (Numbers{1, 1, 1}));
}

// What MXNet's first call after a change of the rate does not update keeps its momentum there.
TEST(Optimizers, LarsScalesTheMomentumOfAllWeights) {
  const auto updater = optimizer::get_updater(
      optimizer::create("lars", {{"learning_rate", 0.5}, {"momentum", 0.9}, {"eta", 0.1}}));
  std::vector<NDArray> weights;
  for (int i = 0; i < 6; ++i) weights.push_back(nd::ones({3}));
  for (const double rate : {0.5, 0.5, 0.05, 0.05}) {
    updater.optimizer().set_learning_rate(rate);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      updater(static_cast<std::int64_t>(i), nd::ones({3}), weights[i]);
    }
  }
  for (const NDArray& weight : weights) {
    EXPECT_EQ(weight.to_vector<float>(), weights[0].to_vector<float>());
  }
}

TEST(Optimizers, AreNotRecordedAndAtFailuresCountNothing) {
  const NDArray weight = nd::ones(kShape);
  for (const auto& [name, formula] : kFormulas) {
    const auto updater = optimizer::get_updater(optimizer::create(name));
    {
      const autograd::Scope recording = autograd::record();
      EXPECT_THROW(updater(0, nd::ones(kShape), weight), Error) << name;
    }
    EXPECT_THROW(updater(0, nd::ones({7}), weight), Error) << name;
    EXPECT_TRUE(updater.optimizer().update_counts().empty()) << name;
  }
  EXPECT_EQ(weight.to_vector<double>(), Numbers(6, 1));
}

TEST(Optimizers, RefuseRatesThatTheyCannotHave) {
  const auto run = [](const char* name, double rate, double wd = 0) {
    optimizer::get_updater(optimizer::create(name, {{"learning_rate", rate}, {"wd", wd}}))(
        0, nd::ones(kShape), nd::ones(kShape));
  };
  EXPECT_THROW(run("ftml", 0), Error);
  EXPECT_THROW(run("ftrl", 0), Error);
  EXPECT_THROW(run("sgld", -1), Error);
  EXPECT_THROW(run("groupadagrad", 0.1, 0.1), Error);
  EXPECT_THROW(
      optimizer::get_updater(optimizer::create("groupadagrad"))(0, nd::ones({3}), nd::ones({3})),
      Error);
}

TEST(Optimizers, RefuseWrongOptions) {
  EXPECT_THROW(optimizer::create("rmsprop", {{"gamma1", 1}}), Error);
  EXPECT_THROW(optimizer::create("nag", {{"momentum", -1}}), Error);
  EXPECT_THROW(optimizer::create("ftrl", {{"lamda1", -1}}), Error);
  EXPECT_THROW(optimizer::create("signum", {{"momentum", 1}}), Error);
  EXPECT_THROW(optimizer::create("adadelta", {{"rho", 2}}), Error);
  EXPECT_THROW(optimizer::create("adagrad", {{"epsilon", -1}}), Error);
  EXPECT_THROW(optimizer::create("adamax", {{"epsilon", -1}}), Error);
  EXPECT_THROW(optimizer::create("lamb", {{"lower_bound", -1}}), Error);
  EXPECT_THROW(optimizer::create("lbsgd", {{"batch_scale", 0}}), Error);
  EXPECT_THROW(optimizer::create("lbsgd", {{"batch_scale", 1.5}}), Error);
  EXPECT_THROW(optimizer::create("lbsgd", {{"warmup_strategy", 1}}), Error);
  EXPECT_THROW(optimizer::create("nadam", {{"schedule_decay", "fast"}}), Error);
  EXPECT_THROW(optimizer::LARS({.eta = -1}), Error);
  EXPECT_THROW(optimizer::RMSProp({.epsilon = -1}), Error);
  EXPECT_THROW(optimizer::Adamax({.beta2 = 1}), Error);
}

TEST(Signum, WithoutMomentumBothDecaysAreOfTheWeight) {
  const auto signum = optimizer::create(
      "signum", {{"learning_rate", 0.1}, {"momentum", 0.0}, {"wd_lh", 0.5}, {"wd", 0.25}});
  const NDArray weight = nd::array({1, -1}, float64);
  auto state = signum->create_state(0, weight);
  signum->update(0, weight, nd::array({3, 2}, float64), state);
  EXPECT_NEAR(weight.to_vector<double>()[0], 0.825, 1e-7);
  EXPECT_NEAR(weight.to_vector<double>()[1], -1.025, 1e-7);
}

}  // namespace
}  // namespace gluino
