#include <child_process.h>
#include <failing_threads.h>
#include <gluino/base/random.h>
#include <gluino/io/iterators/ndarray_iter.h>
#include <gluino/io/iterators/prefetching_iter.h>
#include <gluino/io/iterators/resize_iter.h>
#include <gluino/ndarray/creation.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "io/files.h"
#include "io/iter_support.h"

namespace gluino::io {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(ResizeIter, EpochsHaveTheGivenNumberOfBatches) {
  const auto inside = std::make_shared<Counter>(3);
  ResizeIter shorter(inside, {.size = 2});
  EXPECT_EQ(labels_of(shorter), "0 | 1 (1) ");
  EXPECT_EQ(next_epoch(shorter), "0 | 1 (1) ");
  ResizeIter longer(std::make_shared<Counter>(3), {.size = 5});
  EXPECT_EQ(labels_of(longer), "0 | 1 (1) | 2 | 0 | 1 (1) ");
  EXPECT_EQ(labels_of(longer), "");
  ResizeIter going_on(std::make_shared<Counter>(3), {.size = 2, .reset_internal = false});
  EXPECT_EQ(labels_of(going_on), "0 | 1 (1) ");
  EXPECT_EQ(next_epoch(going_on), "2 | 0 ");
  EXPECT_EQ(next_epoch(going_on), "1 (1) | 2 ");
}

TEST(ResizeIter, RefusesWhatDoesNotFit) {
  EXPECT_THAT(error_of([] { ResizeIter(nullptr, {.size = 1}); }), HasSubstr("got none"));
  EXPECT_THAT(error_of([] { ResizeIter(std::make_shared<Counter>(3), {}); }),
              HasSubstr("size: expected at least 1 batch"));
  ResizeIter empty(std::make_shared<Counter>(0), {.size = 1});
  EXPECT_THAT(error_of([&] { labels_of(empty); }), HasSubstr("no batch at all"));
}

TEST(PrefetchingIter, GivesTheSameBatches) {
  PrefetchingIter iter(std::make_shared<Counter>(50));
  Counter plain(50);
  const std::string expected = labels_of(plain);
  for (int epoch = 0; epoch < 3; ++epoch) {
    EXPECT_EQ(labels_of(iter), expected);
    EXPECT_EQ(labels_of(iter), "") << "the end stays the end";
    iter.reset();
  }
}

TEST(PrefetchingIter, CanBeResetAtAnyBatch) {
  PrefetchingIter iter(std::make_shared<Counter>(20));
  for (int stop = 0; stop < 20; ++stop) {
    DataBatch batch;
    for (int i = 0; i < stop; ++i) {
      ASSERT_TRUE(iter.next(batch));
      EXPECT_EQ(batch.label[0].asscalar<int>(), i);
    }
    iter.reset();
  }
}

TEST(PrefetchingIter, ShufflesFollowTheSeedThoughThreadsPrepareThem) {
  const NDArray data = nd::arange(30);
  const auto epochs = [&](bool prefetch) {
    random::seed(3);
    std::shared_ptr<DataIter> iter = std::make_shared<NDArrayIter>(
        data, data, NDArrayIterOptions{.batch_size = 10, .shuffle = true});
    if (prefetch) iter = std::make_shared<PrefetchingIter>(iter);
    std::string all;
    for (int i = 0; i < 3; ++i) all += next_epoch(*iter);
    return all;
  };
  EXPECT_EQ(epochs(true), epochs(false));
}

// Whether the thread has come to the end of an epoch that was left early must not matter.
TEST(PrefetchingIter, RollsOverNothingOfAnEpochLeftEarly) {
  const auto make = [] {
    return std::make_shared<NDArrayIter>(
        nd::arange(7), NDArrayIterOptions{.batch_size = 3, .last_batch_handle = "roll_over"});
  };
  for (int batches = 0; batches <= 3; ++batches) {
    const auto plain = make();
    PrefetchingIter iter(make());
    for (DataIter* each : {static_cast<DataIter*>(plain.get()), static_cast<DataIter*>(&iter)}) {
      DataBatch batch;
      for (int i = 0; i < batches; ++i) each->next(batch);
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      each->reset();
    }
    DataBatch expected, got;
    ASSERT_TRUE(plain->next(expected));
    ASSERT_TRUE(iter.next(got));
    EXPECT_EQ(got.data[0].to_vector<float>(), expected.data[0].to_vector<float>())
        << "left after " << batches;
  }
}

TEST(PrefetchingIter, JoinsSeveralIterators) {
  const NDArray a = nd::arange(6);
  const NDArray b = nd::arange(10, 16);
  const auto make = [](const NDArray& x) {
    return std::make_shared<NDArrayIter>(x, x, NDArrayIterOptions{.batch_size = 2});
  };
  PrefetchingIter iter({make(a), make(b)}, {.rename_data = {{{"data", "a"}}, {{"data", "b"}}},
                                            .rename_label = {{}, {{"softmax_label", "y"}}}});
  EXPECT_EQ(iter.provide_data()[0].name, "a");
  EXPECT_EQ(iter.provide_data()[1].name, "b");
  EXPECT_EQ(iter.provide_label()[0].name, "softmax_label");
  EXPECT_EQ(iter.provide_label()[1].name, "y");
  DataBatch batch;
  ASSERT_TRUE(iter.next(batch));
  ASSERT_EQ(batch.data.size(), 2U);
  ASSERT_EQ(batch.label.size(), 2U);
  EXPECT_THAT(batch.data[0].to_vector<int>(), ElementsAre(0, 1));
  EXPECT_THAT(batch.data[1].to_vector<int>(), ElementsAre(10, 11));
}

TEST(PrefetchingIter, ErrorsArriveWhereTheirBatchWouldHaveCome) {
  const auto inside = std::make_shared<Counter>(10, 3);
  PrefetchingIter iter(inside);
  DataBatch batch;
  for (int epoch = 0; epoch < 2; ++epoch) {
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(iter.next(batch));
    EXPECT_EQ(error_of([&] { iter.next(batch); }), "broken at 3");
    EXPECT_FALSE(iter.next(batch)) << "an error ends the epoch";
    iter.reset();
  }
  EXPECT_EQ(inside->resets(), 2);
}

TEST(PrefetchingIter, UnequalIteratorsAreErrors) {
  PrefetchingIter lengths({std::make_shared<Counter>(3), std::make_shared<Counter>(2)});
  EXPECT_THAT(error_of([&] { labels_of(lengths); }), HasSubstr("iterator 1 has fewer batches"));
  const NDArray x = nd::arange(3);
  PrefetchingIter pads({std::make_shared<NDArrayIter>(x, x), std::make_shared<Counter>(3)});
  EXPECT_THAT(error_of([&] { labels_of(pads); }), HasSubstr("pad of 1, the first one a pad of 0"));
  const auto one = std::make_shared<Counter>(1);
  const auto wide = std::make_shared<NDArrayIter>(x, x, NDArrayIterOptions{.batch_size = 2});
  EXPECT_THAT(error_of([&] { PrefetchingIter({one, one}); }), HasSubstr("got one twice"));
  EXPECT_THAT(error_of([&] { PrefetchingIter({one, wide}); }), HasSubstr("one with batches of 2"));
  EXPECT_THAT(error_of([&] { PrefetchingIter(std::vector<std::shared_ptr<DataIter>>{}); }),
              HasSubstr("got none"));
  EXPECT_THAT(error_of([&] { PrefetchingIter(std::shared_ptr<DataIter>()); }),
              HasSubstr("empty handle"));
  EXPECT_THAT(error_of([&] {
                PrefetchingIter({one}, {.rename_data = {{}, {}}});
              }),
              HasSubstr("rename_data: expected names for 1 iterators, got 2"));
}

/// Counts how many of its batches are made, and on which thread.
class Watched : public Counter {
 public:
  using Counter::Counter;
  bool next(DataBatch& batch) override {
    if (std::this_thread::get_id() == home_) on_this_thread = true;
    const bool more = Counter::next(batch);
    ++made;
    return more;
  }
  std::atomic<int> made = 0;
  std::atomic<bool> on_this_thread = false;

