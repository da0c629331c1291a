// `digits train` as several processes under mpirun.
#include <apps/program.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <random>

namespace digits_test {
namespace {

using ::testing::HasSubstr;

constexpr const char* kMpirun = "/usr/bin/mpirun";

class DigitsProcesses : public testing::Test {
 protected:
  static std::vector<std::string> line(const std::string& options,
                                       const std::vector<std::string>& more) {
    std::string all = "train --threads 1 " + options;
    for (const std::string usual : {"--net mlp", "--batch-size 20", "--epochs 2"}) {
      if (all.find(usual.substr(0, usual.find(' '))) == std::string::npos) {
        all += " " + usual;
      }
    }
    return words(all, more);
  }
  std::vector<std::string> saving(const std::string& options, const std::string& prefix) const {
    return line(options, {"--data", mnist.folder.path(), "--save", prefix});
  }
  static RunOptions under_mpirun() {
    return {.program = kMpirun,
            .environment = {{"OMPI_ALLOW_RUN_AS_ROOT", "1"},
                            {"OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"},
                            // MPI's own, at the end of a process.
                            {"ASAN_OPTIONS", "detect_leaks=0"}}};
  }
  static std::vector<std::string> processes(int count, const std::vector<std::string>& arguments) {
    std::vector<std::string> all =
        words("--oversubscribe --bind-to none -n " + std::to_string(count), {DIGITS_PROGRAM});
    all.insert(all.end(), arguments.begin(), arguments.end());
    all.insert(all.end(), {"--kvstore", "dist_sync"});
    return all;
  }
  Result train(int count, const std::string& options, const std::string& prefix) const {
    return run(processes(count, saving(options, prefix)), under_mpirun());
  }
  static Result resume(int count, const std::string& epochs, const std::string& prefix) {
    return run(processes(count, words("train --threads 1 --resume --save " + prefix + " --epochs " +
                                      epochs)),
               under_mpirun());
  }
  void expect_same(const std::string& a, const std::string& b, const std::string& what) const {
    EXPECT_TRUE(read(a + ".params") == read(b + ".params")) << what;
    EXPECT_EQ(read(a + ".json"), read(b + ".json")) << what;
  }
  // The processes that mpirun has started.
  static std::vector<pid_t> workers_of(pid_t mpirun) {
    std::vector<pid_t> workers;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const std::string name = entry.path().filename();
      if (name.find_first_not_of("0123456789") != std::string::npos) continue;
      try {
        const std::string stat = read(entry.path() / "stat");
        std::istringstream rest(stat.substr(stat.rfind(')') + 1));
        std::string state;
        pid_t parent = 0;
        rest >> state >> parent;
        if (parent == mpirun && stat.find("(digits)") != std::string::npos) {
          workers.push_back(std::stoi(name));
        }
      } catch (const std::exception&) {
        // It has ended meanwhile.
      }
    }
    std::sort(workers.begin(), workers.end());
    return workers;
  }

