#include <gluino/base/file.h>
#include <gluino/io/iterators/libsvm_iter.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "ops/support.h"

namespace gluino::io {
namespace {

using ::testing::HasSubstr;
using testing::message_of;
using Values = std::vector<double>;

class LibSVMIterTest : public ::testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& text) {
    const std::string path = str(::testing::TempDir(), "/gluino_libsvm_", ::getpid(), "_", name);
    FileWriter writer(path);
    writer.write(text.data(), text.size());
    writer.commit();
    paths_.push_back(path);
    return path;
  }
  ~LibSVMIterTest() override {
    for (const std::string& path : paths_) std::filesystem::remove(path);
  }

 private:
  std::vector<std::string> paths_;
};

// As MXNet: the last batch goes on with the first lines, the next epoch behind them.
TEST_F(LibSVMIterTest, GivesRowsAsCsr) {
  LibSVMIter iter({.data_libsvm = file("data", "1.0 0:0.5 2:1.5\n\n-2 # none\n+3 qid:4 1 2:-2e0\n"),
                   .data_shape = {3},
                   .batch_size = 2});
  DataBatch batch;
  ASSERT_TRUE(iter.next(batch));
  EXPECT_EQ(batch.data[0].stype(), StorageType::csr);
  EXPECT_EQ(batch.data[0].to_vector<double>(), (Values{0.5, 0, 1.5, 0, 0, 0}));
  EXPECT_EQ(batch.label[0].to_vector<double>(), (Values{1, -2}));
  EXPECT_EQ(batch.label[0].shape(), (Shape{2}));
  ASSERT_TRUE(iter.next(batch));
  EXPECT_EQ(batch.data[0].to_vector<double>(), (Values{0, 1, -2, 0.5, 0, 1.5}));
  EXPECT_EQ(batch.pad, 1);
  EXPECT_EQ(batch.index, (std::vector<std::int64_t>{2, 0}));
  EXPECT_FALSE(iter.next(batch));
  iter.reset();
  ASSERT_TRUE(iter.next(batch));
  EXPECT_EQ(batch.label[0].to_vector<double>(), (Values{-2, 3}));
  EXPECT_EQ(iter.provide_data()[0].shape, (Shape{2, 3}));
}

TEST_F(LibSVMIterTest, LabelsMayBeAFileOfTheirOwn) {
  LibSVMIter iter({.data_libsvm = file("data", "0 0:1\n0 1:2\n"),
                   .data_shape = {2},
                   .label_libsvm = file("labels", "0 2:3\n0 0:1 1:4\n"),
                   .label_shape = {3},
                   .batch_size = 2,
                   .dtype = float64});
  DataBatch batch;
  ASSERT_TRUE(iter.next(batch));
  EXPECT_EQ(batch.label[0].stype(), StorageType::csr);
  EXPECT_EQ(batch.label[0].dtype(), float64);
  EXPECT_EQ(batch.label[0].to_vector<double>(), (Values{0, 0, 3, 1, 4, 0}));
}

TEST_F(LibSVMIterTest, ReadsAPartOfTheLines) {
  const std::string path = file("data", "0 0:1\n1 0:1\n2 0:1\n3 0:1\n4 0:1\n");
  std::vector<double> seen;
  for (const int part : {0, 1}) {
    LibSVMIter iter({.data_libsvm = path,
                     .data_shape = {1},
                     .num_parts = 2,
                     .part_index = part,
                     .batch_size = 1});
    for (DataBatch batch; iter.next(batch);) seen.push_back(batch.label[0].asscalar<double>());
  }
  EXPECT_EQ(seen, (Values{0, 1, 2, 3, 4}));
}

TEST_F(LibSVMIterTest, ErrorsNameTheLine) {
  const auto error = [&](const std::string& text, const Shape& labels = {1}) {
    return message_of([&] {
      LibSVMIter iter({.data_libsvm = file("data", text),
                       .data_shape = {3},
                       .label_shape = labels,
                       .batch_size = 1});
      for (DataBatch batch; iter.next(batch);) {
      }
    });
  };
  EXPECT_THAT(error("1 0:1\nx 0:1\n"),
              HasSubstr("line 2: expected a number as label, found \"x\""));
  EXPECT_THAT(error("1 3:1\n"), HasSubstr("line 1: expected columns from 0 to 2, found 3"));
  EXPECT_THAT(error("1 -1:1\n"), HasSubstr("found -1"));
  EXPECT_THAT(error("1 1:1 0:2\n"), HasSubstr("found 0 after 1"));
  EXPECT_THAT(error("1 0:y\n"), HasSubstr("expected a number as value, found \"y\""));
  EXPECT_THAT(error("1 a:1\n"), HasSubstr("expected \"column:value\", found \"a:1\""));
  EXPECT_THAT(error("1,2 0:1\n"), HasSubstr("expected 1 labels, found 2"));
  LibSVMIter two({.data_libsvm = file("data", "1,2 0:1\n"),
                  .data_shape = {3},
                  .label_shape = {2},
                  .batch_size = 1});
  DataBatch batch;
  ASSERT_TRUE(two.next(batch));
  EXPECT_EQ(batch.label[0].shape(), (Shape{1, 2}));
  EXPECT_THAT(message_of([] { LibSVMIter({.data_libsvm = "x", .batch_size = 1}); }),
              HasSubstr("data_shape"));
}

}  // namespace
}  // namespace gluino::io