 private:
  std::thread::id home_ = std::this_thread::get_id();
};

TEST(PrefetchingIter, WorksAheadOnAnotherThreadButNotFar) {
  const auto inside = std::make_shared<Watched>(100);
  PrefetchingIter iter(inside);
  for (int i = 0; i < 2000 && inside->made == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_EQ(inside->made, 1) << "before anybody asked";
  DataBatch batch;
  for (int i = 0; i < 10; ++i) iter.next(batch);
  EXPECT_LE(inside->made, 11);
  EXPECT_FALSE(inside->on_this_thread);
}

TEST(PrefetchingIter, StopsWhenItIsDropped) {
  Counter plain(1000);
  const std::string whole = labels_of(plain);
  for (int i = 0; i < 100; ++i) {
    const auto inside = std::make_shared<Counter>(1000);
    {
      PrefetchingIter iter(inside);
      DataBatch batch;
      for (int j = 0; j < i % 3; ++j) {
        ASSERT_TRUE(iter.next(batch));
        EXPECT_EQ(batch.label[0].asscalar<int>(), j);
      }
    }
    // Nobody else takes from it any more.
    EXPECT_EQ(inside.use_count(), 1);
    EXPECT_EQ(next_epoch(*inside), whole);
  }
}

TEST(PrefetchingIter, WorksWhereThereAreNoThreads) {
  Counter plain(5);
  const std::string expected = labels_of(plain);
  const ThreadLimit none(0);
  PrefetchingIter iter(std::make_shared<Counter>(5));
  EXPECT_EQ(labels_of(iter), expected);
  EXPECT_EQ(next_epoch(iter), expected);
}

// The threads stay with the parent, and so do the batches that they claimed.
TEST(PrefetchingIter, AForkedProcessIsTold) {
  if (kSanitized) GTEST_SKIP() << "sanitizers do not bear forks beside threads";
  auto iter = std::make_unique<PrefetchingIter>(std::make_shared<Counter>(50));
  DataBatch batch;
  ASSERT_TRUE(iter->next(batch));
  for (const auto end : {ChildProcess::End::at_once, ChildProcess::End::exit}) {
    const ChildProcess child(
        [&] {
          const std::string next = error_of([&] { iter->next(batch); });
          const std::string reset = error_of([&] { iter->reset(); });
          iter.reset();
          PrefetchingIter own(std::make_shared<Counter>(3));
          return next.find("parent process") != next.npos &&
                 reset.find("parent process") != reset.npos && labels_of(own) == "0 | 1 (1) | 2 ";
        },
        end);
    EXPECT_TRUE(child.succeeds());
  }
  EXPECT_TRUE(iter->next(batch));
}

}  // namespace
}  // namespace gluino::io
