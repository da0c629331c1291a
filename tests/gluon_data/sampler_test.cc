#include <gluino/base/random.h>
#include <gluino/gluon/data/sampler.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gluon_data/support.h"

namespace gluino::gluon::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

BatchSampler in_threes(const std::string& last_batch) {
  return {std::make_shared<SequentialSampler>(10), {.batch_size = 3, .last_batch = last_batch}};
}

TEST(Sampler, RandomIsAPermutationThatFollowsTheSeed) {
  RandomSampler sampler(50);
  random::seed(7);
  const auto first = sampler.epoch();
  const auto second = sampler.epoch();
  random::seed(7);
  EXPECT_EQ(sampler.epoch(), first);
  EXPECT_EQ(sampler.epoch(), second);
  EXPECT_NE(first, second);
  EXPECT_NE(first, SequentialSampler(50).epoch());
  EXPECT_THAT(first, testing::UnorderedElementsAreArray(SequentialSampler(50).epoch()));
}

TEST(BatchSampler, Keep) {
  BatchSampler sampler = in_threes("keep");
  EXPECT_EQ(sampler.size(), 4);
  EXPECT_THAT(sampler.epoch(), ElementsAre(ElementsAre(0, 1, 2), ElementsAre(3, 4, 5),
                                           ElementsAre(6, 7, 8), ElementsAre(9)));
}

TEST(BatchSampler, Discard) {
  BatchSampler sampler = in_threes("discard");
  EXPECT_EQ(sampler.size(), 3);
  for (int epoch = 0; epoch < 2; ++epoch) {
    EXPECT_THAT(sampler.epoch(),
                ElementsAre(ElementsAre(0, 1, 2), ElementsAre(3, 4, 5), ElementsAre(6, 7, 8)));
  }
}

// The batches and sizes that MXNet 1.9.1 printed.
TEST(BatchSampler, Rollover) {
  BatchSampler sampler = in_threes("rollover");
  EXPECT_EQ(sampler.size(), 3);
  EXPECT_THAT(sampler.epoch(),
              ElementsAre(ElementsAre(0, 1, 2), ElementsAre(3, 4, 5), ElementsAre(6, 7, 8)));
  EXPECT_EQ(sampler.size(), 3);
  EXPECT_THAT(sampler.epoch(),
              ElementsAre(ElementsAre(9, 0, 1), ElementsAre(2, 3, 4), ElementsAre(5, 6, 7)));
  EXPECT_EQ(sampler.size(), 4);
  EXPECT_THAT(sampler.epoch(), ElementsAre(ElementsAre(8, 9, 0), ElementsAre(1, 2, 3),
                                           ElementsAre(4, 5, 6), ElementsAre(7, 8, 9)));
  EXPECT_EQ(sampler.size(), 3);
}

TEST(BatchSampler, FewerSamplesThanABatch) {
  const auto few = [](const std::string& last_batch, std::int64_t samples) {
    return BatchSampler(std::make_shared<SequentialSampler>(samples),
                        {.batch_size = 5, .last_batch = last_batch});
  };
  EXPECT_THAT(few("keep", 2).epoch(), ElementsAre(ElementsAre(0, 1)));
  EXPECT_THAT(few("discard", 2).epoch(), IsEmpty());
  BatchSampler rolling = few("rollover", 2);
  EXPECT_THAT(rolling.epoch(), IsEmpty());
  EXPECT_THAT(rolling.epoch(), IsEmpty());
  EXPECT_EQ(rolling.size(), 1);
  EXPECT_THAT(rolling.epoch(), ElementsAre(ElementsAre(0, 1, 0, 1, 0)));
  for (const char* last_batch : {"keep", "discard", "rollover"}) {
    EXPECT_EQ(few(last_batch, 0).size(), 0);
    EXPECT_THAT(few(last_batch, 0).epoch(), IsEmpty());
  }
}

TEST(BatchSampler, RefusesWrongOptions) {
  EXPECT_THAT(error_of([] { in_threes("drop"); }),
              HasSubstr("last_batch: expected keep, discard or rollover, got \"drop\""));
  EXPECT_THAT(error_of([] { BatchSampler(std::make_shared<SequentialSampler>(1), {}); }),
              HasSubstr("batch_size: expected at least 1, got 0"));
  EXPECT_THAT(error_of([] { BatchSampler(nullptr, {.batch_size = 1}); }), HasSubstr("a sampler"));
  EXPECT_THAT(error_of([] { SequentialSampler(-1); }), HasSubstr("-1 samples"));
}

}  // namespace
}  // namespace gluino::gluon::data
