#include <apps/program.h>

#include <algorithm>
#include <random>
#include <utility>

namespace digits_test {
namespace {

class DigitsCheckpoint : public testing::Test {
 protected:
  // Batches of 20: 10 in an epoch.
  std::vector<std::string> line(const std::string& options) const {
    return words("train --threads 1 " + options, {"--data", mnist.folder.path()});
  }
  static std::string usual(int epochs = 3) {
    return "--net mlp --batch-size 20 --epochs " + std::to_string(epochs) + " ";
  }
  std::vector<std::string> saving(const std::string& options, const std::string& as) const {
    std::vector<std::string> all = line(options);
    all.insert(all.end(), {"--save", as});
    return all;
  }
  Result train(const std::string& options, const RunOptions& how = {}) const {
    return run(saving(options, prefix), how);
  }
  // An undisturbed run with the same settings.
  void make_reference(const std::string& options) {
    const Result result = run(saving(options, reference));
    ASSERT_EQ(result.code, 0) << result.err;
  }
  void expect_reference(const std::string& what) const {
    EXPECT_TRUE(read(prefix + ".params") == read(reference + ".params")) << what;
    EXPECT_EQ(read(prefix + ".json"), read(reference + ".json")) << what;
  }
  std::string checkpoint(int number) const {
    std::string digits = std::to_string(number);
    return prefix + "-" + std::string(6 - digits.size(), '0') + digits + ".checkpoint";
  }
  std::vector<int> checkpoints() const {
    std::vector<int> numbers;
    for (int i = 1; i <= 200; ++i) {
      if (exists(checkpoint(i))) numbers.push_back(i);
    }
    return numbers;
  }
  void damage(int number) const {
    std::string bytes = read(checkpoint(number));
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 4);
    gluino::write_file(checkpoint(number), bytes);
  }
  // Killed before its n-th change of the disk.
  static RunOptions killed_at(int step) {
    return {.environment = {{"LD_PRELOAD", KILL_AT_LIBRARY}, {"KILL_AT", std::to_string(step)}}};
  }

  SmallMnist mnist;
  TempFolder out;
  std::string prefix = out / "model";
  std::string reference = out / "reference";
};

// Whichever change of the disk is the last one, the next run goes on behind it.
TEST_F(DigitsCheckpoint, KilledAtAnyStepOfWritingItGoesOnWithTheSameBits) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer wants to be the first library";
#endif
  make_reference(usual(2));
  const std::string options = usual(2) + "--checkpoint-every 9 --resume-or-begin";
  int code = kKilled;
  int step = 0;
  for (; code == kKilled && step < 200; ++step) {
    const TempFolder mine;
    prefix = mine / "model";
    code = train(options, killed_at(step)).code;
    const Result rest = train(options);
    EXPECT_EQ(rest.code, 0) << "step " << step << ": " << rest.err;
    expect_reference("step " + std::to_string(step));
    for (const auto& entry : std::filesystem::directory_iterator(mine.path())) {
      EXPECT_FALSE(entry.path().filename().string().ends_with(".tmp")) << entry.path();
    }
  }
  EXPECT_EQ(code, 0);
  EXPECT_GT(step, 15);
}

// DIGITS_KILLS says how often.
TEST_F(DigitsCheckpoint, KilledAtRandomMomentsItGoesOnWithTheSameBits) {
  const char* asked = std::getenv("DIGITS_KILLS");
  const int kills = asked == nullptr ? 3 : std::atoi(asked);
  const std::string options = usual(4) + "--optimizer adam ";
  const auto begin = std::chrono::steady_clock::now();
  make_reference(options + "--checkpoint-every 1");
  const std::chrono::duration<double> whole = std::chrono::steady_clock::now() - begin;
  std::mt19937 random(std::random_device{}());
  std::uniform_real_distribution<double> moment(0, whole.count());
  int killed = 0;
  while (killed < kills) {
    const TempFolder mine;
    prefix = mine / "model";
    Result result;
    do {
      Program program(saving(options + "--checkpoint-every 1 --resume-or-begin", prefix));
      std::this_thread::sleep_for(std::chrono::duration<double>(moment(random)));
      if (killed < kills) program.send(SIGKILL);
      result = program.wait();
      killed += result.code == kKilled ? 1 : 0;
      ASSERT_TRUE(result.code == 0 || result.code == kKilled) << result.err;
    } while (result.code != 0);
    expect_reference("after " + std::to_string(killed) + " kills");
  }
}

