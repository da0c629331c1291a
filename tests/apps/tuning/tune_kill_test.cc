#include <apps/tuning/support.h>

#include <utility>

namespace digits_test {
namespace {

// Until it is done, kills the search, each time a little later.
Result run_with_kills(const std::vector<std::string>& begin, const std::string& folder) {
  std::vector<std::string> line = begin;
  for (int milliseconds = 20;; milliseconds += 60) {
    Program program(line);
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    const auto found = processes("tune", folder);
    if (found.empty()) return program.wait();
    for (const pid_t pid : found) ::kill(pid, SIGKILL);
    const Result result = program.wait();
    if (result.code != kKilled) return result;
    const bool has_begun = exists(folder + "/search.jsonl") &&
                           read(folder + "/search.jsonl").find('\n') != std::string::npos;
    if (has_begun) line = {"tune", "--resume", "--out", folder, "--parallel", begin.back()};
  }
}

TEST(DigitsTuneKill, ASearchThatIsKilledAgainAndAgainEndsWithTheSameTable) {
  const SmallMnist mnist;
  for (const char* method : {"random --parallel 2", "grid --parallel 2", "asha --parallel 1"}) {
    const TempFolder whole;
    const TempFolder killed;
    const std::string options = "--trials 9 --epochs 9 --method " + std::string(method);
    auto line = small_search(mnist, whole.path());
    const auto more = words(options);
    line.insert(line.end(), more.begin(), more.end());
    const Result expected = run(line);
    ASSERT_EQ(expected.code, 0) << expected.err;
    line = small_search(mnist, killed.path());
    line.insert(line.end(), more.begin(), more.end());
    const Result result = run_with_kills(line, killed.path());
    ASSERT_EQ(result.code, 0) << result.err;
    EXPECT_EQ(table_of(result.out), table_of(expected.out)) << method;
    EXPECT_EQ(processes("train", killed.path()), std::vector<pid_t>{});
  }
}

TEST(DigitsTuneKill, AHalfWrittenLineIsDropped) {
  const SmallMnist mnist;
  const TempFolder out;
  const Result expected = run(small_search(mnist, out.path(), "--trials 3 --epochs 1"));
  const std::string log = read(out / "search.jsonl");
  const std::size_t settings = log.find('\n') + 1;
  for (const std::size_t bytes :
       {log.size() - 1, log.size() - 30, settings + 10, settings + 1, settings}) {
    gluino::write_file(out / "search.jsonl", log.substr(0, bytes));
    const Result result = run({"tune", "--resume", "--out", out.path()});
    ASSERT_EQ(result.code, 0) << result.err;
    EXPECT_EQ(table_of(result.out), table_of(expected.out)) << bytes;
    EXPECT_EQ(count_of(log_of(out.path()), "finished"), 3);
  }
  // Before the settings are there, no search has begun.
  gluino::write_file(out / "search.jsonl", log.substr(0, settings - 1));
  EXPECT_EQ(run({"tune", "--resume", "--out", out.path()}).code, 2);
  EXPECT_EQ(run(small_search(mnist, out.path(), "--trials 3 --epochs 1")).code, 0);
}

TEST(DigitsTuneKill, WhatIsNoLogIsToldByLine) {
  const SmallMnist mnist;
  const TempFolder out;
  ASSERT_EQ(run(small_search(mnist, out.path(), "--trials 2 --epochs 1")).code, 0);
  const std::string log = read(out / "search.jsonl");
  for (const std::string line :
       {"{}", "no JSON", "[]", "{\"event\":\"started\",\"trial\":7,\"epochs\":1}",
        "{\"event\":\"finished\",\"trial\":1,\"epochs\":1,\"seconds\":1}",
        "{\"event\":\"sung\",\"trial\":1,\"epochs\":1,\"seconds\":1}",
        "{\"event\":\"started\",\"trial\":\"x\",\"epochs\":1}", "{\"event\":\"search\"}"}) {
    gluino::write_file(out / "search.jsonl", log + line + "\n");
    const Result result = run({"tune", "--resume", "--out", out.path()});
    EXPECT_EQ(result.code, 2) << line;
    expect_sentence(result, "search.jsonl:6: ");
  }
}

TEST(DigitsTuneKill, ADoneSearchIsTold) {
  const SmallMnist mnist;
  const TempFolder out;
  const Result first = run(small_search(mnist, out.path(), "--trials 2 --epochs 1"));
  const std::string log = read(out / "search.jsonl");
  const Result again = run({"tune", "--resume", "--out", out.path()});
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(table_of(again.out), table_of(first.out));
  EXPECT_EQ(read(out / "search.jsonl"), log);
  const Result more = run({"tune", "--resume", "--trials", "4", "--json", "--out", out.path()});
  ASSERT_EQ(more.code, 0) << more.err;
  EXPECT_EQ(last_json(more).at("trials"), 4);
  EXPECT_EQ(count_of(log_of(out.path()), "finished"), 4);
}

TEST(DigitsTuneKill, CtrlCLeavesNoChildAndALogToGoOnFrom) {
  const SmallMnist mnist;
  const TempFolder out;
  Program program(small_search(mnist, out.path(), "--trials 4 --epochs 100000 --parallel 2"));
  ASSERT_TRUE(eventually([&] { return !processes("train", out.path()).empty(); }));
  program.interrupt();
  const Result result = program.wait();
  EXPECT_EQ(result.code, 130);
  expect_sentence(result, "digits tune --resume --out " + out.path() + " goes on");
  EXPECT_EQ(processes("train", out.path()), std::vector<pid_t>{});
  EXPECT_EQ(count_of(log_of(out.path()), "failed"), 0);
}

TEST(DigitsTuneKill, NoOrphanIsLeftWhenTheSearchIsKilled) {
  const SmallMnist mnist;
  for (const int signal : {SIGKILL, SIGTERM, SIGHUP}) {
    const TempFolder out;
    Program program(small_search(mnist, out.path(), "--trials 4 --epochs 100000 --parallel 2"));
    ASSERT_TRUE(eventually([&] { return !processes("train", out.path()).empty(); }));
    for (const pid_t pid : processes("tune", out.path())) ::kill(pid, signal);
    // What can be handled is.
    EXPECT_EQ(program.wait().code, signal == SIGTERM ? 143 : 1000 + signal);
    EXPECT_TRUE(eventually([&] { return processes("train", out.path()).empty(); })) << signal;
  }
}

TEST(DigitsTuneKill, ATrialThatIsKilledFailsAlone) {
  const SmallMnist mnist(5000, 60);
  for (const auto& [signal, told] :
       {std::pair(SIGKILL, "killed by signal 9"), std::pair(SIGTERM, "killed by signal 15"),
        std::pair(SIGINT, "killed by signal 2")}) {
    const TempFolder out;
    Program program(small_search(mnist, out.path(), "--trials 2 --epochs 40 --parallel 1"));
    // It has begun to train, and so handles signals.
    ASSERT_TRUE(eventually([&] { return exists(out / "trials/0001-40.jsonl"); }));
    for (const pid_t pid : processes("train", out.path())) ::kill(pid, signal);
    const Result result = program.wait();
    EXPECT_EQ(result.code, 0) << result.err;
    EXPECT_NE(result.err.find("trial 1 "), std::string::npos) << result.err;
    EXPECT_NE(result.err.find(told), std::string::npos) << result.err;
    EXPECT_EQ(count_of(log_of(out.path()), "finished"), 1);
  }
}

TEST(DigitsTuneKill, OneFolderIsOneProcess) {
  const SmallMnist mnist;
  const TempFolder out;
  Program program(small_search(mnist, out.path(), "--trials 2 --epochs 100000"));
  ASSERT_TRUE(eventually([&] { return !processes("train", out.path()).empty(); }));
  const Result other = run({"tune", "--resume", "--out", out.path()});
  EXPECT_EQ(other.code, 2);
  expect_sentence(other, "another search is running there");
  program.interrupt();
}

}  // namespace
}  // namespace digits_test
