#include <apps/digits/commands/train_settings.h>
#include <gtest/gtest.h>

#include <set>

namespace digits {
namespace {

// Of a training that is resumed: these say where from, what is printed and how fast it is, or
// belong to a training that keeps no checkpoints.
const std::set<std::string> kNotOfTheCourse = {
    "--help", "--save", "--resume", "--resume-or-begin", "--threads", "--json", "--quiet", "--log",
    "--finetune", "--model", "--run", "--tensorboard",
    // How many processes compute does not matter, their shards do.
    "--kvstore"};

TEST(TrainSettings, EveryOptionIsRememberedOrSaysWhyNot) {
  CLI::App app;
  TrainCommandOptions options;
  add_train_options(app, options);
  const nlohmann::ordered_json settings = settings_json(options);
  for (const CLI::Option* option : app.get_options()) {
    const std::string name = "--" + option->get_lnames().at(0);
    EXPECT_NE(settings.contains(name), kNotOfTheCourse.contains(name)) << name;
  }
  for (const auto& [name, value] : settings.items()) {
    EXPECT_NE(app.get_option_no_throw(name), nullptr) << name;
  }
}

TEST(TrainSettings, WhatIsLeftOutIsTakenOver) {
  TrainCommandOptions before;
  before.network.net = "mlp";
  before.training.epochs = 7;
  before.optimizer.momentum = 0.25;
  before.augment = true;
  before.seed = 11;
  const nlohmann::ordered_json saved = settings_json(before);
  CLI::App app;
  TrainCommandOptions after;
  add_train_options(app, after);
  app.parse("--epochs 9 --net mlp", false);
  adopt_settings(saved, "it", app, after);
  EXPECT_EQ(after.network.net, "mlp");
  EXPECT_EQ(after.training.epochs, 9);
  EXPECT_EQ(after.optimizer.momentum, 0.25);
  EXPECT_EQ(after.optimizer.lr, std::nullopt);
  EXPECT_TRUE(after.augment);
  EXPECT_EQ(after.seed, 11);
}

}  // namespace
}  // namespace digits
