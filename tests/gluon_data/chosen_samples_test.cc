// Parts of data sets, and samplers that choose.
#include <gluino/gluon/contrib/interval_sampler.h>
#include <gluino/gluon/data/dataloader.h>
#include <gluino/gluon/data/dataset.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gluon_data/support.h"

namespace gluino::gluon::data {
namespace {

using contrib::data::IntervalSampler;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<int> numbers(const Dataset& dataset) {
  std::vector<int> found;
  for (std::int64_t i = 0; i < dataset.size(); ++i) {
    found.push_back(static_cast<int>(dataset[i].data().to_vector<double>()[0]));
  }
  return found;
}

TEST(ChosenSamples, Filter) {
  const auto is_even = [](const Sample& s) {
    return static_cast<int>(s.data().to_vector<double>()[0]) % 2 == 0;
  };
  const Dataset even = Dataset(Squares(6)).filter(is_even);
  EXPECT_THAT(numbers(even), ElementsAre(0, 4, 16));
  EXPECT_THAT(FilterSampler(is_even, Squares(6)).epoch(), ElementsAre(0, 2, 4));
}

// As MXNet's: the first parts have one more.
TEST(ChosenSamples, Shard) {
  const Dataset all = Squares(8);
  EXPECT_THAT(numbers(all.shard(3, 0)), ElementsAre(0, 1, 4));
  EXPECT_THAT(numbers(all.shard(3, 1)), ElementsAre(9, 16, 25));
  EXPECT_THAT(numbers(all.shard(3, 2)), ElementsAre(36, 49));
  EXPECT_THAT(numbers(all.shard(9, 8)), IsEmpty());
  EXPECT_THAT(error_of([&] { all.shard(3, 3); }), HasSubstr("index: expected 0 to 2, got 3"));
  EXPECT_THAT(error_of([&] { all.shard(0, 0); }), HasSubstr("num_shards"));
}

TEST(ChosenSamples, Take) {
  const Dataset all = Squares(4);
  EXPECT_THAT(numbers(all.take(2)), ElementsAre(0, 1));
  EXPECT_EQ(all.take(9).size(), 4);
  EXPECT_THAT(error_of([&] { all.take(-1); }), HasSubstr("count"));
}

TEST(ChosenSamples, Sample) {
  const Dataset all = Squares(5);
  EXPECT_THAT(numbers(all.sample(IntervalSampler(5, 2))), ElementsAre(0, 4, 16, 1, 9));
  EXPECT_THAT(numbers(all.sample(SequentialSampler(2, 3))), ElementsAre(9, 16));
  EXPECT_THAT(error_of([&] { all.sample(SequentialSampler(3, 3)); }),
              HasSubstr("the sampler names sample 5 of a data set of 5"));
  const DataLoader loader(all.sample(SequentialSampler(2, 3)), {.batch_size = 2});
  EXPECT_THAT((*loader.begin()).data().to_vector<int>(), ElementsAre(9, 16));
}

TEST(ChosenSamples, Intervals) {
  EXPECT_THAT(IntervalSampler(13, 3).epoch(),
              ElementsAre(0, 3, 6, 9, 12, 1, 4, 7, 10, 2, 5, 8, 11));
  IntervalSampler once(13, 3, {.rollover = false});
  EXPECT_THAT(once.epoch(), ElementsAre(0, 3, 6, 9, 12));
  EXPECT_EQ(once.size(), 5);
  EXPECT_THAT(error_of([] { IntervalSampler(3, 4); }),
              HasSubstr("interval: expected 1 to the length, 3, got 4"));
}

}  // namespace
}  // namespace gluino::gluon::data
