#include <child_process.h>
#include <failing_threads.h>
#include <gluino/autograd/autograd.h>
#include <gluino/base/parallel.h>
#include <gluino/base/random.h>
#include <gluino/gluon/data/dataloader.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <ranges>
#include <stdexcept>
#include <thread>

#include "gluon_data/support.h"

namespace gluino::gluon::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Batches = std::vector<std::vector<float>>;

static_assert(std::input_iterator<BatchIterator>);
static_assert(std::ranges::input_range<const DataLoader>);

constexpr std::array kWorkers{0, 1, 2, 8};

Dataset numbers(std::int64_t count) { return ArrayDataset(nd::arange(double(count))); }

Batches values_of(const DataLoader& loader) {
  Batches batches;
  for (const Batch& batch : loader) batches.push_back(batch.data().to_vector<float>());
  return batches;
}

// Takes different times for different samples, so that workers overtake each other.
NDArray unhurried(const NDArray& x) {
  std::this_thread::sleep_for(std::chrono::microseconds(37 * (x.asscalar<int>() % 5)));
  return scaled(x, 2);
}

TEST(DataLoader, GivesDataAndLabelInOrder) {
  const ArrayDataset dataset(nd::arange(12).view({6, 2}), nd::arange(0, 6, 1, int32));
  const DataLoader loader(dataset, {.batch_size = 4});
  EXPECT_EQ(loader.size(), 2);
  int seen = 0;
  for (const auto& [data, label] : loader) {
    const int rows = seen == 0 ? 4 : 2;
    EXPECT_EQ(data.shape(), Shape({rows, 2}));
    EXPECT_EQ(label.shape(), Shape({rows}));
    EXPECT_EQ(label.dtype(), int32);
    EXPECT_EQ(label.to_vector<int>()[0], seen);
    seen += rows;
  }
  EXPECT_EQ(seen, 6);
}

TEST(DataLoader, TheSameForAnyNumberOfWorkers) {
  const auto jitter = [](const NDArray& x, Generator& generator) {
    return scaled(unhurried(x), generator.uniform());
  };
  std::array<Batches, kWorkers.size()> epochs;
  for (std::size_t w = 0; w < kWorkers.size(); ++w) {
    random::seed(5);
    const DataLoader loader(numbers(103).transform_first(jitter),
                            {.batch_size = 4, .shuffle = true, .num_workers = kWorkers[w]});
    epochs[w] = values_of(loader);
    EXPECT_NE(values_of(loader), epochs[w]);
    EXPECT_EQ(epochs[w], epochs[0]);
  }
  EXPECT_EQ(epochs[0].size(), 26U);
}

TEST(DataLoader, AnyPrefetchWill) {
  for (const int prefetch : {0, 1, 3, 1000}) {
    const DataLoader loader(numbers(20).transform_first(unhurried),
                            {.batch_size = 3, .num_workers = 3, .prefetch = prefetch});
    const Batches batches = values_of(loader);
    EXPECT_EQ(batches.size(), 7U);
    EXPECT_THAT(batches.back(), ElementsAre(36, 38));
  }
}

TEST(DataLoader, NeverMakesMoreAheadThanAsked) {
  std::atomic<int> made = 0;
  const auto count = [&](const NDArray& x) {
    ++made;
    return x;
  };
  const DataLoader loader(numbers(100).transform_first(count),
                          {.batch_size = 1, .num_workers = 2, .prefetch = 3});
  int taken = 0;
  for (auto it = loader.begin(); it != loader.end(); ++it) {
    ++taken;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
    EXPECT_LE(made, taken + 3);
  }
  EXPECT_EQ(made, 100);
}

TEST(DataLoader, EmptyOrSmallDataSets) {
  for (const int workers : kWorkers) {
    const auto count = [&](std::int64_t samples, const std::string& last_batch) {
      const DataLoader loader(numbers(samples),
                              {.batch_size = 10, .last_batch = last_batch, .num_workers = workers});
      const Batches batches = values_of(loader);
      return batches.size();
    };
    EXPECT_EQ(count(0, "keep"), 0U);
    EXPECT_EQ(count(3, "keep"), 1U);
    EXPECT_EQ(count(3, "discard"), 0U);
    EXPECT_EQ(count(3, "rollover"), 0U);
  }
}

TEST(DataLoader, HandsOnAnErrorAtItsBatch) {
  const auto picky = [](const NDArray& x) {
    check(x.asscalar() != 13, "I do not like ", x.asscalar());
    return unhurried(x);
  };
  for (const int workers : kWorkers) {
    const DataLoader loader(numbers(40).transform_first(picky),
                            {.batch_size = 2, .num_workers = workers});
    for (int round = 0; round < 2; ++round) {
      auto it = loader.begin();
      for (int batch = 1; batch < 6; ++batch) ++it;
      EXPECT_THAT((*it).data().to_vector<float>(), ElementsAre(20, 22));
      EXPECT_THAT(error_of([&] { ++it; }), HasSubstr("I do not like 13"));
      EXPECT_TRUE(it == loader.end());
      EXPECT_THAT(error_of([&] { *it; }), HasSubstr("at the end"));
      ++it;
      EXPECT_TRUE(it == loader.end());
    }
  }
}

