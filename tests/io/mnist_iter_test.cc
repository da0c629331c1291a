#include <gluino/base/random.h>
#include <gluino/io/iterators/mnist_iter.h>
#include <gluino/io/readers/idx.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "io/files.h"
#include "io/iter_support.h"

namespace gluino::io {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Eleven images of 2 x 3 pixels 0, 1, 2, ...; label i is i.
class MNISTIterTest : public testing::Test {
 protected:
  MNISTIterTest() {
    IdxArray images{uint8, {11, 2, 3}, std::vector<std::uint8_t>(66)};
    IdxArray labels{uint8, {11}, std::vector<std::uint8_t>(11)};
    std::iota(images.data.begin(), images.data.end(), 0);
    std::iota(labels.data.begin(), labels.data.end(), 0);
    write_idx(image_, images);
    write_idx(label_, labels);
  }
  MNISTIterOptions options() const {
    return {.image = image_, .label = label_, .batch_size = 2, .shuffle = false, .silent = true};
  }

  TempFolder folder_;
  std::string image_ = folder_ / "images";
  std::string label_ = folder_ / "labels";
};

// As MXNet 1.9.1 on the same files.
TEST_F(MNISTIterTest, GivesMXNetsBatches) {
  MNISTIter iter(options());
  EXPECT_EQ(iter.provide_data()[0], (DataDesc{"data", {2, 1, 2, 3}}));
  EXPECT_EQ(iter.provide_label()[0], (DataDesc{"softmax_label", {2}}));
  EXPECT_EQ(labels_of(iter), "0 1 | 2 3 | 4 5 | 6 7 | 8 9 ") << "the eleventh fills no batch";
  EXPECT_EQ(next_epoch(iter), "0 1 | 2 3 | 4 5 | 6 7 | 8 9 ");
  iter.reset();
  DataBatch batch;
  iter.next(batch);
  iter.next(batch);
  EXPECT_EQ(batch.data[0].dtype(), float32);
  EXPECT_EQ(batch.data[0].to_vector<float>()[5], 17.0F / 256);
  EXPECT_THAT(batch.index, ElementsAre(2, 3));
}

TEST_F(MNISTIterTest, FlatImagesAndParts) {
  MNISTIterOptions o = options();
  o.flat = true;
  EXPECT_EQ(MNISTIter(o).provide_data()[0].shape, Shape({2, 6}));
  o.num_parts = 3;
  const char* parts[] = {"0 1 ", "3 4 | 5 6 ", "7 8 | 9 10 "};
  for (o.part_index = 0; o.part_index < 3; ++o.part_index) {
    MNISTIter iter(o);
    EXPECT_EQ(labels_of(iter), parts[o.part_index]);
  }
  EXPECT_THAT(error_of([&] { MNISTIter{o}; }), HasSubstr("got part 3 of 3"));
}

TEST_F(MNISTIterTest, ShufflesOnceFromTheOneSeedOrItsOwn) {
  MNISTIterOptions o = options();
  o.shuffle = true;
  o.batch_size = 11;
  const auto order = [&](std::int64_t everything) {
    random::seed(everything);
    MNISTIter iter(o);
    const std::string first = labels_of(iter);
    EXPECT_EQ(next_epoch(iter), first) << "the same order in each epoch";
    return first;
  };
  EXPECT_EQ(order(1), order(1));
  EXPECT_NE(order(1), order(2));
  o.seed = 5;
  const std::string own = order(1);
  EXPECT_EQ(order(2), own);
  o.seed = 6;
  EXPECT_NE(order(1), own);
}

TEST_F(MNISTIterTest, SaysWhatItLoadedUnlessSilent) {
  const auto said = [&](bool silent) {
    MNISTIterOptions o = options();
    o.silent = silent;
    testing::internal::CaptureStderr();
    MNISTIter{o};
    return testing::internal::GetCapturedStderr();
  };
  EXPECT_EQ(said(true), "");
  EXPECT_EQ(said(false), "MNISTIter: load 11 images, shuffle=0, shape=(2, 1, 2, 3)\n");
}

TEST_F(MNISTIterTest, WrongFilesAreErrors) {
  MNISTIterOptions o = options();
  o.label = image_;
  EXPECT_THAT(
      error_of([&] { MNISTIter{o}; }),
      HasSubstr("images: expected labels, uint8 with 1 axis, found uint8 of shape (11, 2, 3)"));
  write_idx(label_, {uint8, {3}, {1, 2, 3}});
  EXPECT_THAT(error_of([&] { MNISTIter{options()}; }),
              HasSubstr("labels: expected 11 labels, one for each image"));
  o.image = folder_ / "none";
  EXPECT_THAT(error_of([&] { MNISTIter{o}; }), HasSubstr("none: cannot be read"));
  o = options();
  o.batch_size = 0;
  EXPECT_THAT(error_of([&] { MNISTIter{o}; }), HasSubstr("batch_size: expected at least 1"));
}

}  // namespace
}  // namespace gluino::io
