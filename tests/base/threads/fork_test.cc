#include <child_process.h>
#include <gluino/base/error.h>
#include <gluino/base/fork.h>
#include <gluino/base/log.h>
#include <gluino/base/parallel.h>
#include <gluino/base/random.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <numeric>
#include <thread>
#include <vector>

namespace gluino {
namespace {

class ForkTest : public testing::Test {
 protected:
  void SetUp() override {
    if (kSanitized) GTEST_SKIP() << "sanitizers do not bear forks beside threads";
  }
  ~ForkTest() override { set_num_threads(0); }
};

// Sums of the parts of a loop, which shows whether each item was visited once.
std::vector<std::int64_t> squares(std::int64_t n) {
  std::vector<std::int64_t> out(static_cast<std::size_t>(n));
  parallel_for(n, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) out[static_cast<std::size_t>(i)] += i * i;
  });
  return out;
}

// True when several threads worked on one loop at once.
bool has_workers() {
  std::atomic<int> inside = 0;
  std::atomic<bool> both = false;
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  parallel_for(8, 1, [&](std::int64_t, std::int64_t) {
    ++inside;
    while (!both && std::chrono::steady_clock::now() < give_up) {
      if (inside >= 2) both = true;
      std::this_thread::yield();
    }
    --inside;
  });
  return both;
}

TEST_F(ForkTest, TheChildComputesWithThreadsOfItsOwn) {
  for (const int threads : {1, 2, 3, 8}) {
    set_num_threads(threads);
    const auto expected = squares(1000);
    const ChildProcess child([&] {
      return num_threads() == threads && squares(1000) == expected &&
             (threads == 1 || has_workers());
    });
    EXPECT_TRUE(child.succeeds()) << threads << " threads";
    EXPECT_EQ(squares(1000), expected);
  }
}

TEST_F(ForkTest, TheChildMaySetItsThreadsAndForkAgain) {
  set_num_threads(3);
  const auto expected = squares(100);
  const ChildProcess child([&] {
    if (squares(100) != expected) return false;
    const ChildProcess grandchild([&] {
      set_num_threads(5);
      return squares(100) == expected && num_threads() == 5;
    });
    set_num_threads(2);
    return grandchild.succeeds() && squares(100) == expected && num_threads() == 2;
  });
  EXPECT_TRUE(child.succeeds());
  EXPECT_EQ(num_threads(), 3);
}

TEST_F(ForkTest, TheChildOfAnyThreadEndsByReturningFromMain) {
  set_num_threads(4);
  const auto expected = squares(64);
  std::thread([&] {
    squares(64);
    const ChildProcess child([&] { return squares(64) == expected; }, ChildProcess::End::exit);
    EXPECT_TRUE(child.succeeds());
  }).join();
}

// Threads that loop, draw and log all the time; each fork comes in the middle of something.
TEST_F(ForkTest, InTheMiddleOfTheWorkOfOthers) {
  set_num_threads(3);
  random::seed(5);
  const auto expected = squares(200);
  const Logger before = set_logger([](const std::string&) {});
  std::atomic<bool> stop = false;
  std::vector<std::thread> others;
  const auto keep = [&](const std::function<void()>& busy) {
    others.emplace_back([&stop, busy] {
      while (!stop) busy();
    });
  };
  keep([] { squares(200); });
  keep([] { squares(5000); });
  keep([] {
    std::vector<float> numbers(5000);
    random::uniform(numbers, 0, 1);
  });
  keep([] { log_line("a line"); });
  keep([] {
    ForkMutex short_lived;
    const std::lock_guard lock(short_lived);
  });
  for (int i = 0; i < 40; ++i) {
    const ChildProcess child([&] {
      std::vector<float> numbers(200);
      random::uniform(numbers, 0, 1);
      log_line("from the child");
      return squares(200) == expected && random::current_seed() == 5;
    });
    ASSERT_TRUE(child.succeeds()) << "fork " << i;
  }
  stop = true;
  for (std::thread& other : others) other.join();
  set_logger(before);
}

TEST_F(ForkTest, ALoopThatWasForkedInsideIsNotTakenForDone) {
  set_num_threads(2);
  const std::thread::id home = std::this_thread::get_id();
  std::atomic<bool> forked = false;
  std::atomic<bool> told = false;
  pid_t pid = -1;
  bool is_child = false;
  try {
    parallel_for(100, 1, [&](std::int64_t, std::int64_t) {
      if (std::this_thread::get_id() != home || forked.exchange(true)) return;
      pid = ::fork();
      is_child = pid == 0;
    });
  } catch (const Error&) {
    told = true;
  }
  if (is_child) ::_exit(told && squares(100) == squares(100) ? 0 : 1);
  EXPECT_FALSE(told);
  EXPECT_TRUE(ChildProcess(pid).succeeds());
}

TEST_F(ForkTest, WhatBelongsToTheParentIsForgotten) {
  struct Counted {
    explicit Counted(int& count) : alive(count) { ++alive; }
    ~Counted() { --alive; }
    int& alive;
  };
  int alive = 0;
  OfThisProcess<Counted> object;
  EXPECT_EQ(object.get(), nullptr);
  EXPECT_FALSE(object.is_of_parent());
  object.emplace(alive);
  const ChildProcess child([&] {
    const bool forgotten = object.get() == nullptr && object.is_of_parent();
    object.reset();
    return forgotten && alive == 1 && !object.is_of_parent();
  });
  EXPECT_TRUE(child.succeeds());
  object.emplace(alive);
  EXPECT_EQ(alive, 1);
  object.reset();
  EXPECT_EQ(alive, 0);
}

}  // namespace
}  // namespace gluino