TEST(DataLoader, HandsOnAnyException) {
  struct Broken : Source {
    std::int64_t size() const override { return 8; }
    Sample get(std::int64_t) const override { throw 42; }
  };
  for (const int workers : kWorkers) {
    const DataLoader loader(Broken(), {.batch_size = 2, .num_workers = workers});
    EXPECT_THROW(loader.begin(), int);
  }
}

TEST(DataLoader, ALoopMayBeLeftEarly) {
  for (const int workers : kWorkers) {
    const DataLoader loader(numbers(1000).transform_first(unhurried),
                            {.batch_size = 1, .num_workers = workers});
    for (int round = 0; round < 5; ++round) {
      int batches = 0;
      for (const Batch& batch : loader) {
        EXPECT_EQ(batch.data().asscalar(), 2 * batches);
        if (++batches > round) break;
      }
      EXPECT_THROW(
          {
            for (const Batch& batch : loader)
              throw std::runtime_error(batch.data().shape().to_string());
          },
          std::runtime_error);
    }
  }
}

TEST(DataLoader, TwoIteratorsAtOnceAndOneThatOutlivesItsLoader) {
  auto loader = std::make_unique<DataLoader>(numbers(30).transform_first(unhurried),
                                             DataLoaderOptions{.batch_size = 3, .num_workers = 2});
  auto first = loader->begin();
  ++first;
  auto second = loader->begin();
  ++first;
  EXPECT_EQ((*first).data().to_vector<float>()[0], 12);
  EXPECT_EQ(second->data().to_vector<float>()[0], 0);
  loader.reset();
  for (int i = 2; i < 9; ++i) ++first;
  EXPECT_THAT(first->data().to_vector<float>(), ElementsAre(54, 56, 58));
  ++first;
  EXPECT_TRUE(first == std::default_sentinel);
}

TEST(DataLoader, ABatchKeptStaysAsItWas) {
  const DataLoader loader(numbers(9), {.batch_size = 3, .num_workers = 2});
  std::vector<Batch> kept;
  for (const Batch& batch : loader) kept.push_back(batch);
  EXPECT_THAT(kept[0].data().to_vector<float>(), ElementsAre(0, 1, 2));
  EXPECT_THAT(kept[2].data().to_vector<float>(), ElementsAre(6, 7, 8));
}

TEST(DataLoader, Rollover) {
  for (const int workers : kWorkers) {
    const DataLoader loader(numbers(7),
                            {.batch_size = 3, .last_batch = "rollover", .num_workers = workers});
    EXPECT_EQ(loader.size(), 2);
    EXPECT_THAT(values_of(loader), ElementsAre(ElementsAre(0, 1, 2), ElementsAre(3, 4, 5)));
    EXPECT_THAT(values_of(loader), ElementsAre(ElementsAre(6, 0, 1), ElementsAre(2, 3, 4)));
    EXPECT_EQ(loader.size(), 3);
  }
}

struct Backwards : Sampler {
  std::int64_t size() const override { return 5; }
  std::vector<std::int64_t> epoch() override { return {4, 3, 2, 1, 0}; }
};

TEST(DataLoader, TakesSamplersOfOnesOwn) {
  EXPECT_THAT(values_of({numbers(5), {.batch_size = 3, .sampler = std::make_shared<Backwards>()}}),
              ElementsAre(ElementsAre(4, 3, 2), ElementsAre(1, 0)));
  struct Ends : BatchSampler {
    std::int64_t size() const override { return 2; }
    std::vector<std::vector<std::int64_t>> epoch() override { return {{0, 1, 1}, {8}}; }
  };
  EXPECT_THAT(values_of({numbers(9), {.batch_sampler = std::make_shared<Ends>()}}),
              ElementsAre(ElementsAre(0, 1, 1), ElementsAre(8)));
  // An index that the data set does not have is told at its batch.
  EXPECT_THAT(error_of([] {
                values_of({numbers(5), {.batch_sampler = std::make_shared<Ends>()}});
              }),
              HasSubstr("index 8 is out of range"));
}