TEST_F(DigitsCheckpoint, SignalsHaveOneWrittenFromWhichItGoesOn) {
  make_reference(usual(100));
  for (const auto& [signal, code] : {std::pair(SIGINT, 130), std::pair(SIGTERM, 143)}) {
    for (const char* api : {"gluon", "module"}) {
      const TempFolder mine;
      prefix = mine / "model";
      const std::string options = usual(100) + "--api " + api;
      Program program(saving(options, prefix));
      ASSERT_TRUE(program.says("epoch 2/"));
      program.send(signal);
      const Result stopped = program.wait();
      EXPECT_EQ(stopped.code, code) << stopped.err;
      expect_sentence(stopped, "digits: interrupted: wrote " + checkpoint(1));
      expect_sentence(stopped, "--resume goes on");
      EXPECT_FALSE(exists(prefix + ".params"));
      EXPECT_EQ(mine.count(), 1U);
      const Result rest = run({"train", "--save", prefix, "--resume"});
      EXPECT_EQ(rest.code, 0) << rest.err;
      EXPECT_NE(rest.out.find("going on from " + checkpoint(1)), std::string::npos) << rest.out;
      expect_reference(api);
    }
  }
}

TEST_F(DigitsCheckpoint, ATrainingBegunByMistakeAndStoppedLeavesTheEarlierOnes) {
  ASSERT_EQ(train(usual() + "--checkpoint-every 10 --keep 2").code, 0);
  const std::vector<int> before = checkpoints();
  Program mistake(saving(usual(500) + "--seed 7", prefix));
  ASSERT_TRUE(mistake.says("epoch 1/500"));
  mistake.interrupt();
  const Result stopped = mistake.wait();
  EXPECT_EQ(stopped.code, 130);
  EXPECT_NE(stopped.err.find("has checkpoints of an earlier training"), std::string::npos)
      << stopped.err;
  for (const int number : before) EXPECT_TRUE(exists(checkpoint(number))) << number;
}

TEST_F(DigitsCheckpoint, AnotherNetworkAtTheEndIsNotResumedFromEarlierOnes) {
  ASSERT_EQ(train(usual() + "--checkpoint-every 10").code, 0);
  ASSERT_EQ(train(usual(1) + "--seed 9").code, 0);
  EXPECT_EQ(checkpoints(), std::vector<int>());
  const std::string params = read(prefix + ".params");
  EXPECT_EQ(train("--resume").code, 4);
  EXPECT_TRUE(read(prefix + ".params") == params);
}

TEST_F(DigitsCheckpoint, SettingsComeFromTheCheckpoint) {
  const std::string options =
      "--net mlp --activation tanh --batch-size 30 --epochs 2 --optimizer adam --lr 0.002 --wd "
      "0.001 --init normal --api module --devices 2 --seed 9 ";
  make_reference(options);
  ASSERT_EQ(train(options + "--checkpoint-every 5 --keep 9").code, 0);
  // As if it had been killed after the second.
  for (const int number : checkpoints()) {
    if (number > 2) std::filesystem::remove(checkpoint(number));
  }
  std::filesystem::remove(prefix + ".params");
  std::filesystem::remove(prefix + ".json");
  const Result rest = run({"train", "--save", prefix, "--resume", "--json"});
  EXPECT_EQ(rest.code, 0) << rest.err;
  expect_reference("with its settings");
  EXPECT_EQ(last_json(rest).at("api"), "module");
  EXPECT_EQ(last_json(rest).at("batch_size"), 30);
  EXPECT_EQ(last_json(rest).at("devices"), 2);
}

