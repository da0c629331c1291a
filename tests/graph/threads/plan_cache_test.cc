// Compilations are made once, outside of the lock, and a bounded number is kept.
#include <gluino/graph/run/plan_cache.h>
#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace gluino {
namespace {

using Cache = graph::PlanCache<int, std::string>;

std::shared_ptr<std::string> text_of(int key) {
  return std::make_shared<std::string>(std::to_string(key));
}

template <class Make>
std::shared_ptr<std::string> get(Cache& cache, int key, Make make) {
  return cache.get([=](int other) { return other == key; }, [=] { return key; }, make);
}

TEST(PlanCache, KeepsTheOnesUsedLast) {
  Cache cache(2);
  int made = 0;
  const auto use = [&](int key) {
    return *get(cache, key, [&](int made_for) {
      ++made;
      return text_of(made_for);
    });
  };
  EXPECT_EQ(use(1) + use(2) + use(1), "121");
  EXPECT_EQ(made, 2);
  EXPECT_EQ(use(3), "3");  // 2 was unused for longest
  EXPECT_EQ(cache.size(), 2U);
  EXPECT_EQ(use(1), "1");
  EXPECT_EQ(made, 3);
  EXPECT_EQ(use(2), "2");
  EXPECT_EQ(made, 4);
  EXPECT_EQ(cache.find([](int key) { return key == 3; }), nullptr);
  cache.clear();
  EXPECT_EQ(cache.size(), 0U);
  EXPECT_EQ(use(2), "2");
  EXPECT_EQ(made, 5);
}

TEST(PlanCache, KeepsNothingOfAFailure) {
  Cache cache(2);
  EXPECT_THROW(
      get(cache, 1, [](int) -> std::shared_ptr<std::string> { throw std::runtime_error("no"); }),
      std::runtime_error);
  EXPECT_EQ(cache.size(), 0U);
  EXPECT_EQ(*get(cache, 1, text_of), "1");
}

// A graph may run inside of what is compiled: on the same thread nobody waits for themselves.
TEST(PlanCache, MayBeAskedWhileItMakes) {
  Cache cache(4);
  const auto value = get(cache, 1, [&](int) { return get(cache, 1, text_of); });
  EXPECT_EQ(*value, "1");
}

TEST(PlanCacheThreads, OthersGoOnWhileOneIsMade) {
  Cache cache(4);
  get(cache, 1, text_of);
  std::promise<void> began, may_end;
  std::thread slow([&] {
    get(cache, 2, [&](int key) {
      began.set_value();
      may_end.get_future().wait();
      return text_of(key);
    });
  });
  began.get_future().wait();
  EXPECT_EQ(*get(cache, 1, text_of), "1");  // known
  EXPECT_EQ(*get(cache, 3, text_of), "3");  // new
  may_end.set_value();
  slow.join();
  EXPECT_EQ(cache.size(), 3U);
}

TEST(PlanCacheThreads, OneMakesAndTheOthersWaitForIt) {
  for (const bool fails : {false, true}) {
    Cache cache(4);
    std::atomic<int> made = 0;
    std::atomic<int> failed = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&] {
        try {
          const auto value = get(cache, 7, [&](int key) {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            if (made++ == 0 && fails) throw std::runtime_error("the first fails");
            return text_of(key);
          });
          EXPECT_EQ(*value, "7");
        } catch (const std::runtime_error&) {
          ++failed;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(made, fails ? 2 : 1);
    EXPECT_EQ(failed, fails ? 1 : 0);
  }
}

}  // namespace
}  // namespace gluino
