// Parts of images at random; the places for the seeds are those of MXNet 2.0.0b1.
#include <gluino/base/random.h>
#include <gmock/gmock.h>

#include "ops/support.h"

namespace gluino {
namespace {

using ::testing::HasSubstr;
using testing::message_of;

using Values = std::vector<double>;

NDArray numbered(const Shape& shape) {
  return nd::arange(0, static_cast<double>(shape.size())).reshape(shape);
}

double first_of(const NDArray& array) { return array.to_vector<double>().at(0); }

TEST(RandomCrop, LiesWhereMxnetsDoes) {
  const NDArray image = numbered({6, 8, 1});
  const std::vector<double> firsts = {18, 2, 18, 10};
  for (int seed = 0; seed < 4; ++seed) {
    random::seed(seed);
    const NDArray part = nd::image_random_crop(image, {.width = 3, .height = 2});
    const double first = firsts[static_cast<std::size_t>(seed)];
    EXPECT_EQ(part.to_vector<double>(),
              (Values{first, first + 1, first + 2, first + 8, first + 9, first + 10}));
  }
}

TEST(RandomCrop, IsTheSameOfEachImageOfABatch) {
  const NDArray parts = nd::image_random_crop(numbered({2, 6, 8, 1}), {.width = 3, .height = 2});
  const auto difference = nd::slice_axis(parts, {.axis = 0, .begin = 1, .end = 2}) -
                          nd::slice_axis(parts, {.axis = 0, .begin = 0, .end = 1});
  EXPECT_EQ(difference.to_vector<double>(), Values(6, 48));
}

TEST(RandomCrop, OfASmallImageIsEnlarged) {
  const NDArray image = numbered({6, 8, 1});
  const NDArray rows = nd::image_crop(image, {.x = 0, .y = 1, .width = 8, .height = 3});
  EXPECT_EQ(nd::image_random_crop(image, {.yrange = {0.5, 0.5}, .width = 12, .height = 3})
                .to_vector<double>(),
            nd::image_resize(rows, {.size = {12, 3}}).to_vector<double>());
  EXPECT_EQ(nd::image_random_crop(image, {.width = 12, .height = 7}).to_vector<double>(),
            nd::image_resize(image, {.size = {12, 7}}).to_vector<double>());
}

// A part that has the size already shows where it lies.
TEST(RandomResizedCrop, LiesWhereMxnetsDoes) {
  const NDArray image = numbered({200, 300, 1});
  random::seed(0);
  EXPECT_EQ(first_of(nd::image_random_resized_crop(image, {.width = 192, .height = 182})),
            15 * 300 + 77);
  EXPECT_EQ(first_of(nd::image_random_resized_crop(image, {.width = 216, .height = 176})),
            20 * 300 + 45);
  EXPECT_EQ(first_of(nd::image_random_resized_crop(image, {.width = 174, .height = 162})),
            14 * 300 + 81);
}

TEST(RandomResizedCrop, IsTheMiddleWhereNoPartFits) {
  const NDArray image = numbered({20, 30, 1});
  const NDArray middle = nd::image_crop(image, {.x = 5, .y = 0, .width = 20, .height = 20});
  const ImageRandomResizedCropOptions square{
      .width = 10, .height = 10, .area = {1, 1}, .ratio = {9, 9}};
  EXPECT_EQ(nd::image_random_resized_crop(image, square).to_vector<double>(),
            nd::image_resize(middle, {.size = {10, 10}}).to_vector<double>());
}

TEST(RandomResizedCrop, RefusesRangesThatAreNone) {
  const NDArray image = numbered({2, 3, 1});
  EXPECT_THAT(message_of([&] {
                nd::image_random_resized_crop(image, {.width = 1, .height = 1, .area = {1, 0.5}});
              }),
              HasSubstr("area: expected two numbers from 0 to 1, the smaller first, got (1, 0.5)"));
  EXPECT_THAT(message_of([&] {
                nd::image_random_crop(image, {.xrange = {0, 2}, .width = 1, .height = 1});
              }),
              HasSubstr("xrange: expected two numbers from 0 to 1, the smaller first, got (0, 2)"));
  EXPECT_THAT(message_of([&] {
                nd::image_random_crop(nd::zeros({0, 3, 1}), {.width = 1, .height = 1});
              }),
              HasSubstr("without pixels"));
}

}  // namespace
}  // namespace gluino
