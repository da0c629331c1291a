#include <gluino/base/random.h>
#include <gluino/io/iterators/ndarray_iter.h>
#include <gluino/ndarray/creation.h>
#include <gluino/ndarray/storage.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "io/files.h"

namespace gluino::io {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Rows 0 to n - 1 of two equal numbers, and their labels, a hundred more.
NDArray numbers(std::int64_t n) { return nd::arange(static_cast<double>(2 * n)).view({n, 2}); }
NDArray labels(std::int64_t n) { return nd::arange(100, 100 + static_cast<double>(n)); }

/// The rows and the pad of every batch left in the epoch: "0 1 2 3 | 4 5 0 1 (2)".
std::string epoch(DataIter& iter) {
  std::string text;
  for (const DataBatch& batch : iter) {
    EXPECT_EQ(batch.data[0].shape(), iter.provide_data()[0].shape);
    const auto rows = batch.data[0].to_vector<int>();
    const auto label = batch.label[0].to_vector<int>();
    text += text.empty() ? "" : "| ";
    for (std::size_t i = 0; i < label.size(); ++i) {
      EXPECT_EQ(rows[2 * i], 2 * (label[i] - 100));
      text += str(label[i] - 100, ' ');
    }
    if (batch.pad != 0) text += str('(', batch.pad, ") ");
  }
  return text;
}

struct LastCase {
  std::int64_t rows;
  const char* handle;
  std::vector<std::string> epochs;
};

// What MXNet 1.9.1 gives for batches of 4.
const LastCase kLastCases[] = {
    {10, "pad", {"0 1 2 3 | 4 5 6 7 | 8 9 0 1 (2) ", "0 1 2 3 | 4 5 6 7 | 8 9 0 1 (2) "}},
    {10, "discard", {"0 1 2 3 | 4 5 6 7 ", "0 1 2 3 | 4 5 6 7 "}},
    {10,
     "roll_over",
     {"0 1 2 3 | 4 5 6 7 ", "8 9 0 1 (2) | 2 3 4 5 | 6 7 8 9 ", "0 1 2 3 | 4 5 6 7 "}},
    {3, "pad", {"0 1 2 0 (1) ", "0 1 2 0 (1) "}},
    {3, "discard", {"", ""}},
    {3, "roll_over", {"", "0 1 2 0 (3) ", "1 2 0 1 (2) ", "2 0 1 2 (1) "}},
    {5, "roll_over", {"0 1 2 3 ", "4 0 1 2 (1) ", "3 4 0 1 (2) ", "2 3 4 0 (3) | 1 2 3 4 "}},
    {8, "pad", {"0 1 2 3 | 4 5 6 7 "}},
    {0, "pad", {"", ""}},
    {0, "roll_over", {"", ""}},
};

TEST(NDArrayIter, EndsAnEpochAsMXNetDoes) {
  for (const LastCase& c : kLastCases) {
    NDArrayIter iter(numbers(c.rows), labels(c.rows),
                     {.batch_size = 4, .last_batch_handle = c.handle});
    for (const std::string& expected : c.epochs) {
      EXPECT_EQ(epoch(iter), expected) << c.rows << ' ' << c.handle;
      DataBatch batch;
      EXPECT_FALSE(iter.next(batch)) << "the end of an epoch stays its end";
      iter.reset();
    }
  }
}

TEST(NDArrayIter, FewerRowsThanHalfABatchGoRoundSeveralTimes) {
  NDArrayIter iter(numbers(3), labels(3), {.batch_size = 8});
  EXPECT_EQ(epoch(iter), "0 1 2 0 1 2 0 1 (5) ");
}

TEST(NDArrayIter, AnEpochBrokenOffRollsNothingOver) {
  NDArrayIter iter(numbers(10), labels(10), {.batch_size = 4, .last_batch_handle = "roll_over"});
  epoch(iter);
  iter.hard_reset();
  EXPECT_EQ(epoch(iter), "0 1 2 3 | 4 5 6 7 ");
  iter.hard_reset();
  DataBatch batch;
  iter.next(batch);
  iter.reset();
  EXPECT_EQ(epoch(iter), "0 1 2 3 | 4 5 6 7 ");
}

TEST(NDArrayIter, ShufflesAnewAtEveryResetFromTheOneSeed) {
  const auto epochs = [] {
    random::seed(7);
    NDArrayIter iter(numbers(40), labels(40), {.batch_size = 10, .shuffle = true});
    std::vector<std::string> seen;
    for (int i = 0; i < 3; ++i, iter.reset()) seen.push_back(epoch(iter));
    return seen;
  };
  const std::vector<std::string> seen = epochs();
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 3U);
  EXPECT_EQ(epochs(), seen);
  for (const std::string& text : seen) {
    std::istringstream in(text);
    std::set<std::string> rows;
    for (std::string word; in >> word;) rows.insert(word);
    EXPECT_EQ(rows.size(), 41U) << "40 rows, each once, and the bar between batches";
  }
}

