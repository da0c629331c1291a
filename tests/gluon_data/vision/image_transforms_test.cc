// Transforms that change pictures; those that are random follow a Generator.
#include <gluino/base/random.h>
#include <gluino/gluon/data/vision/transforms.h>
#include <gluino/ops/core/invoke.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "gluon_data/support.h"

namespace gluino::gluon::data::vision::transforms {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

using Numbers = std::vector<float>;

/// Red is the row, green the column.
NDArray ruler(std::int64_t height, std::int64_t width) {
  NDArray x({height, width, 3}, uint8);
  for (std::int64_t i = 0; i < height * width; ++i) {
    auto* pixel = x.data<std::uint8_t>() + 3 * i;
    pixel[0] = static_cast<std::uint8_t>(i / width);
    pixel[1] = static_cast<std::uint8_t>(i % width);
    pixel[2] = 7;
  }
  return x;
}

Numbers numbers(const NDArray& x) { return x.to_vector<float>(); }

Numbers corner(const NDArray& x) {
  const Numbers all = numbers(x);
  return {all[0], all[1]};
}

TEST(Geometry, Resize) {
  const NDArray x = ruler(6, 8);
  EXPECT_EQ(Resize({.size = 4})(x).shape(), Shape({4, 4, 3}));
  EXPECT_EQ(Resize({.size = {5, 9}})(x).shape(), Shape({9, 5, 3}));
  EXPECT_EQ(Resize({.size = 3, .keep_ratio = true})(x).shape(), Shape({3, 4, 3}));
  EXPECT_EQ(numbers(Resize({.size = {8, 6}, .interpolation = 3})(x)), numbers(x));
  // Nearest: each pixel twice.
  const Numbers twice = numbers(Resize({.size = {16, 12}, .interpolation = 0})(x));
  EXPECT_EQ(twice[3 * (16 * 3 + 5)], 1);
  EXPECT_EQ(twice[3 * (16 * 3 + 5) + 1], 2);
  const NDArray images = ruler(6, 8).reshape({1, 6, 8, 3});
  EXPECT_EQ(numbers(Resize({.size = 4}).batch(images)), numbers(Resize({.size = 4})(x)));
}

TEST(Geometry, Crops) {
  const NDArray x = ruler(6, 8);
  const NDArray part = CropResize({.x = 2, .y = 1, .width = 3, .height = 4})(x);
  EXPECT_EQ(part.shape(), Shape({4, 3, 3}));
  EXPECT_THAT(corner(part), ElementsAre(1, 2));
  EXPECT_EQ(CropResize({.x = 2, .y = 1, .width = 3, .height = 4, .size = 7})(x).shape(),
            Shape({7, 7, 3}));
  EXPECT_THAT(corner(CenterCrop({.size = {4, 2}})(x)), ElementsAre(2, 2));
  EXPECT_EQ(CenterCrop({.size = 12})(x).shape(), Shape({12, 12, 3}));
  EXPECT_THAT(error_of([&] { CropResize({.x = 6, .width = 3, .height = 1})(x); }),
              HasSubstr("x 6 with width 3"));
}

TEST(Geometry, RandomPartsHaveTheirSize) {
  Generator generator(5);
  const RandomResizedCrop cut({.size = {4, 3}, .scale = {0.2, 0.5}});
  std::vector<Numbers> corners;
  for (int i = 0; i < 20; ++i) {
    const NDArray part = cut(ruler(40, 50), generator);
    EXPECT_EQ(part.shape(), Shape({3, 4, 3}));
    const Numbers all = numbers(part);
    // A part: what is shown goes on to the right and downwards, by its scale.
    const float width = (all[10] - all[1]) / 3 * 4, height = (all[24] - all[0]) / 2 * 3;
    EXPECT_GT(width * height, 0.15 * 40 * 50);
    EXPECT_LT(width * height, 0.6 * 40 * 50);
    corners.push_back(corner(part));
  }
  std::sort(corners.begin(), corners.end());
  EXPECT_GT(std::unique(corners.begin(), corners.end()) - corners.begin(), 15);
}

TEST(Geometry, Flips) {
  Generator generator(5);
  const NDArray x = ruler(2, 3);
  EXPECT_THAT(corner(RandomFlipLeftRight(1)(x, generator)), ElementsAre(0, 2));
  EXPECT_THAT(corner(RandomFlipTopBottom(1)(x, generator)), ElementsAre(1, 0));
  EXPECT_EQ(numbers(RandomFlipLeftRight(0)(x, generator)), numbers(x));
  int flipped = 0;
  for (int i = 0; i < 1000; ++i) flipped += corner(RandomFlipLeftRight()(x, generator))[1] == 2;
  EXPECT_NEAR(flipped, 500, 80);
}

TEST(Geometry, Rotations) {
  NDArray x({1, 3, 3}, float32);
  for (int i = 0; i < 9; ++i) x.data<float>()[i] = static_cast<float>(i);
  const auto near = [](const Numbers& expected) {
    return testing::Pointwise(testing::FloatNear(1e-5F), expected);
  };
  // Counter-clockwise by a quarter: the last column becomes the first row.
  EXPECT_THAT(numbers(Rotate({.rotation_degrees = 90})(x)), near({2, 5, 8, 1, 4, 7, 0, 3, 6}));
  EXPECT_THAT(numbers(Rotate({.rotation_degrees = 360})(x)), near(numbers(x)));
  Generator generator(5);
  EXPECT_THAT(
      numbers(RandomRotation({.angle_limits = {-9, 9}, .rotate_with_proba = 0})(x, generator)),
      near(numbers(x)));
  EXPECT_NE(numbers(RandomRotation({.angle_limits = {5, 9}})(x, generator)), numbers(x));
  EXPECT_THAT(error_of([&] { Rotate({})(ruler(3, 3)); }), HasSubstr("expected float32"));
}

TEST(Colors, ChangeWithinTheirRange) {
  Generator generator(5);
  const NDArray grey = nd::full({2, 2, 3}, 100.0);
  for (int i = 0; i < 20; ++i) {
    const Numbers bright = numbers(RandomBrightness(0.2)(grey, generator));
    EXPECT_THAT(bright, Each(testing::AllOf(testing::Ge(79.9F), testing::Le(120.1F))));
    // Neither contrast, nor saturation, nor hue change what is grey.
    for (const Transform& same : {Transform(RandomContrast(0.5)), Transform(RandomSaturation(0.5)),
                                  Transform(RandomHue(0.5))}) {
      EXPECT_THAT(numbers(same(grey, generator)), Each(testing::FloatNear(100, 1e-3F)));
    }
  }
  EXPECT_NE(numbers(RandomLighting(1)(grey, generator)), numbers(grey));
  EXPECT_EQ(numbers(RandomLighting(0)(grey, generator)), numbers(grey));
  EXPECT_EQ(numbers(RandomColorJitter({})(ruler(3, 4), generator)), numbers(ruler(3, 4)));
}

TEST(RandomTransforms, FollowTheGenerator) {
  const NDArray x = ruler(20, 20);
  const Compose all({RandomResizedCrop({.size = 8}), RandomFlipLeftRight(),
                     RandomColorJitter({.brightness = 0.4, .contrast = 0.4, .hue = 0.1}),
                     RandomApply({RandomLighting(0.2)}), ToTensor()});
  Generator once(3), again(3), other(4);
  const Numbers first = numbers(all(x, once));
  EXPECT_EQ(numbers(all(x, again)), first);
  EXPECT_NE(numbers(all(x, other)), first);
}

TEST(RandomTransforms, DrawAloneWhatTheirOperatorsDraw) {
  const NDArray x = ruler(20, 20);
  const struct {
    Transform transform;
    const char* op;
    Attributes options;
  } cases[] = {
      {RandomFlipLeftRight(), "_image_random_flip_left_right", {}},
      {RandomFlipTopBottom(), "_image_random_flip_top_bottom", {}},
      {RandomBrightness(0.5),
       "_image_random_brightness",
       {{"min_factor", "0.5"}, {"max_factor", "1.5"}}},
      {RandomContrast(2), "_image_random_contrast", {{"min_factor", "0"}, {"max_factor", "3"}}},
      {RandomSaturation(0.5),
       "_image_random_saturation",
       {{"min_factor", "0.5"}, {"max_factor", "1.5"}}},
      {RandomHue(0.25), "_image_random_hue", {{"min_factor", "0.75"}, {"max_factor", "1.25"}}},
      {RandomColorJitter({.brightness = 0.5, .hue = 0.25}),
       "_image_random_color_jitter",
       {{"brightness", "0.5"}, {"contrast", "0"}, {"saturation", "0"}, {"hue", "0.25"}}},
      {RandomLighting(2), "_image_random_lighting", {{"alpha_std", "2"}}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.op);
    random::seed(3);
    const Compose row({c.transform, RandomApply({c.transform}, {.p = 1})});
    std::vector<Numbers> seen;
    for (int i = 0; i < 3; ++i) seen.push_back(numbers(row(x)));
    random::seed(3);
    for (const Numbers& of_row : seen) {
      const NDArray once = nd::invoke(c.op, {x}, c.options)[0];
      EXPECT_EQ(of_row, numbers(nd::invoke(c.op, {once}, c.options)[0]));
    }
  }
  // What the operator does not take, the transform still does.
  EXPECT_EQ(RandomFlipTopBottom()(nd::ones({2, 4, 4, 3})).shape(), Shape({2, 4, 4, 3}));
  EXPECT_EQ(RandomBrightness(0.5)(nd::ones({4, 4, 4})).shape(), Shape({4, 4, 4}));
}

TEST(RandomTransforms, ApplyAllOrNone) {
  Generator generator(5);
  const RandomApply both({RandomFlipLeftRight(1), RandomFlipTopBottom(1)}, {.p = 0.25});
  int applied = 0;
  for (int i = 0; i < 400; ++i) {
    const Numbers at = corner(both(ruler(2, 3), generator));
    EXPECT_TRUE(at == Numbers({0, 0}) || at == Numbers({1, 2}));
    applied += at[0] == 1;
  }
  EXPECT_NEAR(applied, 100, 40);
}

TEST(ImageTransforms, OptionsThatAreNoneAreErrors) {
  EXPECT_THAT(error_of([] { Resize({}); }), HasSubstr("size: expected more than 0"));
  EXPECT_THAT(error_of([] { Resize({.size = 1 << 20}); }), HasSubstr("pixels"));
  EXPECT_THAT(error_of([] { Resize({.size = 4, .interpolation = 10}); }),
              HasSubstr("interpolation: expected 0 to 4 or 9, got 10"));
  EXPECT_THAT(error_of([] { CropResize({.x = -1, .width = 1, .height = 1}); }), HasSubstr("-1"));
  EXPECT_THAT(error_of([] {
                RandomResizedCrop({.size = 4, .scale = {0.5, 0.1}});
              }),
              HasSubstr("scale"));
  EXPECT_THAT(error_of([] {
                RandomResizedCrop({.size = 4, .ratio = {0, 1}});
              }),
              HasSubstr("ratio"));
  EXPECT_THAT(error_of([] { RandomFlipTopBottom(1.5); }), HasSubstr("p: expected 0 to 1"));
  EXPECT_THAT(error_of([] { Rotate({.zoom_in = true, .zoom_out = true}); }), HasSubstr("zoom"));
  EXPECT_THAT(error_of([] {
                RandomRotation({.angle_limits = {3, 3}});
              }),
              HasSubstr("angle_limits"));
  EXPECT_THAT(error_of([] { RandomHue(-0.1); }), HasSubstr("hue: expected at least 0"));
  EXPECT_THAT(error_of([] { RandomApply({}, {.p = 2}); }), HasSubstr("p: expected 0 to 1"));
}

}  // namespace
}  // namespace gluino::gluon::data::vision::transforms
