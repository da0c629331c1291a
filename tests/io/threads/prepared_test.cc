#include <gluino/base/error.h>
#include <gluino/io/iterators/prepared.h>
#include <gtest/gtest.h>

#include <atomic>
#include <vector>

namespace gluino::io {
namespace {

// Gives 0, 1, ... below `count`; making `broken` throws.
class Numbers {
 public:
  explicit Numbers(int count, int broken = -1) : count_(count), broken_(broken) {}

  Prepared<int>::Work operator()() {
    EXPECT_FALSE(claiming_.exchange(true)) << "two threads claim at once";
    const int number = next_;
    if (number < count_) ++next_;
    claiming_ = false;
    if (number == count_) return nullptr;
    return [this, number](int& item) {
      if (number == broken_) fail("broken at ", number);
      item = number;
    };
  }
  void rewind() { next_ = 0; }
  int claimed() const { return next_; }

 private:
  int count_;
  int broken_;
  std::atomic<int> next_ = 0;
  std::atomic<bool> claiming_ = false;
};

std::vector<int> all(Prepared<int>& prepared) {
  std::vector<int> items;
  for (int item = -1; prepared.next(item);) items.push_back(item);
  return items;
}

TEST(PreparedThreads, ItemsComeInOrder) {
  std::vector<int> expected(100);
  for (int i = 0; i < 100; ++i) expected[static_cast<std::size_t>(i)] = i;
  for (const int threads : {1, 2, 5}) {
    for (const std::size_t ahead : {1, 3, 200}) {
      Numbers numbers(100);
      Prepared<int> prepared([&] { return numbers(); }, {.threads = threads, .ahead = ahead});
      EXPECT_EQ(all(prepared), expected) << threads << " threads, " << ahead << " ahead";
    }
  }
}

TEST(PreparedThreads, NoMoreAreMadeAheadThanAsked) {
  Numbers numbers(100);
  Prepared<int> prepared([&] { return numbers(); }, {.threads = 3, .ahead = 4});
  for (int taken = 1; taken <= 50; ++taken) {
    int item = -1;
    ASSERT_TRUE(prepared.next(item));
    EXPECT_LE(numbers.claimed(), taken + 4);
  }
}

TEST(PreparedThreads, AFailureComesWithItsItem) {
  Numbers numbers(10, 3);
  Prepared<int> prepared([&] { return numbers(); }, {.threads = 2, .ahead = 5});
  int item = -1;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(prepared.next(item));
    EXPECT_EQ(item, i);
  }
  EXPECT_THROW(prepared.next(item), Error);
}

TEST(PreparedThreads, BeginAnewAtAnyItem) {
  Numbers numbers(20);
  Prepared<int> prepared([&] { return numbers(); }, {.threads = 2, .ahead = 3});
  for (int stop = 0; stop < 20; ++stop) {
    int item = -1;
    for (int i = 0; i < stop; ++i) ASSERT_TRUE(prepared.next(item));
    prepared.restart([&] { numbers.rewind(); });
    ASSERT_TRUE(prepared.next(item));
    EXPECT_EQ(item, 0);
  }
  prepared.restart([&] { numbers.rewind(); });
  EXPECT_EQ(all(prepared).size(), 20U);
}

}  // namespace
}  // namespace gluino::io
