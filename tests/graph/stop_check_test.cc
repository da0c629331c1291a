// Runs end where somebody wants them to, and what ended runs again.
#include <gluino/graph/run/stop_check.h>
#include <gluino/graph/sym.h>
#include <gmock/gmock.h>

#include <chrono>

#include "error_message.h"

namespace gluino {
namespace {

using std::chrono::steady_clock;
using testing::message_of;

int asked = 0;

class StopCheck : public ::testing::Test {
 protected:
  StopCheck() {
    asked = 0;
    graph::set_stop_check([] { return ++asked == 3; });
  }
  ~StopCheck() override { graph::set_stop_check(nullptr); }
};

// Adds 1 as long as x is below `most`.
Executor counting(double most) {
  const auto loop = sym::contrib::while_loop([most](const Symbol& x) { return x < most; },
                                             [](const Symbol& x) {
                                               return sym::contrib::Step{{}, x + 1.0};
                                             },
                                             sym::var("x"), {.max_iterations = 1'000'000'000});
  return loop.states[0].bind(cpu(), {{"x", nd::zeros({1})}});
}

TEST_F(StopCheck, ALoopWithoutAnEndHasOne) {
  const Executor executor = counting(1e9);
  const auto begin = steady_clock::now();
  EXPECT_THAT(message_of([&] { executor.forward(); }), ::testing::HasSubstr("was ended"));
  EXPECT_EQ(asked, 3);
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(20));
}

TEST_F(StopCheck, WhatEndedRunsAgain) {
  const Executor executor = counting(3);
  graph::set_stop_check([] { return true; });
  // The next question may be due only in a while.
  const auto ends = [&] {
    try {
      executor.forward();
    } catch (const Error&) {
      return true;
    }
    return false;
  };
  while (!ends()) continue;
  graph::set_stop_check(nullptr);
  EXPECT_EQ(executor.forward()[0].asscalar<float>(), 3);
}

}  // namespace
}  // namespace gluino