  SmallMnist mnist;
  TempFolder out;
};

using DigitsProcessesLong = DigitsProcesses;

TEST_F(DigitsProcessesLong, TrainTheSameWeightsInAnyNumber) {
  for (const std::string options :
       {"", "--net cnn", "--api module", "--augment --optimizer adam --validation-split 0.25"}) {
    const std::string reference = out / "reference";
    const Result alone = run(saving(options + " --shards 4", reference));
    ASSERT_EQ(alone.code, 0) << alone.err;
    for (const int count : {1, 2, 3, 4}) {
      // Each part of a batch of 20 has 5 samples; those of 3 processes are 5, 5 and 10.
      const std::string prefix = out / "model";
      const Result result = train(count, options + " --shards 4", prefix);
      ASSERT_EQ(result.code, 0) << result.err;
      expect_same(prefix, reference, options + " in " + std::to_string(count));
      // Standard output is that of one, but for what was measured.
      EXPECT_EQ(lines(result.out).back(), lines(alone.out).back());
      EXPECT_EQ(lines(result.out).size(), lines(alone.out).size()) << result.out;
    }
  }
}

// The last batch of 200 digits by 64 has 8: not each of 16 shards has one.
TEST_F(DigitsProcesses, ShareBatchesThatAreSmallerThanTheyAreMany) {
  const std::string reference = out / "reference";
  const std::string options = "--batch-size 64 --shards 16 --epochs 1";
  ASSERT_EQ(run(saving(options, reference)).code, 0);
  const Result result = train(3, options, out / "model");
  ASSERT_EQ(result.code, 0) << result.err;
  expect_same(out / "model", reference, "3");
}

TEST_F(DigitsProcessesLong, GoOnInAnotherNumber) {
  const std::string reference = out / "reference";
  for (const std::string net : {"lenet", "cnn"}) {
    const std::string options = "--net " + net + " --shards 4 --epochs 30";
    ASSERT_EQ(run(saving(options, reference)).code, 0);
    const std::string prefix = out / net;
    const auto begin_and_interrupt = [&](int count, const std::vector<std::string>& arguments) {
      Program program(processes(count, arguments), under_mpirun());
      // After an epoch: one that is interrupted before it trains has nothing to write.
      EXPECT_TRUE(program.says("/30: training")) << program.err();
      // One of them at once: mpirun waits for a second, in which a quick machine trains to the end.
      const std::vector<pid_t> workers = workers_of(program.pid());
      ASSERT_EQ(workers.size(), static_cast<std::size_t>(count));
      ::kill(workers[1], SIGINT);
      EXPECT_THAT(program.wait().err, HasSubstr("interrupted: wrote"));
    };
    begin_and_interrupt(3, saving(options, prefix));
    const std::vector<std::string> resume = words("train --threads 1 --resume --save", {prefix});
    begin_and_interrupt(2, resume);
    const Result one = run(resume);
    ASSERT_EQ(one.code, 0) << one.err;
    EXPECT_TRUE(read(prefix + ".params") == read(reference + ".params"));
  }
}

// DIGITS_KILLS says how often.
TEST_F(DigitsProcessesLong, AKilledOrStoppedWorkerIsTold) {
  const char* given = std::getenv("DIGITS_KILLS");
  const int kills = given == nullptr ? 4 : std::stoi(given);
  const std::string options = "--epochs 400 --shards 3 --checkpoint-every 7";
  std::mt19937 random(5);
  for (int i = 0; i < kills; ++i) {
    const std::string prefix = out / std::to_string(i);
    Program program(processes(3, saving(options, prefix)), under_mpirun());
    ASSERT_TRUE(program.says("epoch 1/")) << program.err();
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 300));
    const std::vector<pid_t> workers = workers_of(program.pid());
    ASSERT_EQ(workers.size(), 3U);
    const bool stops = i % 2 == 1;
    ::kill(workers[random() % 3], stops ? SIGSTOP : SIGKILL);
    const auto begin = std::chrono::steady_clock::now();
    const Result result = program.wait();
    // What the others need to see it (tests/kvstore), and mpirun to end them, on a busy machine.
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(stops ? 15 : 10));
    EXPECT_NE(result.code, 0);
    int sentences = 0;
    for (const std::string& each : lines(result.err)) {
      if (!each.starts_with("digits: ")) continue;
      ++sentences;
      EXPECT_THAT(each, HasSubstr("the newest checkpoint is " + prefix + "-0"));
    }
    // mpirun continues a stopped one before it ends it.
    EXPECT_THAT(sentences, ::testing::AnyOf(2, 3)) << result.err;
    for (const pid_t worker : workers) ::kill(worker, SIGKILL);
    // What was trained is not lost.
    const Result rest = resume(2, "1", prefix);
    EXPECT_THAT(rest.err + rest.out,
                ::testing::AnyOf(HasSubstr("going on from"), HasSubstr("has begun")));
  }
}

TEST_F(DigitsProcesses, SaveWhatThereIsWhenInterrupted) {
  const std::string prefix = out / "model";
  const std::string options = "--net lenet --epochs 400 --shards 2";
  Program program(processes(2, saving(options, prefix)), under_mpirun());
  ASSERT_TRUE(program.says("epoch 2/")) << program.err();
  program.interrupt();
  const Result result = program.wait();
  EXPECT_NE(result.code, 0);
  EXPECT_THAT(result.err, HasSubstr("interrupted: wrote " + prefix + "-000001.checkpoint"));
  const Result rest = resume(1, "2", prefix);
  EXPECT_THAT(rest.out + rest.err,
              ::testing::AnyOf(HasSubstr("going on from"), HasSubstr("has begun")));
}

TEST_F(DigitsProcesses, RefuseWhatCannotWork) {
  expect_sentence(run(line("--kvstore dist_sync --shards 2", {}),
                      {.environment = {{"GLUINO_MPI", "/nowhere/libmpi.so"}}}),
                  "Open MPI");
  expect_sentence(run(line("--shards 2 --devices 2", {})), "--devices excludes --shards");
  expect_sentence(run(line("--kvstore dist_async", {})), "workers that do not wait for each other");
  const Result few = train(3, "--shards 2", out / "model");
  EXPECT_THAT(few.err, HasSubstr("--shards: expected at least one for each of 3 processes, got 2"));
  EXPECT_EQ(out.count(), 0U);
}

}  // namespace
}  // namespace digits_test
