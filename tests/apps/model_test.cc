#include <apps/program.h>

#include <utility>

namespace digits_test {
namespace {

class DigitsModel : public testing::Test {
 protected:
  static Result train(const SmallMnist& digits, const std::string& model,
                      const RunOptions& options = {}, const std::string& seed = "42") {
    return run({"train", "--net", "mlp", "--epochs", "2", "--batch-size", "20", "--json", "--seed",
                seed, "--data", digits.folder.path(), "--save", model},
               options);
  }
  Result evaluate(const std::string& model) const {
    return run({"evaluate", "--model", model, "--data", mnist.folder.path(), "--json"});
  }
  // Evaluating must end with code 4 and a sentence that names `file` and has `part`.
  void expect_unusable(const std::string& file, const std::string& part) const {
    const Result result = evaluate(prefix);
    EXPECT_EQ(result.code, 4);
    EXPECT_EQ(result.out, "");
    expect_sentence(result, file);
    expect_sentence(result, part);
  }

  SmallMnist mnist;
  TempFolder out;
  std::string prefix = out / "model";
};

TEST_F(DigitsModel, EvaluationAgreesWithTraining) {
  const Result trained = train(mnist, prefix);
  ASSERT_EQ(trained.code, 0) << trained.err;
  EXPECT_EQ(out.count(), 2U);
  const Json json = last_json(trained);
  const Result result = evaluate(prefix);
  ASSERT_EQ(result.code, 0) << result.err;
  const Json test = last_json(result);
  EXPECT_EQ(test.at("test_accuracy"), json.at("test_accuracy"));
  EXPECT_NEAR(test.at("test_loss").get<double>(), json.at("test_loss").get<double>(), 1e-6);
  EXPECT_EQ(test.at("dataset"), mnist.name());
  EXPECT_EQ(test.at("net"), "mlp");
  EXPECT_NE(result.out.find("precision  recall"), std::string::npos);
  const std::string line = lines(result.out)[lines(result.out).size() - 2];
  EXPECT_TRUE(line.starts_with("test accuracy ")) << line;
}

TEST_F(DigitsModel, Int8StandsBesideFloats) {
  ASSERT_EQ(train(mnist, prefix).code, 0);
  const Result result =
      run({"evaluate", "--model", prefix, "--data", mnist.folder.path(), "--json", "--int8"});
  ASSERT_EQ(result.code, 0) << result.err;
  const Json json = last_json(result);
  EXPECT_EQ(json.at("float32").at("test_accuracy"),
            last_json(evaluate(prefix)).at("test_accuracy"));
  // One of the 60 digits may fall on the other side.
  EXPECT_NEAR(json.at("test_accuracy").get<double>(),
              json.at("float32").at("test_accuracy").get<double>(), 1.5 / 60);
  EXPECT_NE(result.out.find("int8     "), std::string::npos) << result.out;
}

TEST_F(DigitsModel, PrecisionAndRecallFollowFromTheConfusionMatrix) {
  ASSERT_EQ(train(mnist, prefix).code, 0);
  const Json test = last_json(evaluate(prefix));
  const auto matrix = test.at("confusion_matrix").get<std::vector<std::vector<double>>>();
  double right = 0;
  double all = 0;
  for (std::size_t digit = 0; digit < 10; ++digit) {
    double row = 0;
    double column = 0;
    for (std::size_t other = 0; other < 10; ++other) {
      row += matrix[digit][other];
      column += matrix[other][digit];
    }
    right += matrix[digit][digit];
    all += row;
    EXPECT_EQ(row, 6) << "60 test digits come in tens";
    const Json& entry = test.at("classes").at(digit);
    EXPECT_DOUBLE_EQ(entry.at("recall").get<double>(), matrix[digit][digit] / row);
    if (column == 0) {
      EXPECT_TRUE(entry.at("precision").is_null());
    } else {
      EXPECT_DOUBLE_EQ(entry.at("precision").get<double>(), matrix[digit][digit] / column);
    }
  }
  EXPECT_DOUBLE_EQ(test.at("test_accuracy").get<double>(), right / all);
}

TEST_F(DigitsModel, MissingFilesAreTold) {
  expect_unusable("model.json", "found none of them");
  ASSERT_EQ(train(mnist, prefix).code, 0);
  std::filesystem::remove(prefix + ".params");
  expect_unusable("model.params", "No such file");
}

TEST_F(DigitsModel, DamagedParametersAreTold) {
  ASSERT_EQ(train(mnist, prefix).code, 0);
  const std::string path = prefix + ".params";
  const std::string good = read(path);
  for (const std::size_t length :
       {std::size_t{0}, std::size_t{7}, std::size_t{30}, good.size() / 2, good.size() - 1}) {
    gluino::write_file(path, good.substr(0, length));
    expect_unusable("model.params", "remain");
  }
  std::string claim = good;
  // The number of arrays, and the first array's sizes.
  for (const std::size_t place : {std::size_t{22}, std::size_t{40}}) {
    claim[place] = '\x7f';
    gluino::write_file(path, claim);
    expect_unusable("model.params", "");
    claim = good;
  }
  std::string changed = good;
  changed[good.size() / 2] = static_cast<char>(changed[good.size() / 2] ^ 1);
  gluino::write_file(path, changed);
  expect_unusable("model.params", "expected the parameters that");
}

TEST_F(DigitsModel, FilesOfTwoModelsDoNotBelongTogether) {
  ASSERT_EQ(train(mnist, prefix).code, 0);
  ASSERT_EQ(train(mnist, out / "other", {}, "43").code, 0);
  std::filesystem::copy_file(out / "other.params", prefix + ".params",
                             std::filesystem::copy_options::overwrite_existing);
  expect_unusable("model.params", "expected the parameters that");
}

TEST_F(DigitsModel, DamagedDescriptionsAreTold) {
  ASSERT_EQ(train(mnist, prefix).code, 0);
  const std::string path = prefix + ".json";
  const Json good = Json::parse(read(path));
  const std::pair<std::string, std::string> texts[] = {
      {"", "an empty file"},
      {"{", "expected the JSON description"},
      {"[1, 2]", "to be a JSON object"},
      {std::string(2 << 20, ' '), "model.json"},
      {std::string(100'000, '['), "model.json"},
      {"{}", "expected the field format"},
  };
  for (const auto& [text, part] : texts) {
    gluino::write_file(path, text);
    expect_unusable("model.json", part);
  }
  const std::pair<Json, std::string> patches[] = {
      {{{"version", 2}}, "expected version to be 1, found 2"},
      {{{"net", "lenet"}}, "no parameter 0.weight"},
      {{{"net", "resnet"}}, "expected the network mlp or lenet"},
      {{{"net", 3}}, "expected net to be a text"},
      {{{"activation", "swishh"}}, "swishh"},
      {{{"activation", ""}}, "expected an activation"},
      {{{"input", {{"divide_by", 1}}}}, "expected input to be"},
      {{{"classes", nullptr}}, "expected the field classes"},
      {{{"training", 1}}, "expected training to be a JSON object"},
      {{{"training", {{"seed", "x"}}}}, "expected training.seed to be a whole number"},
  };
  for (const auto& [patch, part] : patches) {
    Json json = good;
    json.merge_patch(patch);
    gluino::write_file(path, json.dump());
    const Result result = evaluate(prefix);
    EXPECT_EQ(result.code, 4) << patch;
    expect_sentence(result, part);
  }
}

TEST_F(DigitsModel, AFullDiskLeavesTheEarlierModel) {
  ASSERT_EQ(train(mnist, prefix).code, 0);
  const std::string params = read(prefix + ".params");
  const std::string json = read(prefix + ".json");
  const Result result = train(mnist, prefix, {.max_file_bytes = 100'000}, "43");
  EXPECT_EQ(result.code, 1);
  expect_sentence(result, "model.params");
  EXPECT_EQ(read(prefix + ".params"), params);
  EXPECT_EQ(read(prefix + ".json"), json);
  EXPECT_EQ(out.count(), 2U);
  EXPECT_EQ(evaluate(prefix).code, 0);
}

// Killed before each of its changes to the disk; then the next training finds nothing in its way.
TEST_F(DigitsModel, WheneverItIsKilledTheOldModelOrTheNewOneIsLoaded) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer wants to be the first library";
#endif
  ASSERT_EQ(train(mnist, prefix, {}, "1").code, 0);
  int code = kKilled;
  bool seen_new = false;
  for (int step = 0; code == kKilled; ++step) {
    // Each begins with what the one before it left.
    RunOptions options;
    options.environment = {{"LD_PRELOAD", KILL_AT_LIBRARY}, {"KILL_AT", std::to_string(step)}};
    const std::string seed = std::to_string(step + 2);
    const std::string before = Json::parse(read(prefix + ".json")).at("training").at("seed").dump();
    code = train(mnist, prefix, options, seed).code;
    EXPECT_TRUE(code == 0 || code == kKilled) << code;
    const Result result = evaluate(prefix);
    EXPECT_EQ(result.code, 0) << "step " << step << ": " << result.err;
    const std::string after = Json::parse(read(prefix + ".json")).at("training").at("seed").dump();
    EXPECT_TRUE(after == before || after == seed) << after;
    seen_new = seen_new || (code == kKilled && after == seed);
    EXPECT_EQ(run({"convert", prefix, out / "other.params", "--force"}).code, 0);
    std::filesystem::remove(out / "other.params");
    EXPECT_GE(step, code == 0 ? 5 : 0);
  }
  EXPECT_TRUE(seen_new) << "it was never killed after the change";
  EXPECT_EQ(out.count(), 2U) << "what killed programs left";
}

TEST_F(DigitsModel, IsTheSameUnderAnyLocale) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer wants to be the first library";
#endif
  const SmallMnist many(1200, 1100);
  const std::string other = out / "other";
  const RunOptions foreign = {.environment = {{"LD_PRELOAD", FOREIGN_LOCALE}}};
  const Result plain = train(many, prefix, {}, "10901");
  const Result strange = train(many, other, foreign, "10901");
  ASSERT_EQ(plain.code, 0) << plain.err;
  ASSERT_EQ(strange.code, 0) << strange.err;
  EXPECT_EQ(read(other + ".json"), read(prefix + ".json"));
  EXPECT_EQ(read(other + ".params"), read(prefix + ".params"));
  EXPECT_EQ(last_json(strange).at("test_accuracy"), last_json(plain).at("test_accuracy"));
  for (const std::vector<std::string>& line :
       {words("evaluate --data", {many.folder.path(), "--model", prefix}),
        words("summary --net lenet"), words("train --lr 0.5 --wd nothing"),
        words("train --lr 0,5")}) {
    const Result expected = run(line);
    const Result found = run(line, foreign);
    EXPECT_EQ(found.out, expected.out) << line[0];
    EXPECT_EQ(found.err, expected.err) << line[0];
    EXPECT_EQ(found.code, expected.code) << line[0];
  }
}

// As tee does: it is told, and the rest goes on.
TEST_F(DigitsModel, NoSpaceForMetricsIsToldOnceAndTheTrainingGoesOn) {
  const Result result =
      run(words("train --net mlp --epochs 3 --batch-size 20 --checkpoint-every 3",
                {"--data", mnist.folder.path(), "--metrics-out", "/dev/full", "--save", prefix}));
  EXPECT_EQ(result.code, 1) << "what was asked for is not whole";
  const std::vector<std::string> told = lines(result.err);
  ASSERT_EQ(told.size(), 2U) << result.err;
  EXPECT_NE(told[0].find("/dev/full: cannot be written: No space left"), std::string::npos);
  EXPECT_NE(told[0].find("training goes on"), std::string::npos) << told[0];
  EXPECT_NE(told[1].find("the training itself is complete"), std::string::npos) << told[1];
  EXPECT_TRUE(lines(result.out).back().starts_with("test accuracy ")) << result.out;
  EXPECT_EQ(evaluate(prefix).code, 0);
  const Result more = run({"train", "--save", prefix, "--resume", "--epochs", "4", "--metrics-out",
                           out / "metrics.jsonl"});
  EXPECT_EQ(more.code, 0) << more.err;
  EXPECT_EQ(lines(read(out / "metrics.jsonl")).size(), 4U);
}

TEST_F(DigitsModel, NoSpaceForEventsIsToldOnceAndTheTrainingGoesOn) {
  std::filesystem::create_directory(out / "events");
  const Result result = run(words("train --net mlp --epochs 3 --batch-size 20",
                                  {"--data", mnist.folder.path(), "--tensorboard", out / "events"}),
                            {.max_file_bytes = 20'000});
  EXPECT_EQ(result.code, 1);
  const std::vector<std::string> told = lines(result.err);
  ASSERT_EQ(told.size(), 2U) << result.err;
  EXPECT_NE(told[0].find("tfevents"), std::string::npos) << told[0];
  EXPECT_TRUE(lines(result.out).back().starts_with("test accuracy ")) << result.out;
}

}  // namespace
}  // namespace digits_test