TEST_F(DigitsCheckpoint, OtherSettingsThanTheCheckpointsAreRefused) {
  ASSERT_EQ(train(usual() + "--checkpoint-every 7").code, 0);
  const std::string params = read(prefix + ".params");
  for (const auto& [option, value] :
       {std::pair("--net", "lenet"), std::pair("--batch-size", "10"), std::pair("--seed", "1"),
        std::pair("--optimizer", "adam"), std::pair("--lr", "0.5"), std::pair("--wd", "0.5"),
        std::pair("--momentum", "0.5"), std::pair("--api", "module"), std::pair("--init", "normal"),
        std::pair("--devices", "2"), std::pair("--activation", "tanh"),
        std::pair("--epochs", "2")}) {
    const Result result = run({"train", "--save", prefix, "--resume", option, value});
    EXPECT_EQ(result.code, 2) << option;
    expect_sentence(result, std::string(option) + ": expected ");
    expect_sentence(result, "got " + std::string(value));
  }
  const SmallMnist others(200, 61);
  const Result result =
      run({"train", "--save", prefix, "--resume", "--epochs", "4", "--data", others.folder.path()});
  EXPECT_EQ(result.code, 2);
  expect_sentence(result, "--data: expected ");
  EXPECT_EQ(read(prefix + ".params"), params);
  // The same ones may be repeated, and stand elsewhere.
  const SmallMnist same;
  EXPECT_EQ(run({"train", "--save", prefix, "--resume", "--net", "mlp", "--batch-size", "20",
                 "--epochs", "4", "--data", same.folder.path()})
                .code,
            0);
}

TEST_F(DigitsCheckpoint, WithoutOneThereIsNothingToResume) {
  const Result result = train("--resume");
  EXPECT_EQ(result.code, 4);
  expect_sentence(result, "--resume: expected a checkpoint of " + prefix);
  for (const char* option : {"--resume", "--resume-or-begin", "--checkpoint-every 5", "--keep 3"}) {
    const Result without = run(line(option));
    EXPECT_EQ(without.code, 2);
    expect_sentence(without, "expected --save PREFIX");
  }
  for (const char* wrong : {"0", "-5", "2.5", "5x", "min", "nan", "1e99", "inf", "5 min"}) {
    const Result refused = run({"train", "--save", prefix, "--checkpoint-every", wrong});
    EXPECT_EQ(refused.code, 2) << wrong;
    expect_sentence(refused, "expected a number of batches");
  }
}

TEST_F(DigitsCheckpoint, AFinishedTrainingSaysSoAndCanGoOn) {
  const Result first = train(usual() + "--checkpoint-every 100 --json");
  ASSERT_EQ(first.code, 0);
  const std::string params = read(prefix + ".params");
  const Result again = run({"train", "--save", prefix, "--resume", "--json"});
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_NE(again.out.find("the training is finished, after epoch 3"), std::string::npos);
  for (const char* field : {"test_accuracy", "train_loss", "learning_rate", "dataset", "epochs"}) {
    EXPECT_EQ(last_json(again).at(field), last_json(first).at(field)) << field;
  }
  EXPECT_EQ(read(prefix + ".params"), params);
  const Result early = run({"train", "--save", prefix, "--resume", "--early-stop", "2"});
  EXPECT_EQ(early.code, 2) << "all digits have been learned from: none is left to validate";
  expect_sentence(early, "--early-stop: expected nothing");
  const Result more = run({"train", "--save", prefix, "--resume", "--epochs", "5", "--json"});
  EXPECT_EQ(more.code, 0) << more.err;
  EXPECT_NE(more.out.find("epoch 4/5"), std::string::npos);
  EXPECT_EQ(more.out.find("epoch 3/5"), std::string::npos);
  EXPECT_EQ(last_json(more).at("epochs"), 5);
  EXPECT_NE(read(prefix + ".params"), params);
}

