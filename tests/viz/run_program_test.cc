#include <gluino/viz/run_program.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "ops/support.h"

namespace gluino::viz {
namespace {

using ::testing::HasSubstr;
using testing::message_of;

constexpr RunLimits kLimits{.time = std::chrono::seconds(60), .output_bytes = 1 << 24};

TEST(RunProgram, PassesInputAndOutputWhole) {
  const std::string text(3'000'000, 'x');
  const auto result = run_program({"cat"}, text, kLimits);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->code, 0);
  EXPECT_TRUE(result->out == text);
  EXPECT_EQ(result->err, "");
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

TEST(RunProgram, EndlessOutputEndsIt) {
  const RunLimits limits{.time = std::chrono::seconds(60), .output_bytes = 100'000};
  EXPECT_THAT(message_of([&] { run_program({"yes"}, "", limits); }),
              HasSubstr("yes: wrote more than 100000 bytes"));
}

}  // namespace
}  // namespace gluino::viz