TEST(DataLoader, RefusesWrongOptions) {
  const auto error = [](const DataLoaderOptions& options) {
    return error_of([&] { DataLoader(numbers(5), options); });
  };
  EXPECT_THAT(error({}), HasSubstr("batch_size: expected at least 1, got 0"));
  EXPECT_THAT(error({.batch_size = -3}), HasSubstr("got -3"));
  EXPECT_THAT(error({.batch_size = 1, .last_batch = "pad"}), HasSubstr("got \"pad\""));
  EXPECT_THAT(error({.batch_size = 1, .num_workers = -1}), HasSubstr("num_workers"));
  EXPECT_THAT(error({.batch_size = 1, .num_workers = 5000}), HasSubstr("num_workers"));
  EXPECT_THAT(error({.batch_size = 1, .prefetch = -1}), HasSubstr("prefetch"));
  EXPECT_THAT(error({.batch_size = 1, .shuffle = true, .sampler = std::make_shared<Backwards>()}),
              HasSubstr("shuffle"));
  const auto batches = std::make_shared<BatchSampler>(std::make_shared<Backwards>(),
                                                      BatchSamplerOptions{.batch_size = 2});
  EXPECT_THAT(error({.batch_size = 2, .batch_sampler = batches}), HasSubstr("batch_sampler"));
  EXPECT_THAT(error({.last_batch = "keep", .batch_sampler = batches}), HasSubstr("batch_sampler"));
}

TEST(DataLoader, NothingOfALoadersWorkIsRecorded) {
  for (const int workers : {0, 2}) {
    std::atomic<bool> recorded = false;
    const auto look = [&](const NDArray& x) {
      if (autograd::is_recording() || autograd::is_training()) recorded = true;
      return x;
    };
    const DataLoader loader(numbers(6).transform_first(look),
                            {.batch_size = 2, .num_workers = workers});
    const auto recording = autograd::record();
    values_of(loader);
    EXPECT_FALSE(recorded);
    EXPECT_TRUE(autograd::is_recording());
  }
}

TEST(DataLoader, WorkersLeaveTheComputingThreadsAlone) {
  const auto threads_of_a_loop = [](const NDArray& x) {
    std::atomic<int> foreign = 0;
    const auto self = std::this_thread::get_id();
    parallel_for(64, 1, [&](std::int64_t, std::int64_t) {
      if (std::this_thread::get_id() != self) ++foreign;
    });
    return nd::full(x.shape(), foreign.load());
  };
  const DataLoader loader(numbers(50).transform_first(threads_of_a_loop),
                          {.batch_size = 50, .num_workers = 2});
  EXPECT_THAT(values_of(loader), ElementsAre(testing::Each(0)));
}

TEST(DataLoader, ShufflesWithoutAugmentationLeaveTheStreamToTheSampler) {
  random::seed(11);
  RandomSampler sampler(20);
  sampler.epoch();
  const auto second = sampler.epoch();
  random::seed(11);
  const DataLoader loader(numbers(20), {.batch_size = 20, .shuffle = true, .num_workers = 1});
  values_of(loader);
  values_of(DataLoader(numbers(5), {.batch_size = 2}));
  EXPECT_EQ(values_of(loader)[0], std::vector<float>(second.begin(), second.end()));
}

// A limit on processes: fewer workers, or the consumer alone, give the same batches.
TEST(DataLoader, GoesOnWithFewerWorkersWhereThereAreNoMore) {
  const Batches expected = values_of(DataLoader(numbers(23), {.batch_size = 4}));
  for (const int granted : {0, 1, 3}) {
    const ThreadLimit limit(granted);
    EXPECT_EQ(values_of(DataLoader(numbers(23), {.batch_size = 4, .num_workers = 8})), expected);
  }
}

// Python's own loaders fork while ours work.
TEST(DataLoader, AForkedProcessGoesOnWithoutTheWorkers) {
  if (kSanitized) GTEST_SKIP() << "sanitizers do not bear forks beside threads";
  const Dataset dataset = numbers(60).transform_first(unhurried);
  const Batches expected = values_of(DataLoader(dataset, {.batch_size = 4}));
  const DataLoader loader(dataset, {.batch_size = 4, .num_workers = 3});
  std::size_t seen = 0;
  for (auto it = loader.begin(); it != loader.end(); ++it, ++seen) {
    EXPECT_EQ(it->data().to_vector<float>(), expected[seen]);
    const auto end = seen % 2 == 0 ? ChildProcess::End::at_once : ChildProcess::End::exit;
    const ChildProcess child(
        [&] {
          Batches rest;
          for (; it != loader.end(); ++it) rest.push_back(it->data().to_vector<float>());
          return rest == Batches(expected.begin() + static_cast<std::ptrdiff_t>(seen),
                                 expected.end()) &&
                 values_of(loader) == expected;
        },
        end);
    EXPECT_TRUE(child.succeeds()) << "after batch " << seen;
  }
  EXPECT_EQ(seen, expected.size());
}

}  // namespace
}  // namespace gluino::gluon::data
