#include <apps/digits/console/failure.h>
#include <apps/digits/tuning/settings.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

namespace digits::tuning {
namespace {

std::string refusal(const std::string& assignment) {
  try {
    parse_assignment(assignment);
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.code(), Exit::wrong_use);
    return failure.what();
  }
  return "";
}

TEST(TuneSpace, ValuesAreNamedOrComeFromRanges) {
  EXPECT_EQ(parse_assignment("net=mlp,lenet"),
            (Parameter{.name = "net", .choices = {"mlp", "lenet"}}));
  EXPECT_EQ(parse_assignment("lr=log:1e-3..1"),
            (Parameter{.name = "lr", .kind = Kind::log, .low = 0.001, .high = 1}));
  EXPECT_EQ(
      parse_assignment("momentum=real:-0.5..0.9/4"),
      (Parameter{.name = "momentum", .kind = Kind::real, .low = -0.5, .high = 0.9, .points = 4}));
  EXPECT_EQ(parse_assignment("batch-size=int:32..256"),
            (Parameter{.name = "batch-size", .kind = Kind::whole, .low = 32, .high = 256}));
  EXPECT_EQ(parse_assignment("batch-size=logint:8..512").kind, Kind::log_whole);
  // What looks a little like a range is a value.
  for (const char* value : {"../mnist", "a=b", "C:mnist", "a..b", "log"}) {
    EXPECT_EQ(parse_parameter("data", value).choices, std::vector<std::string>{value});
  }
  EXPECT_TRUE(parse_assignment("net=mlp").is_fixed());
  EXPECT_FALSE(parse_assignment("net=mlp,lenet").is_fixed());
}

TEST(TuneSpace, WhatIsWrongIsTold) {
  const std::pair<const char*, const char*> cases[] = {
      {"lr", "expected NAME=VALUES"},
      {"=1", "expected NAME=VALUES"},
      {"", "expected NAME=VALUES"},
      {"lr=", "lr: expected values"},
      {"net=mlp,,lenet", "an empty one"},
      {"net=mlp,", "an empty one"},
      {"net=mlp,mlp", "'mlp' twice"},
      {"lr=0.1..1", "how the range is spread: int:0.1..1"},
      {"lr=lgo:0.1..1", "did you mean log?"},
      {"lr=log:0..1", "ends above 0"},
      {"lr=log:-1..1", "ends above 0"},
      {"lr=log:1..0.1", "a low end below the high end"},
      {"lr=real:1..1", "a low end below the high end"},
      {"lr=log:0.1", "expected log:LOW..HIGH"},
      {"lr=log:", "expected log:LOW..HIGH"},
      {"lr=log:a..1", "expected log:LOW..HIGH"},
      {"lr=real:0..inf", "expected real:LOW..HIGH"},
      {"lr=real:nan..1", "expected real:LOW..HIGH"},
      {"lr=real:-1e308..1e308", "a low end below the high end"},
      {"n=int:1..2.5", "whole numbers"},
      {"n=int:0..99999999999999999999", "whole numbers"},
      {"n=int:1e1..1e2", "whole numbers"},
      {"n=logint:0..5", "ends above 0"},
      {"lr=log:0.1..1/", "expected log:LOW..HIGH"},
      {"lr=log:0.1..1/1", "2 to 1000"},
      {"lr=log:0.1..1/x", "2 to 1000"},
      {"lr=log:0.1..1/1001", "2 to 1000"},
  };
  for (const auto& [assignment, part] : cases) {
    EXPECT_NE(refusal(assignment).find(part), std::string::npos)
        << assignment << ": " << refusal(assignment);
  }
}

TEST(TuneSpace, DrawnValuesLieInTheRangeAndAreSpreadAsAsked) {
  const int kDraws = 10'000;
  for (const auto& [range, median] :
       {std::pair("real:0..1", 0.5), std::pair("log:0.0001..1", 0.01), std::pair("int:1..9", 5.0),
        std::pair("logint:1..100", 10.0), std::pair("real:0.1..0.1000001", 0.10000005)}) {
    const Parameter p = parse_parameter("x", range);
    double below = 0;
    for (int i = 0; i < kDraws; ++i) {
      const double value = std::stod(value_at(p, (i + 0.5) / kDraws));
      ASSERT_GE(value, p.low) << range;
      ASSERT_LE(value, p.high) << range;
      below += value < median ? 1 : value == median ? 0.5 : 0;
    }
    EXPECT_NEAR(below / kDraws, 0.5, 0.05) << range;
  }
}

TEST(TuneSpace, WholeNumbersAndChoicesComeEquallyOften) {
  for (const char* text : {"int:3..6", "a,b,c,d"}) {
    std::map<std::string, int> counts;
    for (int i = 0; i < 4000; ++i) ++counts[value_at(parse_parameter("x", text), i / 4000.0)];
    EXPECT_EQ(counts.size(), 4U) << text;
    for (const auto& [value, count] : counts) EXPECT_EQ(count, 1000) << text << " " << value;
  }
}

TEST(TuneSpace, AGridTakesTheEndsAndPointsBetween) {
  using Texts = std::vector<std::string>;
  const auto grid = [](const char* text) { return grid_values(parse_parameter("x", text)); };
  EXPECT_EQ(grid("real:0..1"), (Texts{"0", "0.25", "0.5", "0.75", "1"}));
  EXPECT_EQ(grid("log:0.001..1/4"), (Texts{"0.001", "0.01", "0.1", "1"}));
  EXPECT_EQ(grid("int:1..3"), (Texts{"1", "2", "3"}));
  EXPECT_EQ(grid("int:32..256/2"), (Texts{"32", "256"}));
  EXPECT_EQ(grid("logint:8..512/4"), (Texts{"8", "32", "128", "512"}));
  EXPECT_EQ(grid("mlp,lenet"), (Texts{"mlp", "lenet"}));
}

TEST(TuneSpace, GridsHaveEveryCombinationOnce) {
  Settings settings{.space = {parse_assignment("net=mlp,lenet"), parse_assignment("lr=real:0..1/3"),
                              parse_assignment("init=xavier")},
                    .method = "grid"};
  const auto trials = propose(settings);
  EXPECT_EQ(trials.size(), 6U);
  EXPECT_EQ(std::set(trials.begin(), trials.end()).size(), 6U);
  EXPECT_EQ(trials[1], (Values{"mlp", "0.5", "xavier"}));
  settings.trials = 4;
  EXPECT_EQ(propose(settings), std::vector(trials.begin(), trials.begin() + 4));
  settings.trials = 0;
  settings.space.assign(8, parse_assignment("lr=real:0..1/10"));
  EXPECT_THROW(propose(settings), Failure);
}

TEST(TuneSpace, TheSameSeedProposesTheSameAndMoreBeginAlike) {
  Settings settings{
      .space = {parse_assignment("lr=log:0.001..1"), parse_assignment("batch-size=int:32..256")}};
  const auto trials = propose(settings);
  EXPECT_EQ(trials.size(), static_cast<std::size_t>(kUsualTrials));
  EXPECT_EQ(propose(settings), trials);
  settings.trials = 100;
  const auto more = propose(settings);
  EXPECT_EQ(more.size(), 100U);
  EXPECT_TRUE(std::equal(trials.begin(), trials.end(), more.begin()));
  settings.seed = 1;
  EXPECT_NE(propose(settings).front(), more.front());
}

TEST(TuneSpace, NoTwoTrialsAreAlike) {
  Settings settings{
      .space = {parse_assignment("net=mlp,lenet"), parse_assignment("batch-size=int:1..3")},
      .trials = 50};
  const auto trials = propose(settings);
  EXPECT_EQ(trials.size(), 6U);
  EXPECT_EQ(std::set(trials.begin(), trials.end()).size(), 6U);
}

TEST(TuneSpace, RungsRiseToAllEpochs) {
  using Rungs = std::vector<std::int64_t>;
  const auto of = [](std::int64_t epochs, std::int64_t least, std::int64_t eta) {
    return rungs({.method = "asha", .epochs = epochs, .min_epochs = least, .eta = eta});
  };
  EXPECT_EQ(of(9, 1, 3), (Rungs{1, 3, 9}));
  EXPECT_EQ(of(10, 1, 3), (Rungs{1, 3, 10}));
  EXPECT_EQ(of(10, 2, 3), (Rungs{3, 10}));
  EXPECT_EQ(of(1, 1, 3), (Rungs{1}));
  EXPECT_EQ(of(5, 9, 2), (Rungs{5}));
  EXPECT_EQ(of(16, 1, 4), (Rungs{1, 4, 16}));
  EXPECT_EQ(rungs({.method = "random", .epochs = 9}), Rungs{9});
}

TEST(TuneSpace, SettingsComeBackFromJson) {
  const Settings settings{
      .space = {parse_assignment("lr=log:1e-3..1/7"), parse_assignment("batch-size=int:32..256"),
                parse_assignment("momentum=real:0..0.1"), parse_assignment("n=logint:1..9"),
                choice_of("data", {"a,b", "log:1..2"})},
      .method = "asha",
      .metric = "validation_loss",
      .trials = 7,
      .seed = 3,
      .epochs = 27,
      .min_epochs = 2,
      .eta = 4};
  const std::string text = to_json(settings).dump();
  EXPECT_EQ(settings_from_json(nlohmann::ordered_json::parse(text)), settings) << text;
}

}  // namespace
}  // namespace digits::tuning
