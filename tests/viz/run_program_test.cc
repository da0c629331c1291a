#include <gluino/viz/run_program.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <csignal>
#include <string>

#include "ops/support.h"

namespace gluino::viz {
namespace {

using ::testing::HasSubstr;
using testing::message_of;

const RunLimits kLimits{.time = std::chrono::seconds(60), .output_bytes = 1 << 24};

TEST(RunProgram, PassesInputAndOutputWhole) {
  const std::string text(3'000'000, 'x');
  const auto result = run_program({"cat"}, text, kLimits);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->code, 0);
  EXPECT_TRUE(result->out == text);
  EXPECT_EQ(result->err, "");
}

TEST(RunProgram, WaitsForNeitherInputNorOutput) {
  // Reads nothing, and writes more than a pipe holds to both.
  const std::string script =
      "head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2";
  const auto result = run_program({"sh", "-c", script}, std::string(1'000'000, 'x'), kLimits);
  EXPECT_EQ(result->out.size(), 300000U);
  EXPECT_EQ(result->err.size(), 600000U);
}

TEST(RunProgram, TellsHowItEnded) {
  const auto failed = run_program({"sh", "-c", "echo no >&2; exit 3"}, "", kLimits);
  EXPECT_EQ(failed->code, 3);
  EXPECT_EQ(failed->err, "no\n");
  EXPECT_EQ(run_program({"sh", "-c", "kill -9 $$"}, "", kLimits)->code, 128 + 9);
}

TEST(RunProgram, NoShellReadsTheArguments) {
  const std::string text = "$(echo a); `b` \"c\" *";
  EXPECT_EQ(run_program({"printf", "%s", text}, "", kLimits)->out, text);
}

TEST(RunProgram, AMissingProgramIsNoError) {
  EXPECT_FALSE(run_program({"no-program-of-this-name"}, "", kLimits));
}

TEST(RunProgram, IsNotFoundInWhatIsNoFolder) {
  const std::string path = ::getenv("PATH");
  ::setenv("PATH", "/dev/null", 1);
  EXPECT_FALSE(run_program({"cat"}, "", kLimits));
  ::setenv("PATH", path.c_str(), 1);
}

TEST(RunProgram, RunsWhereNobodyHearsOfChildren) {
  const auto before = ::signal(SIGCHLD, SIG_IGN);
  const auto result = run_program({"cat"}, "text", kLimits);
  ::signal(SIGCHLD, before);
  EXPECT_EQ(result->out, "text");
}

TEST(RunProgram, WhatCannotBeRunIsTold) {
  EXPECT_THAT(message_of([] { run_program({"/"}, "", kLimits); }), HasSubstr("/: cannot be run"));
}

TEST(RunProgram, ATimeLimitEndsItAndWhatItStarted) {
  const auto begin = std::chrono::steady_clock::now();
  const RunLimits limits{.time = std::chrono::milliseconds(50), .output_bytes = 1 << 20};
  EXPECT_THAT(message_of([&] {
                run_program({"sh", "-c", "sleep 100; true"}, "", limits);
              }),
              HasSubstr("sh: took longer than 0.05 seconds"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(50));
}

TEST(RunProgram, EndsWhenAsked) {
  const auto begin = std::chrono::steady_clock::now();
  RunLimits limits = kLimits;
  limits.should_stop = [&] {
    return std::chrono::steady_clock::now() - begin > std::chrono::milliseconds(30);
  };
  EXPECT_THAT(message_of([&] {
                run_program({"sh", "-c", "sleep 50; true"}, "", limits);
              }),
              HasSubstr("sh: was ended before it was done"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(25));
}

TEST(RunProgram, EndlessOutputEndsIt) {
  const RunLimits limits{.time = std::chrono::seconds(60), .output_bytes = 100'000};
  EXPECT_THAT(message_of([&] { run_program({"yes"}, "", limits); }),
              HasSubstr("yes: wrote more than 100000 bytes"));
}

}  // namespace
}  // namespace gluino::viz
