#include <gluino/ndarray/block_pool.h>
#include <gluino/ndarray/creation.h>
#include <gluino/ndarray/storage.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>

namespace gluino {
namespace {

TEST(Pool, CapacitiesAreAlignedAndCloseToWhatIsAsked) {
  for (std::size_t bytes = 0; bytes < 300000; bytes += bytes / 50 + 1) {
    const std::size_t capacity = block_pool::capacity_for(bytes);
    EXPECT_GE(capacity, std::max<std::size_t>(bytes, 1));
    EXPECT_EQ(capacity % block_pool::kAlignment, 0U);
    EXPECT_EQ(block_pool::capacity_for(capacity), capacity);
    if (bytes > 256) {
      EXPECT_LE(capacity, bytes + bytes / 4 + 1) << bytes;
    }
  }
}

TEST(Pool, ArraysAreAlignedAndDoNotOverlap) {
  std::vector<NDArray> arrays;
  for (std::int64_t n = 0; n < 70000; n += n / 8 + 1) {
    arrays.push_back(nd::full({n}, static_cast<double>(n)));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(arrays.back().data()) % block_pool::kAlignment, 0U);
  }
  for (const NDArray& array : arrays) {
    const auto values = array.to_vector<float>();
    const auto wanted = static_cast<float>(array.size());
    EXPECT_TRUE(std::all_of(values.begin(), values.end(), [&](float v) { return v == wanted; }));
  }
}

#ifdef __SANITIZE_ADDRESS__
// Blocks are larger than arrays, and the sanitizer knows blocks only.
TEST(Pool, TheAddressSanitizerSeesTheEndOfAnArray) {
  for (const std::int64_t bytes : {1, 64, 65, 1000}) {
    const NDArray array({bytes}, uint8);
    volatile std::uint8_t* const data = array.data<std::uint8_t>();
    data[bytes - 1] = 1;
    EXPECT_DEATH(data[bytes] = 1, "use-after-poison|heap-buffer-overflow") << bytes;
  }
}
#endif

void one_step() {
  const NDArray batch({100, 1, 28, 28});
  const NDArray hidden({100, 128});
  const NDArray small({10});
  const NDArray view = hidden.view({12800}).slice_view(0, 100);
}

TEST(Pool, TheSteadyStateAsksTheSystemForNothing) {
  one_step();
  const PoolStatistics before = pool_statistics();
  for (int i = 0; i < 1000; ++i) one_step();
  const PoolStatistics after = pool_statistics();
  EXPECT_EQ(after.system_allocations, before.system_allocations);
  EXPECT_EQ(after.in_use, before.in_use);
  EXPECT_EQ(after.cached, before.cached);
}

TEST(Pool, CountsWhatIsInUse) {
  const std::size_t before = pool_statistics().in_use;
  {
    const NDArray array({1 << 20});
    const std::size_t used = pool_statistics().in_use - before;
    EXPECT_GE(used, std::size_t{4} << 20);
    EXPECT_LE(used, std::size_t{5} << 20);
  }
  EXPECT_EQ(pool_statistics().in_use, before);
}

TEST(Pool, WhatItKeepsIsBounded) {
  constexpr std::size_t kMiB = std::size_t{1} << 20;
  for (std::int64_t mib = 1; mib <= 256; mib *= 2) {
    std::vector<NDArray> arrays;
    for (std::int64_t i = 0; i < 512 / mib; ++i) arrays.emplace_back(Shape{mib << 20}, uint8);
  }
  EXPECT_LE(pool_statistics().cached, 200 * kMiB);
  // Blocks of sizes that are no longer asked for give way to those that are.
  const auto step = [] {
    const NDArray a({48 << 20}, uint8);
    const NDArray b({40 << 20}, uint8);
  };
  step();
  const std::size_t allocations = pool_statistics().system_allocations;
  for (int i = 0; i < 10; ++i) step();
  EXPECT_EQ(pool_statistics().system_allocations, allocations);
}

// As in a DataLoader: one thread makes arrays, another drops them.
TEST(Pool, ArraysMayBeDroppedByAnotherThread) {
  const std::size_t in_use = pool_statistics().in_use;
  std::mutex mutex;
  std::deque<NDArray> queue;
  bool done = false;
  std::thread consumer([&] {
    for (;;) {
      const std::lock_guard lock(mutex);
      if (!queue.empty()) {
        queue.pop_front();
      } else if (done) {
        return;
      }
    }
  });
  std::vector<std::thread> producers;
  for (int t = 0; t < 2; ++t) {
    producers.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) {
        NDArray array({i % 97, 50});
        const std::lock_guard lock(mutex);
        queue.push_back(std::move(array));
      }
    });
  }
  for (std::thread& producer : producers) producer.join();
  {
    const std::lock_guard lock(mutex);
    done = true;
  }
  consumer.join();
  EXPECT_EQ(pool_statistics().in_use, in_use);
}

// Dropped after the main thread's own cache is gone, at the end of the program.
const NDArray static_array = nd::zeros({3});
thread_local NDArray thread_array;

TEST(Pool, ArraysMayOutliveTheirThreadsCache) {
  EXPECT_EQ(static_array.size(), 3);
  std::thread([] { thread_array = nd::zeros({5}); }).join();
}

}  // namespace
}  // namespace gluino
