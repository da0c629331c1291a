#include <apps/digits/data/split.h>
#include <apps/digits/training/schedule.h>
#include <apps/program.h>
#include <gluino/gluon/data/vision/datasets.h>

#include <set>

namespace digits_test {
namespace {

Result train(const SmallMnist& mnist, const std::string& options,
             const std::vector<std::string>& more = {}) {
  std::vector<std::string> line = words("train --net mlp --batch-size 20 --json " + options, more);
  line.insert(line.end(), {"--data", mnist.folder.path()});
  return run(line);
}

std::vector<double> rates(const digits::ScheduleOptions& options, std::int64_t updates,
                          std::int64_t per_epoch = 10) {
  const auto schedule =
      digits::make_schedule(options, {.all = updates, .per_epoch = per_epoch}, 1.0);
  std::vector<double> all;
  for (std::int64_t i = 1; i <= updates; ++i) all.push_back((*schedule)(i));
  return all;
}

TEST(DigitsSchedule, GoesAsItsNameSays) {
  const char* none = "0";
  for (const double rate : rates({.name = "constant", .warm_up = none}, 50)) EXPECT_EQ(rate, 1);
  const auto step = rates({.name = "step", .warm_up = none}, 100);
  EXPECT_DOUBLE_EQ(step[49], 1);
  EXPECT_DOUBLE_EQ(step[50], 0.1);
  EXPECT_DOUBLE_EQ(step[75], 0.01);
  EXPECT_EQ(rates({.name = "poly"}, 80), rates({.name = "linear"}, 80));
  for (const char* name : {"linear", "cosine"}) {
    const auto falling = rates({.name = name, .warm_up = none}, 100);
    EXPECT_TRUE(std::is_sorted(falling.rbegin(), falling.rend())) << name;
    EXPECT_GT(falling.front(), 0.98) << name;
    EXPECT_NEAR(falling[49], 0.5, 0.02) << name;
    EXPECT_GT(falling.back(), 0) << name;
    EXPECT_LT(falling.back(), 0.02) << name;
  }
}

TEST(DigitsSchedule, WarmsUpForBatchesOrEpochs) {
  for (const std::string& name : digits::schedule_names()) {
    for (const char* text : {"20", "2epochs"}) {
      const auto all = rates({.name = name, .warm_up = text}, 100);
      EXPECT_TRUE(std::is_sorted(all.begin(), all.begin() + 19)) << name;
      EXPECT_DOUBLE_EQ(all[0], 1.0 / 20) << name;
      EXPECT_DOUBLE_EQ(all[19], 1) << name << text;
    }
    EXPECT_THROW(rates({.name = name, .warm_up = "10epochs"}, 100), gluino::Error);
    // However short a training is.
    for (const std::int64_t updates : {1, 2, 3, 5}) {
      for (const double rate : rates({.name = name}, updates)) EXPECT_GT(rate, 0) << name;
    }
  }
}

TEST(DigitsTrainOptions, EachScheduleTrainsThroughEachApi) {
  const SmallMnist mnist;
  for (const std::string& schedule : digits::schedule_names()) {
    const Result result = train(
        mnist, "--epochs 4 --warmup 1epoch --label-smoothing 0.1 --augment --schedule " + schedule);
    ASSERT_EQ(result.code, 0) << result.err;
    EXPECT_GT(last_json(result).at("train_accuracy").get<double>(), 0.12) << schedule;
  }
  const Result long_warm_up = train(mnist, "--epochs 2 --warmup 20");
  EXPECT_EQ(long_warm_up.code, 2);
  expect_sentence(long_warm_up, "--warmup: expected less than the whole training of 20 batches");
}

// Soft goals and augmentation, too, are the same through every interface.
TEST(DigitsTrainOptions, EveryApiLearnsTheSame) {
  const SmallMnist mnist(110, 30);
  std::string expected;
  for (const std::string api : {"gluon-eager", "gluon", "module", "feedforward"}) {
    const TempFolder out;
    const Result result =
        train(mnist, "--epochs 2 --augment --non-digits 0.2 --label-smoothing 0.1 --api " + api,
              {"--save", out / "model"});
    ASSERT_EQ(result.code, 0) << result.err;
    const std::string params = read(out / "model.params");
    if (expected.empty()) expected = params;
    EXPECT_TRUE(params == expected) << api;
  }
}

TEST(DigitsTrainOptions, AugmentationHasTheSameBitsForAnyNumberOfThreads) {
  const SmallMnist mnist;
  std::string expected;
  for (const char* threads : {"1", "2", "4"}) {
    const TempFolder out;
    const Result result = train(mnist, "--epochs 2 --augment --non-digits 0.1",
                                {"--threads", threads, "--save", out / "model"});
    ASSERT_EQ(result.code, 0) << result.err;
    const std::string params = read(out / "model.params");
    if (expected.empty()) expected = params;
    EXPECT_TRUE(params == expected) << threads;
  }
}

TEST(DigitsTrainOptions, LabelSmoothingKeepsTheNetworkFromBeingSure) {
  const SmallMnist mnist(400, 100);
  const auto loss = [&](const std::string& smoothing) {
    const Result result = train(mnist, "--epochs 30 --label-smoothing " + smoothing);
    EXPECT_EQ(result.code, 0) << result.err;
    return last_json(result).at("train_loss").get<double>();
  };
  EXPECT_LT(loss("0"), 0.05);
  // The entropy of the goals: what no network can do better than.
  EXPECT_GT(loss("0.2"), 0.8);
}

TEST(DigitsTrainOptions, ASplitValidatesAndTheTestDigitsComeLast) {
  const SmallMnist mnist;
  const TempFolder out;
  const Result result =
      train(mnist, "--epochs 3 --validation-split 0.25", {"--metrics-out", out / "metrics"});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_NE(result.out.find("150 training, 50 validation and 60 test digits"), std::string::npos)
      << result.out;
  const Json json = last_json(result);
  const Json last = Json::parse(lines(read(out / "metrics")).back());
  EXPECT_EQ(last.at("validation_accuracy"), json.at("validation_accuracy"));
  // Fiftieths and sixtieths.
  EXPECT_NEAR(std::remainder(json.at("validation_accuracy").get<double>() * 50, 1), 0, 1e-9);
  EXPECT_NEAR(std::remainder(json.at("test_accuracy").get<double>() * 60, 1), 0, 1e-9);
}

TEST(DigitsSplit, PartsTheDigitsByTheSeedAlone) {
  const gluino::gluon::data::Dataset digits =
      gluino::gluon::data::vision::SyntheticDigits({.count = 200});
  const auto numbers = [&](const gluino::gluon::data::Dataset& part) {
    std::multiset<std::string> all;
    for (std::int64_t i = 0; i < part.size(); ++i) {
      const auto pixels = part.get(i).data().to_vector<std::uint8_t>();
      all.emplace(pixels.begin(), pixels.end());
    }
    return all;
  };
  const auto one = digits::split(digits, 0.2, 7);
  EXPECT_EQ(one.validation.size(), 40);
  auto all = numbers(one.train);
  all.merge(numbers(one.validation));
  EXPECT_EQ(all, numbers(digits));
  EXPECT_EQ(numbers(digits::split(digits, 0.2, 7).validation), numbers(one.validation));
  EXPECT_NE(numbers(digits::split(digits, 0.2, 8).validation), numbers(one.validation));
  EXPECT_EQ(digits::split(digits, 1e-9, 7).validation.size(), 1);
}

TEST(DigitsTrainOptions, EarlyStopEndsAndKeepsTheBest) {
  const SmallMnist mnist(300, 60);
  const TempFolder out;
  const Result result = train(mnist, "--epochs 200 --early-stop 3 --schedule constant",
                              {"--save", out / "model", "--metrics-out", out / "metrics"});
  ASSERT_EQ(result.code, 0) << result.err;
  const auto metrics = lines(read(out / "metrics"));
  ASSERT_LT(metrics.size(), 200U);
  std::vector<double> accuracies;
  for (const std::string& line : metrics) {
    accuracies.push_back(Json::parse(line).at("validation_accuracy").get<double>());
  }
  const auto best = std::max_element(accuracies.begin(), accuracies.end());
  EXPECT_EQ(accuracies.end() - best, 4) << "three epochs were no better";
  EXPECT_EQ(last_json(result).at("validation_accuracy").get<double>(), *best);
  EXPECT_NE(result.out.find("stopped early after epoch " + std::to_string(metrics.size())),
            std::string::npos)
      << result.out;
  // The model's file tells of the weights that it has; what it does not know, it does not tell.
  const auto kept = best - accuracies.begin();
  const Json training = Json::parse(read(out / "model.json")).at("training");
  EXPECT_EQ(training.at("epochs"), kept + 1);
  EXPECT_EQ(training.at("train_accuracy"),
            Json::parse(metrics[static_cast<std::size_t>(kept)]).at("train_accuracy"));
  EXPECT_EQ(training.at("test_accuracy"), last_json(result).at("test_accuracy"));
  const Json of_best = Json::parse(read(out / "model-best.json")).at("training");
  EXPECT_EQ(of_best.at("epochs"), kept + 1);
  EXPECT_TRUE(of_best.at("test_accuracy").is_null());
  // What is saved is what was measured.
  const Result tested =
      run({"evaluate", "--model", out / "model", "--data", mnist.folder.path(), "--json"});
  EXPECT_EQ(last_json(tested).at("test_accuracy"), last_json(result).at("test_accuracy"));
}

TEST(DigitsTrainOptions, EarlyStopEndsSymbolsToo) {
  const SmallMnist mnist(300, 60);
  for (const char* api : {"module", "feedforward"}) {
    const Result result =
        train(mnist, std::string("--epochs 200 --early-stop 2 --schedule constant --api ") + api);
    ASSERT_EQ(result.code, 0) << result.err;
    EXPECT_LT(last_json(result).at("epochs").get<int>(), 200) << api;
  }
}

TEST(DigitsTrainOptions, TheRecipeSaysWhatItSetsAndOptionsGoBefore) {
  const SmallMnist mnist;
  const auto recipe = [&](const std::vector<std::string>& more) {
    std::vector<std::string> line = {"train",  "--recipe", "best",
                                     "--json", "--data",   mnist.folder.path()};
    line.insert(line.end(), more.begin(), more.end());
    return run(line);
  };
  const Result shorter = recipe({"--epochs", "1"});
  ASSERT_EQ(shorter.code, 0) << shorter.err;
  const std::string first = lines(shorter.out).front();
  EXPECT_TRUE(first.starts_with("recipe best: --net cnn --augment --non-digits ")) << first;
  EXPECT_EQ(first.find("--epochs"), std::string::npos) << first;
  EXPECT_EQ(last_json(shorter).at("net"), "cnn");
  EXPECT_EQ(last_json(shorter).at("epochs"), 1);
  const Result other = recipe({"--epochs", "2", "--net", "mlp", "--batch-size", "50"});
  ASSERT_EQ(other.code, 0) << other.err;
  EXPECT_EQ(last_json(other).at("net"), "mlp");
  EXPECT_EQ(last_json(other).at("batch_size"), 50);
}

TEST(DigitsTrainOptions, ScribblesAreNoneOfOtherClasses) {
  const TempFolder folder;
  for (const char* part : {"train", "t10k"}) {
    gluino::io::write_idx(
        folder / (std::string(part) + "-images-idx3-ubyte"),
        {.dtype = gluino::uint8, .shape = {4, 20, 20}, .data = std::vector<std::uint8_t>(1600)});
    gluino::io::write_idx(folder / (std::string(part) + "-labels-idx1-ubyte"),
                          {.dtype = gluino::uint8, .shape = {4}, .data = {0, 1, 0, 1}});
  }
  const Result result =
      run({"train", "--net", "mlp", "--non-digits", "0.1", "--data", folder.path()});
  EXPECT_EQ(result.code, 2);
  expect_sentence(result, "--non-digits: expected digits of 28x28");
}

}  // namespace
}  // namespace digits_test