TEST(NDArrayIter, RolledOverRowsSurviveTheShuffle) {
  NDArrayIter iter(numbers(10), labels(10),
                   {.batch_size = 4, .shuffle = true, .last_batch_handle = "roll_over"});
  std::set<int> missing = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  for (const DataBatch& batch : iter) {
    for (const int label : batch.label[0].to_vector<int>()) missing.erase(label - 100);
  }
  iter.reset();
  DataBatch batch;
  ASSERT_TRUE(iter.next(batch));
  EXPECT_EQ(batch.pad, 2);
  const auto first = batch.label[0].to_vector<int>();
  EXPECT_EQ((std::set<int>{first[0] - 100, first[1] - 100}), missing);
}

TEST(NDArrayIter, BatchesMayBeWrittenTo) {
  const NDArray data = numbers(10);
  NDArrayIter iter(data, {.batch_size = 5});
  DataBatch batch;
  while (iter.next(batch)) {
    EXPECT_TRUE(batch.label.empty());
    batch.data[0].assign(0);
  }
  EXPECT_EQ(data.to_vector<int>(), numbers(10).to_vector<int>());
}

TEST(NDArrayIter, KeptBatchesStayAsTheyWere) {
  NDArrayIter iter(numbers(40), labels(40), {.batch_size = 10, .shuffle = true});
  DataBatch first;
  iter.next(first);
  const auto before = first.label[0].to_vector<int>();
  const DataBatch kept = first;
  while (iter.next(first)) {
  }
  EXPECT_TRUE(first.data.empty());
  EXPECT_EQ(kept.label[0].to_vector<int>(), before);
}

TEST(NDArrayIter, AsksTheSystemForNothingOnceItRuns) {
  NDArrayIter iter(nd::ones({1000, 300}), labels(1000), {.batch_size = 100, .shuffle = true});
  DataBatch batch;
  iter.next(batch);
  const std::size_t before = pool_statistics().system_allocations;
  for (int i = 0; i < 3; ++i, iter.reset()) {
    while (iter.next(batch)) {
    }
  }
  EXPECT_EQ(pool_statistics().system_allocations, before);
}

TEST(NDArrayIter, KeepsTypesAndDescribesArrays) {
  const NDArray a = nd::zeros({6, 3}, uint8);
  const NDArray b = nd::zeros({6}, int32);
  using Descs = std::vector<DataDesc>;
  const NDArrayIter one(a, b, {.batch_size = 2});
  EXPECT_EQ(one.provide_data(), (Descs{{"data", {2, 3}, uint8}}));
  EXPECT_EQ(one.provide_label(), (Descs{{"softmax_label", {2}, int32}}));
  const NDArrayIter list({a, b}, {b, b}, {.batch_size = 2, .data_name = "x"});
  EXPECT_EQ(list.provide_data(), (Descs{{"_0_x", {2, 3}, uint8}, {"_1_x", {2}, int32}}));
  EXPECT_EQ(list.provide_label()[1].name, "_1_softmax_label");
  const NDArrayIter named({{"z", a}, {"b", b}}, {{"l", b}}, {.batch_size = 2});
  EXPECT_EQ(named.provide_data(), (Descs{{"b", {2}, int32}, {"z", {2, 3}, uint8}}));
  EXPECT_EQ(named.provide_label()[0].name, "l");
  EXPECT_EQ(str(named.provide_data()[1]), "DataDesc[z,(2, 3),uint8,NCHW]");
  EXPECT_TRUE(NDArrayIter(a, {.batch_size = 2}).provide_label().empty());
}

TEST(NDArrayIter, RefusesWhatDoesNotFit) {
  const auto error = [](const IterArrays& data, const IterArrays& label,
                        const NDArrayIterOptions& options) {
    return error_of([&] { NDArrayIter(data, label, options); });
  };
  const NDArray four = nd::zeros({4, 2});
  EXPECT_THAT(error({}, {}, {}), HasSubstr("at least one array of data"));
  EXPECT_THAT(error(NDArray(), {}, {}), HasSubstr("got no array"));
  EXPECT_THAT(error(nd::zeros({}), {}, {}), HasSubstr("got a scalar"));
  EXPECT_THAT(error(four, nd::zeros({3}), {}),
              HasSubstr("softmax_label: expected 4 rows, as data has, got shape (3,)"));
  EXPECT_THAT(error(four, four, {.batch_size = 0}), HasSubstr("batch_size: expected at least 1"));
  EXPECT_THAT(error(four, four, {.last_batch_handle = "keep"}), HasSubstr("got keep"));
  EXPECT_THAT(error_of([&] { IterArrays({{"a", four}, {"a", four}}); }), HasSubstr("twice"));
}

TEST(DataDesc, KnowsTheAxisOfTheBatch) {
  EXPECT_EQ(DataDesc::get_batch_axis("NCHW"), 0);
  EXPECT_EQ(DataDesc::get_batch_axis("TNC"), 1);
  EXPECT_EQ(DataDesc::get_batch_axis("CHW"), -1);
  EXPECT_EQ(DataDesc::get_batch_axis(""), 0);
}

}  // namespace
}  // namespace gluino::io
