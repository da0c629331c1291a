#include <gluino/io/iterators/csv_iter.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cmath>

#include "io/files.h"
#include "io/iter_support.h"

namespace gluino::io {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class CSVIterTest : public testing::Test {
 protected:
  CSVIterTest() {
    put(data_, "0,1\n2,3\n4,5\n6,7\n8,9\n");
    put(label_, "0\n1\n2\n3\n4\n");
  }
  CSVIterOptions options() const {
    return {.data_csv = data_, .data_shape = {2}, .label_csv = label_, .batch_size = 3};
  }
  std::string error(const std::string& data) {
    put(data_, data);
    return error_of([&] {
      CSVIter iter({.data_csv = data_, .data_shape = {2}, .batch_size = 1});
      labels_of(iter);
    });
  }
  std::vector<float> values(const std::string& data) {
    put(data_, data);
    CSVIter iter({.data_csv = data_, .data_shape = {2}, .batch_size = 1});
    std::vector<float> all;
    for (const DataBatch& batch : iter) {
      for (const float value : batch.data[0].to_vector<float>()) all.push_back(value);
    }
    return all;
  }

  TempFolder folder_;
  std::string data_ = folder_ / "data.csv";
  std::string label_ = folder_ / "label.csv";
};

// As MXNet 1.9.1 on the same files.
TEST_F(CSVIterTest, GoesRoundAsMXNetDoes) {
  CSVIter iter(options());
  EXPECT_EQ(iter.provide_data()[0], (DataDesc{"data", {3, 2}}));
  EXPECT_EQ(iter.provide_label()[0], (DataDesc{"softmax_label", {3}}));
  EXPECT_EQ(labels_of(iter), "0 1 2 | 3 4 0 (1) ");
  EXPECT_EQ(next_epoch(iter), "1 2 3 | 4 0 1 (2) ");
  EXPECT_EQ(next_epoch(iter), "2 3 4 ");
  EXPECT_EQ(next_epoch(iter), "0 1 2 | 3 4 0 (1) ");
}

TEST_F(CSVIterTest, WholeNumbersKeepAllDigits) {
  put(data_, "9007199254740993,-1\n2,3\n");
  CSVIter iter({.data_csv = data_, .data_shape = {2}, .batch_size = 2, .dtype = int64});
  EXPECT_EQ(iter.provide_data()[0].dtype, int64);
  DataBatch batch;
  ASSERT_TRUE(iter.next(batch));
  EXPECT_THAT(batch.data[0].to_vector<std::int64_t>(), ElementsAre(9007199254740993, -1, 2, 3));
  EXPECT_EQ(batch.label[0].dtype(), int64);
  const auto error_with = [&](DType dtype) {
    CSVIter other({.data_csv = data_, .data_shape = {2}, .batch_size = 1, .dtype = dtype});
    return error_of([&] { other.next(batch); });
  };
  EXPECT_THAT(error_with(int32), HasSubstr("line 1: expected a whole number of at most 32 bits"));
  put(data_, "1.5,2\n");
  EXPECT_THAT(error_with(int64), HasSubstr("1.5"));
  EXPECT_THAT(error_of([&] { error_with(uint8); }), HasSubstr("uint8"));
}

TEST_F(CSVIterTest, WithoutGoingRoundTheRestIsZero) {
  CSVIterOptions o = options();
  o.round_batch = false;
  CSVIter iter(o);
  for (int epoch = 0; epoch < 2; ++epoch) EXPECT_EQ(next_epoch(iter), "0 1 2 | 3 4 0 (1) ");
  iter.reset();
  DataBatch batch;
  iter.next(batch);
  iter.next(batch);
  EXPECT_THAT(batch.data[0].to_vector<int>(), ElementsAre(6, 7, 8, 9, 0, 0));
  EXPECT_THAT(batch.index, ElementsAre(3, 4));
}

TEST_F(CSVIterTest, FewLinesGoRoundSeveralTimes) {
  CSVIterOptions o = options();
  o.batch_size = 10;
  CSVIter iter(o);
  for (int epoch = 0; epoch < 2; ++epoch) {
    EXPECT_EQ(labels_of(iter), "0 1 2 3 4 0 1 2 3 4 (5) ");
    iter.reset();
  }
}

TEST_F(CSVIterTest, ShapesAndMissingLabels) {
  CSVIter iter({.data_csv = data_, .data_shape = {1, 2}, .batch_size = 5});
  DataBatch batch;
  ASSERT_TRUE(iter.next(batch));
  EXPECT_EQ(batch.data[0].shape(), Shape({5, 1, 2}));
  EXPECT_EQ(batch.data[0].dtype(), float32);
  EXPECT_THAT(batch.label[0].to_vector<int>(), ElementsAre(0, 0, 0, 0, 0));
  EXPECT_THAT(batch.index, ElementsAre(0, 1, 2, 3, 4));
  CSVIterOptions o = options();
  o.label_csv = data_;
  o.label_shape = {2};
  CSVIter wide(o);
  ASSERT_TRUE(wide.next(batch));
  EXPECT_EQ(batch.label[0].shape(), Shape({3, 2}));
  EXPECT_THAT(batch.label[0].to_vector<int>(), ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST_F(CSVIterTest, ReadsNumbersOfEveryForm) {
  EXPECT_THAT(values("1.5,-2e3\r\n\n +3 ,\t0.25\r\n.5,5."),
              ElementsAre(1.5, -2000, 3, 0.25, .5, 5));
  EXPECT_THAT(values("1e-60,-1e-400\n3.4028235e38,16777217\n"),
              ElementsAre(0, 0, 3.4028235e38F, 16777216));
  const auto special = values("nan,inf\n");
  EXPECT_TRUE(std::isnan(special[0]));
  EXPECT_TRUE(std::isinf(special[1]));
  EXPECT_THAT(values(gzip("1,2\n3,4\n")), ElementsAre(1, 2, 3, 4));
  EXPECT_TRUE(values("").empty());
  EXPECT_TRUE(values("\n \r\n").empty());
}

TEST_F(CSVIterTest, WrongLinesAreToldByNumber) {
  EXPECT_THAT(error("1,2\n3\n"), HasSubstr("data.csv: line 2: expected 2 numbers, found 1"));
  EXPECT_THAT(error("1,2\n\n3,4,5\n"), HasSubstr("line 3: expected 2 numbers, found more"));
  for (const char* field :
       {"x", "", "1x", "1 2", "--1", "+-1", "0x10", "1e999", "1e39", "+", "e"}) {
    EXPECT_THAT(error(str("1,2\n3,", field, "\n")),
                HasSubstr(str("line 2: expected a number, found \"", field, "\"")));
  }
  EXPECT_THAT(error("," + std::string(200, '1')), HasSubstr("line 1: expected"));
  EXPECT_THAT(error("1," + std::string(200, '1')), HasSubstr("at most 128 characters"));
  EXPECT_THAT(error(std::string("1,2\n3,4\0", 8)), HasSubstr("line 2: expected a number"));
}

TEST_F(CSVIterTest, AnErrorEndsTheEpochUntilAReset) {
  put(data_, "0,1\nx,3\n4,5\n6,7\n8,9\n");
  CSVIter iter(options());
  DataBatch batch;
  for (int epoch = 0; epoch < 2; ++epoch) {
    EXPECT_THAT(error_of([&] { iter.next(batch); }), HasSubstr("line 2"));
    EXPECT_FALSE(iter.next(batch));
    iter.reset();
  }
  put(data_, "0,1\n2,3\n4,5\n6,7\n8,9\n");
  EXPECT_EQ(next_epoch(iter), "0 1 2 | 3 4 0 (1) ");
}

TEST_F(CSVIterTest, FilesMustFitTogetherAndTheOptions) {
  put(label_, "0\n1\n2\n");
  EXPECT_THAT(error_of([&] {
                CSVIter iter(options());
                labels_of(iter);
              }),
              HasSubstr("label.csv: expected a line for each of " + data_ + ", found fewer"));
  put(label_, "0\n1\n2\n3\n4\n5\n");
  EXPECT_THAT(error_of([&] {
                CSVIter iter(options());
                labels_of(iter);
              }),
              HasSubstr("found more"));
  const auto refused = [&](auto change) {
    CSVIterOptions o = options();
    change(o);
    return error_of([&] { CSVIter{o}; });
  };
  EXPECT_THAT(refused([](auto& o) { o.data_shape = {}; }), HasSubstr("data_shape: expected"));
  EXPECT_THAT(refused([](auto& o) { o.label_shape = {0}; }), HasSubstr("label_shape: expected"));
  EXPECT_THAT(refused([](auto& o) { o.batch_size = 0; }), HasSubstr("batch_size: expected"));
  EXPECT_THAT(refused([](auto& o) { o.data_csv = "none.csv"; }), HasSubstr("none.csv: cannot"));
}

TEST_F(CSVIterTest, MemoryDependsOnTheBatchNotOnTheFile) {
  std::string lines;
  for (int i = 0; i < 100'000; ++i) lines += "0.123456,0.654321\n";
  std::ofstream file(data_);
  for (int i = 0; i < 10; ++i) file << lines;
  file.close();
  CSVIter iter({.data_csv = data_, .data_shape = {2}, .batch_size = 1000});
  DataBatch batch;
  iter.next(batch);
  rusage before{};
  getrusage(RUSAGE_SELF, &before);
  std::int64_t batches = 1;
  while (iter.next(batch)) ++batches;
  rusage after{};
  getrusage(RUSAGE_SELF, &after);
  EXPECT_EQ(batches, 1000);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 4000) << "kilobytes, of a file of 18,000";
}

TEST_F(CSVIterTest, AByteOrderMarkIsNoNumber) {
  EXPECT_EQ(values("\xEF\xBB\xBF"
                   "1,2\n3,4\n"),
            (std::vector<float>{1, 2, 3, 4}));
  EXPECT_THAT(values("\xEF\xBB\xBF"), testing::IsEmpty());
  EXPECT_THAT(error(std::string("\xFF\xFE"
                                "1\0,\0"
                                "2\0",
                                8)),
              HasSubstr("found UTF-16"));
  // Nor is it skipped where none belongs, and short files have none.
  EXPECT_THAT(error("1,2\n\xEF\xBB\xBF"
                    "3,4\n"),
              HasSubstr("line 2: expected a number"));
  EXPECT_THAT(values("\n"), testing::IsEmpty());
}

TEST_F(CSVIterTest, AByteOrderMarkIsSkippedInEachEpoch) {
  put(data_,
      "\xEF\xBB\xBF"
      "1,2\n");
  CSVIter iter({.data_csv = data_, .data_shape = {2}, .batch_size = 1});
  for (int epoch = 0; epoch < 2; ++epoch) {
    DataBatch batch;
    ASSERT_TRUE(iter.next(batch));
    EXPECT_EQ(batch.data[0].to_vector<float>(), (std::vector<float>{1, 2}));
    iter.reset();
  }
}

}  // namespace
}  // namespace gluino::io