TEST_F(DigitsCheckpoint, ABrokenOneFallsBackToTheOneBefore) {
  make_reference(usual());
  const std::string options = usual() + "--checkpoint-every 4 --keep 20";
  ASSERT_EQ(train(options).code, 0);
  // 4, 8, 12, ..., 28 batches, and the end.
  ASSERT_EQ(checkpoints(), (std::vector<int>{1, 2, 3, 4, 5, 6, 7, 8}));
  damage(8);
  gluino::write_file(checkpoint(7), read(checkpoint(7)).substr(0, 5'000));
  gluino::write_file(checkpoint(6), "");
  const Result rest = run({"train", "--save", prefix, "--resume"});
  EXPECT_EQ(rest.code, 0);
  for (const char* part : {"-000008.checkpoint: expected the CRC-32", "-000007.checkpoint: expec",
                           "-000006.checkpoint: expected a checkpoint of a training, found an "
                           "empty file",
                           "; going on from "}) {
    expect_sentence(rest, part);
  }
  expect_reference("from the fifth");
  // Those that are broken have gone.
  ASSERT_EQ(checkpoints(), (std::vector<int>{1, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(run({"verify", checkpoint(8), checkpoint(7), checkpoint(6)}).code, 0);

  for (const int number : checkpoints()) damage(number);
  const Result none = run({"train", "--save", prefix, "--resume"});
  EXPECT_EQ(none.code, 4);
  expect_sentence(none, checkpoint(1));
  expect_reference("and stays");
}

TEST_F(DigitsCheckpoint, TheNewestAreKeptAndTheBest) {
  ASSERT_EQ(train(usual() + "--checkpoint-every 3").code, 0);
  EXPECT_EQ(checkpoints(), (std::vector<int>{10, 11}));
  EXPECT_TRUE(exists(prefix + "-best.params") && exists(prefix + "-best.json"));
  const Json best = Json::parse(read(prefix + "-best.json")).at("training");
  const Json last = Json::parse(read(prefix + ".json")).at("training");
  EXPECT_GE(best.at("test_accuracy"), last.at("test_accuracy"));
  // Another training's take the place of all of them.
  const Result anew = train(usual() + "--checkpoint-every 3 --seed 5 --keep 1");
  EXPECT_EQ(anew.code, 0);
  expect_sentence(anew, "checkpoints of an earlier training");
  EXPECT_EQ(checkpoints().size(), 1U);
}

// What is drawn for each sample, set aside, and remembered of the best epoch is the same again.
TEST_F(DigitsCheckpoint, AugmentedTrainingThatEndsEarlyGoesOnWithTheSameBits) {
  const std::string options =
      "--net mlp --batch-size 20 --epochs 40 --augment --non-digits 0.2 --label-smoothing 0.1 "
      "--schedule cosine --validation-split 0.2 --early-stop 2 ";
  make_reference(options);
  ASSERT_EQ(train(options + "--checkpoint-every 5 --keep 400").code, 0);
  expect_reference("undisturbed, with checkpoints");
  const std::vector<int> all = checkpoints();
  ASSERT_GT(all.size(), 5U);
  // From the end to the beginning: behind the last epoch, within it, before the best.
  for (std::size_t left = all.size() - 1; left > 0; left -= std::min<std::size_t>(left, 3)) {
    for (const int number : checkpoints()) {
      if (number > all[left - 1]) std::filesystem::remove(checkpoint(number));
    }
    const Result rest = run({"train", "--save", prefix, "--resume"});
    EXPECT_EQ(rest.code, 0) << rest.err;
    EXPECT_NE(rest.out.find("stopped early"), std::string::npos) << rest.out;
    expect_reference("from " + std::to_string(all[left - 1]));
  }
}

TEST_F(DigitsCheckpoint, TimeDecidesToo) {
  ASSERT_EQ(train(usual() + "--checkpoint-every 1h --keep 9").code, 0);
  EXPECT_EQ(checkpoints(), (std::vector<int>{1}));
  ASSERT_EQ(train(usual() + "--checkpoint-every 0.0001s --keep 99 --seed 3").code, 0);
  EXPECT_GT(checkpoints().size(), 5U);
}

TEST_F(DigitsCheckpoint, MetricsGoOnWhereTheyWere) {
  const std::string metrics = out / "metrics.jsonl";
  ASSERT_EQ(train(usual() + "--checkpoint-every 4 --keep 20 --metrics-out " + metrics).code, 0);
  const std::vector<std::string> expected = lines(read(metrics));
  ASSERT_EQ(expected.size(), 3U);
  for (const int last : {2, 5, 7}) {
    for (const int number : checkpoints()) {
      if (number > last) std::filesystem::remove(checkpoint(number));
    }
    ASSERT_EQ(run({"train", "--save", prefix, "--resume"}).code, 0);
    const std::vector<std::string> found = lines(read(metrics));
    ASSERT_EQ(found.size(), 3U) << last;
    for (std::size_t i = 0; i < 3; ++i) {
      Json a = Json::parse(found[i]);
      Json b = Json::parse(expected[i]);
      for (const char* timed : {"seconds", "samples_per_second"}) {
        EXPECT_GT(a.at(timed), 0);
        a.erase(timed);
        b.erase(timed);
      }
      EXPECT_EQ(a, b) << last;
    }
  }
}

// Room for a model, but not for a checkpoint.
TEST_F(DigitsCheckpoint, AFullDiskLeavesTheLastGoodOneAndTrainingGoesOn) {
  ASSERT_EQ(train(usual() + "--checkpoint-every 4 --keep 20").code, 0);
  for (const int number : checkpoints()) {
    if (number > 3) std::filesystem::remove(checkpoint(number));
  }
  std::filesystem::remove(prefix + ".params");
  std::filesystem::remove(prefix + ".json");
  const RunOptions little{.max_file_bytes = 600'000};
  const std::string good = read(checkpoint(3));
  const Result full = run({"train", "--save", prefix, "--resume"}, little);
  EXPECT_EQ(full.code, 0) << full.err;
  EXPECT_NE(full.err.find("no checkpoint could be written"), std::string::npos) << full.err;
  EXPECT_NE(full.err.find(checkpoint(3) + " stays"), std::string::npos) << full.err;
  EXPECT_EQ(lines(full.err).size(), 2U) << full.err;
  EXPECT_EQ(read(checkpoint(3)), good);
  EXPECT_TRUE(exists(prefix + ".params"));
  // No room for anything.
  const RunOptions nothing{.max_file_bytes = 1'000};
  const Result failed = run({"train", "--save", prefix, "--resume"}, nothing);
  EXPECT_EQ(failed.code, 1);
  EXPECT_EQ(lines(failed.err).back().find("digits: "), 0U);
  EXPECT_EQ(read(checkpoint(3)), good);
  for (const auto& entry : std::filesystem::directory_iterator(out.path())) {
    EXPECT_FALSE(entry.path().filename().string().ends_with(".tmp"));
  }
}

TEST_F(DigitsCheckpoint, AFolderRemovedUnderWayIsToldAndEndsTheTraining) {
  const std::string folder = out / "folder";
  std::filesystem::create_directory(folder);
  prefix = folder + "/model";
  Program program(saving(usual(60) + "--checkpoint-every 3", prefix));
  ASSERT_TRUE(program.says("epoch 2/"));
  std::filesystem::rename(folder, out / "elsewhere");
  const Result result = program.wait();
  EXPECT_EQ(result.code, 1);
  EXPECT_NE(result.err.find("no checkpoint could be written: " + prefix), std::string::npos)
      << result.err;
  EXPECT_NE(lines(result.err).back().find(prefix), std::string::npos) << result.err;
  // What was written is whole.
  std::filesystem::rename(out / "elsewhere", folder);
  EXPECT_EQ(run({"train", "--save", prefix, "--resume"}).code, 0);
}

TEST_F(DigitsCheckpoint, TwoTrainingsOfOnePrefixAreRefused) {
  const std::string options = usual(1'000'000) + "--checkpoint-every 5";
  Program first(saving(options, prefix));
  ASSERT_TRUE(first.says("epoch 1/"));
  for (const std::string& other : {options, options + " --resume"}) {
    const Result second = train(other);
    EXPECT_EQ(second.code, 2) << second.err;
    expect_sentence(second, "expected a prefix that no other training has");
  }
  first.interrupt();
  EXPECT_EQ(first.wait().code, 130);
  EXPECT_FALSE(exists(prefix + ".lock"));
  // A lock file whose process has gone means nothing.
  gluino::write_file(prefix + ".lock", "");
  EXPECT_EQ(run({"train", "--save", prefix, "--resume", "--seed", "1"}).code, 2);
  EXPECT_EQ(train(usual() + "--checkpoint-every 5").code, 0);
  EXPECT_FALSE(exists(prefix + ".lock"));
}

}  // namespace
}  // namespace digits_test
