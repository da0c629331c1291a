#include <failing_threads.h>
#include <gluino/base/error.h>
#include <gluino/base/parallel.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

namespace gluino {
namespace {

class ParallelTest : public testing::Test {
 protected:
  ~ParallelTest() override { set_num_threads(0); }
};

// How often each item of [0, n) is visited; all should be once.
std::vector<int> visits(std::int64_t n, std::int64_t grain) {
  std::vector<std::atomic<int>> counts(static_cast<std::size_t>(n));
  parallel_for(n, grain, [&](std::int64_t begin, std::int64_t end) {
    EXPECT_EQ(begin % std::max<std::int64_t>(grain, 1), 0);
    for (std::int64_t i = begin; i < end; ++i) ++counts[static_cast<std::size_t>(i)];
  });
  return {counts.begin(), counts.end()};
}

TEST_F(ParallelTest, VisitsEachItemOnce) {
  for (const int threads : {1, 2, 3, 8}) {
    set_num_threads(threads);
    EXPECT_EQ(num_threads(), threads);
    for (const std::int64_t n : {0, 1, 2, 7, 64, 1000, 1001}) {
      for (const std::int64_t grain : {0, 1, 3, 64, 5000}) {
        EXPECT_EQ(visits(n, grain), std::vector<int>(static_cast<std::size_t>(n), 1))
            << threads << " threads, n " << n << ", grain " << grain;
      }
    }
  }
}

TEST_F(ParallelTest, ReallyUsesSeveralThreads) {
  set_num_threads(2);
  std::atomic<int> inside = 0;
  std::atomic<bool> both = false;
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  // Each range waits for another to run at the same time.
  parallel_for(8, 1, [&](std::int64_t, std::int64_t) {
    ++inside;
    while (!both && std::chrono::steady_clock::now() < give_up) {
      if (inside >= 2) both = true;
      std::this_thread::yield();
    }
    --inside;
  });
  EXPECT_TRUE(both);
}

TEST_F(ParallelTest, NestedLoopsRunOnTheirOwnThread) {
  set_num_threads(4);
  std::vector<std::atomic<int>> counts(400);
  parallel_for(20, 1, [&](std::int64_t begin, std::int64_t end) {
    const auto self = std::this_thread::get_id();
    for (std::int64_t i = begin; i < end; ++i) {
      parallel_for(20, 1, [&](std::int64_t first, std::int64_t last) {
        EXPECT_EQ(std::this_thread::get_id(), self);
        for (std::int64_t k = first; k < last; ++k) ++counts[static_cast<std::size_t>(i * 20 + k)];
      });
    }
  });
  for (const auto& count : counts) EXPECT_EQ(count, 1);
}

TEST_F(ParallelTest, HandsOnAnExceptionAndWorksAfterwards) {
  for (const int threads : {1, 2, 4}) {
    set_num_threads(threads);
    for (std::int64_t bad = 0; bad < 100; bad += 11) {
      const auto run = [&] {
        parallel_for(100, 1, [&](std::int64_t begin, std::int64_t end) {
          if (begin <= bad && bad < end) throw std::out_of_range("bad item");
        });
      };
      EXPECT_THROW(run(), std::out_of_range);
      EXPECT_EQ(visits(50, 1), std::vector<int>(50, 1));
    }
  }
}

TEST_F(ParallelTest, ManyCallersAtOnce) {
  set_num_threads(3);
  std::vector<std::thread> callers;
  std::atomic<std::int64_t> total = 0;
  for (int t = 0; t < 6; ++t) {
    callers.emplace_back([&] {
      for (int round = 0; round < 200; ++round) {
        parallel_for(100, 5, [&](std::int64_t begin, std::int64_t end) { total += end - begin; });
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(total, 6 * 200 * 100);
}

TEST_F(ParallelTest, ThreadsMayBeSetWhileOthersRun) {
  std::atomic<bool> stop = false;
  std::atomic<std::int64_t> wrong = 0;
  std::thread runner([&] {
    while (!stop) {
      std::atomic<std::int64_t> sum = 0;
      parallel_for(64, 1, [&](std::int64_t begin, std::int64_t end) { sum += end - begin; });
      if (sum != 64) ++wrong;
    }
  });
  for (int i = 0; i < 60; ++i) set_num_threads(1 + i % 5);
  stop = true;
  runner.join();
  EXPECT_EQ(wrong, 0);
}

// A limit on processes: what is granted will do, and more is had when there is more.
TEST_F(ParallelTest, GoesOnWithFewerThreadsWhereThereAreNoMore) {
  for (const int granted : {0, 1, 3, 7}) {
    set_num_threads(2);
    {
      const ThreadLimit limit(granted);
      set_num_threads(8);
    }
    EXPECT_EQ(num_threads(), 1 + granted);
    for (const std::int64_t n : {1, 8, 1000}) {
      EXPECT_EQ(visits(n, 1), std::vector<int>(static_cast<std::size_t>(n), 1)) << granted;
    }
    set_num_threads(4);
    EXPECT_EQ(num_threads(), 4);
    EXPECT_EQ(visits(1000, 1), std::vector<int>(1000, 1));
  }
}

TEST_F(ParallelTest, RefusesWhatMakesNoSense) {
  EXPECT_THROW(set_num_threads(-1), Error);
  EXPECT_THROW(set_num_threads(1025), Error);
  set_num_threads(2);
  const auto from_inside = [] {
    parallel_for(10, 1, [](std::int64_t, std::int64_t) { set_num_threads(1); });
  };
  EXPECT_THROW(from_inside(), Error);
  EXPECT_EQ(num_threads(), 2);
}

}  // namespace
}  // namespace gluino
