#include <gluino/ndarray/counted.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

namespace gluino {
namespace {

struct Object {
  static void destroy(Object* object) noexcept {
    ++destroyed;
    delete object;
  }

  std::atomic<std::uint32_t> handles = 1;
  static inline std::atomic<int> destroyed = 0;
};

class CountedTest : public testing::Test {
 protected:
  CountedTest() { Object::destroyed = 0; }
};

TEST_F(CountedTest, TheLastHandleDestroys) {
  {
    const Counted<Object> first(new Object);
    {
      const Counted<Object> second = first;  // NOLINT(performance-unnecessary-copy-initialization)
      EXPECT_EQ(second, first);
    }
    EXPECT_EQ(Object::destroyed, 0);
  }
  EXPECT_EQ(Object::destroyed, 1);
}

TEST_F(CountedTest, AssigningLetsGoOfWhatWasHeld) {
  Counted<Object> a(new Object);
  Counted<Object> b(new Object);
  a = b;
  EXPECT_EQ(Object::destroyed, 1);
  EXPECT_EQ(a, b);
  b = {};
  EXPECT_EQ(b, nullptr);
  EXPECT_EQ(Object::destroyed, 1);
  a = Counted<Object>();
  EXPECT_EQ(Object::destroyed, 2);
}

TEST_F(CountedTest, AssigningAHandleToItselfChangesNothing) {
  Counted<Object> handle(new Object);
  Counted<Object>& same = handle;
  handle = same;
  handle = std::move(same);
  EXPECT_NE(handle.get(), nullptr);
  EXPECT_EQ(handle->handles, 1U);
  EXPECT_EQ(Object::destroyed, 0);
}

TEST_F(CountedTest, ThreadsShareAnObject) {
  {
    const Counted<Object> shared(new Object);
    std::vector<std::thread> threads;
    threads.reserve(4);
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([mine = shared] {
        for (int i = 0; i < 10000; ++i) {
          Counted<Object> copy = mine;
          const Counted<Object> moved = std::move(copy);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    threads.clear();
    EXPECT_EQ(shared->handles, 1U);
    EXPECT_EQ(Object::destroyed, 0);
  }
  EXPECT_EQ(Object::destroyed, 1);
}

}  // namespace
}  // namespace gluino
