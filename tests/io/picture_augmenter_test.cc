#include <gluino/base/error.h>
#include <gluino/io/iterators/picture_augmenter.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <set>

namespace gluino::io {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Options = ImageRecordIterOptions;

/// Red is 20 and 10 more in each row, green 20 and 7 more in each column, blue goes with both.
NDArray slopes(std::int64_t height = 20, std::int64_t width = 30) {
  NDArray result({height, width, 3}, uint8);
  auto* out = result.data<std::uint8_t>();
  for (std::int64_t y = 0; y < height; ++y) {
    for (std::int64_t x = 0; x < width; ++x) {
      *out++ = static_cast<std::uint8_t>(20 + 10 * y);
      *out++ = static_cast<std::uint8_t>(20 + 7 * x);
      *out++ = static_cast<std::uint8_t>(10 + 4 * (x + y));
    }
  }
  return result;
}

NDArray of_color(std::array<int, 3> upper, std::array<int, 3> lower) {
  NDArray result({2, 1, 3}, uint8);
  for (std::size_t c = 0; c < 3; ++c) {
    result.data<std::uint8_t>()[c] = static_cast<std::uint8_t>(upper[c]);
    result.data<std::uint8_t>()[3 + c] = static_cast<std::uint8_t>(lower[c]);
  }
  return result;
}

class Changed {
 public:
  Changed(const NDArray& picture, Shape size, const std::function<void(Options&)>& change,
          std::uint64_t stream = 0) {
    Options options{.path_imgrec = "", .data_shape = size};
    options.data_shape.insert(0, 3);
    change(options);
    RandomStream random(1, stream);
    picture_ = PictureAugmenter(options)(picture, random);
  }
  int operator()(int y, int x, int channel) const {
    return picture_.data<std::uint8_t>()[(y * picture_.shape()[1] + x) * 3 + channel];
  }
  const NDArray& picture() const { return picture_; }

 private:
  NDArray picture_;
};

// Each expected number is what MXNet 1.9.1 gives for the same picture and options.
TEST(PictureAugmenter, TurnsByDegrees) {
  const Changed turned(slopes(), {20, 30}, [](Options& o) { o.rotate = 90; });
  for (int y = 0; y < 20; ++y) {
    EXPECT_EQ(turned(y, 0, 0), 255) << "outside";
    EXPECT_EQ(turned(y, 6, 0), 30);
    EXPECT_EQ(turned(y, 24, 0), 210);
  }
  const Changed by_30(slopes(), {20, 30}, [](Options& o) { o.rotate = 30; });
  const int of_mxnet[][4] = {{8, 12, 88, 0},   {8, 12, 114, 1}, {10, 3, 60, 0},  {10, 3, 52, 1},
                             {14, 27, 231, 0}, {0, 12, 57, 0},  {18, 3, 129, 0}, {4, 27, 219, 1}};
  for (const auto& [y, x, value, channel] : of_mxnet) {
    EXPECT_NEAR(by_30(y, x, channel), value, 3) << y << ' ' << x;
  }
  // The other way, and by chance.
  const Changed back(slopes(), {20, 30}, [](Options& o) { o.rotate = -90; });
  EXPECT_EQ(back(0, 24, 0), 30);
  std::set<int> angles;
  for (std::uint64_t i = 0; i < 200; ++i) {
    const Changed any(
        slopes(), {20, 30}, [](Options& o) { o.max_rotate_angle = 10; }, i);
    // The middle stays; the shade 10 pixels to its right is sin(angle) * 10 rows away.
    angles.insert(static_cast<int>(
        std::lround(std::asin((any(10, 25, 0) - 120) / 100.0) * 180 / 3.14159265)));
  }
  EXPECT_EQ(angles.size(), 21U);
  EXPECT_EQ(std::max(*angles.rbegin(), -*angles.begin()), 10);
}

TEST(PictureAugmenter, ScalesAroundTheMiddle) {
  const Changed half(slopes(), {10, 15},
                     [](Options& o) { o.min_random_scale = o.max_random_scale = 0.5; });
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(half(i, 3, 0), 20 + 20 * i);
    EXPECT_EQ(half(3, i, 1), 20 + 14 * i);
  }
  const Changed cut(slopes(), {20, 25}, [](Options& o) { o.max_img_size = 25; });
  EXPECT_NEAR(cut(7, 0, 1), 38, 1) << "two and a half columns less on each side";
  const Changed more(slopes(), {40, 40}, [](Options& o) { o.min_img_size = 40; });
  EXPECT_THAT((std::vector{more(9, 20, 1), more(10, 8, 1), more(29, 34, 1)}),
              ElementsAre(255, 41, 223));
  std::set<int> widths;
  for (std::uint64_t i = 0; i < 50; ++i) {
    const Changed any(
        slopes(), {20, 30},
        [](Options& o) {
          o.min_random_scale = 0.5;
          o.max_random_scale = 1;
          o.max_aspect_ratio = 0.2;
        },
        i);
    widths.insert(any(10, 20, 1) - any(10, 10, 1));
  }
  EXPECT_GT(widths.size(), 14U);
}

TEST(PictureAugmenter, WhatIsLessThanAPixelIsCutOff) {
  // 16 rows and two thirds of one; 16 and a half, and 19 columns and a half.
  const Changed wide(slopes(10, 12), {8, 20}, [](Options&) {});
  EXPECT_EQ(wide(0, 9, 0), 43) << "row 4 of 16";
  const Changed half(slopes(11, 13), {8, 8},
                     [](Options& o) { o.min_random_scale = o.max_random_scale = 1.5; });
  EXPECT_NEAR(half(0, 0, 0), 46, 1) << "row 4 by 1.5";
  EXPECT_NEAR(half(0, 0, 1), 43, 1) << "column 5 by 1.5";
}

TEST(PictureAugmenter, ShearsRows) {
  std::set<int> moved;
  for (std::uint64_t i = 0; i < 50; ++i) {
    const Changed any(
        slopes(), {20, 30}, [](Options& o) { o.max_shear_ratio = 0.5; }, i);
    EXPECT_EQ(any(10, 15, 1), 125) << "the middle stays";
    EXPECT_EQ(any(10, 15, 0), 120);
    EXPECT_LE(std::abs(any(14, 15, 1) - 125), 14) << "four rows down, at most two columns";
    EXPECT_NEAR(any(14, 15, 1) - 125, 125 - any(6, 15, 1), 1);
    moved.insert(any(14, 15, 1));
  }
  EXPECT_GT(moved.size(), 15U);
}

TEST(PictureAugmenter, PadsAfterItTurned) {
  const Changed padded(slopes(), {24, 34}, [](Options& o) {
    o.pad = 2;
    o.fill_value = 7;
  });
  EXPECT_THAT((std::vector{padded(1, 9, 0), padded(9, 1, 0), padded(22, 9, 0), padded(9, 32, 0)}),
              ElementsAre(7, 7, 7, 7));
  EXPECT_THAT((std::vector{padded(2, 2, 0), padded(2, 2, 1), padded(21, 31, 0), padded(21, 31, 1)}),
              ElementsAre(20, 20, 210, 223));
  const Changed both(slopes(), {24, 34}, [](Options& o) {
    o.pad = 2;
    o.rotate = 90;
  });
  EXPECT_THAT((std::vector{both(0, 12, 1), both(3, 9, 1), both(6, 9, 1)}),
              ElementsAre(255, 188, 167));
}

TEST(PictureAugmenter, CutsSquares) {
  const Changed eight(slopes(), {16, 16},
                      [](Options& o) { o.min_crop_size = o.max_crop_size = 8; });
  EXPECT_THAT((std::vector{eight(0, 0, 0), eight(2, 0, 0), eight(4, 0, 0)}),
              ElementsAre(80, 88, 98));
  EXPECT_THAT((std::vector{eight(0, 0, 1), eight(0, 1, 1), eight(0, 2, 1)}),
              ElementsAre(97, 99, 102));
  std::set<int> lengths;
  std::set<int> tops;
  for (std::uint64_t i = 0; i < 100; ++i) {
    const Changed any(
        slopes(), {8, 8},
        [](Options& o) {
          o.min_crop_size = 4;
          o.max_crop_size = 16;
          o.rand_crop = true;
          o.inter_method = 0;
        },
        i);
    lengths.insert(any(7, 0, 0) - any(0, 0, 0));
    tops.insert(any(0, 0, 0));
  }
  EXPECT_GT(lengths.size(), 6U);
  EXPECT_GT(tops.size(), 10U);
  EXPECT_THROW(
      Changed(slopes(), {8, 8}, [](Options& o) { o.min_crop_size = o.max_crop_size = 25; }), Error);
}

TEST(PictureAugmenter, CutsPartsOfAnArea) {
  std::set<int> tops;
  for (std::uint64_t i = 0; i < 50; ++i) {
    const Changed part(
        slopes(), {10, 10},
        [](Options& o) {
          o.random_resized_crop = true;
          o.min_random_area = o.max_random_area = 0.25;
        },
        i);
    // A quarter of 600 pixels is a square of 12.
    EXPECT_NEAR(part(5, 9, 1) - part(5, 0, 1), 9 * 7 * 1.2, 2);
    EXPECT_NEAR(part(9, 5, 0) - part(0, 5, 0), 9 * 10 * 1.2, 2);
    tops.insert(part(0, 0, 0));
  }
  EXPECT_EQ(tops.size(), 9U);
  // Standing or lying, twice as long as it is wide.
  std::set<bool> lying;
  for (std::uint64_t i = 0; i < 50; ++i) {
    const Changed part(
        slopes(), {10, 10},
        [](Options& o) {
          o.random_resized_crop = true;
          o.min_random_area = o.max_random_area = 0.25;
          o.min_aspect_ratio = 2;
          o.max_aspect_ratio = 2;
        },
        i);
    const double ratio =
        (part(5, 9, 1) - part(5, 0, 1)) / 7.0 * 10 / (part(9, 5, 0) - part(0, 5, 0));
    EXPECT_NEAR(ratio > 1 ? ratio : 1 / ratio, 2, 0.2);
    lying.insert(ratio > 1);
  }
  EXPECT_EQ(lying.size(), 2U);
  // No part of three to one has the area of the whole: the middle, as without.
  const Changed none(slopes(), {10, 10}, [](Options& o) {
    o.random_resized_crop = true;
    o.min_aspect_ratio = o.max_aspect_ratio = 3;
  });
  EXPECT_THAT((std::vector{none(0, 0, 0), none(0, 0, 1)}), ElementsAre(70, 90));
}

// The least and the most of each color that come out of many tries.
std::vector<int> ranges(const std::function<void(Options&)>& change) {
  const NDArray picture = of_color({60, 100, 200}, {120, 40, 80});
  std::vector<int> result;
  for (int c = 0; c < 6; ++c) {
    int low = 255, high = 0;
    for (std::uint64_t i = 0; i < 2000; ++i) {
      const Changed any(picture, {2, 1}, change, i);
      low = std::min(low, any(c / 3, 0, c % 3));
      high = std::max(high, any(c / 3, 0, c % 3));
    }
    result.push_back(low);
    result.push_back(high);
  }
  return result;
}

TEST(PictureAugmenter, ChangesColors) {
  // As of MXNet: 1 - 0.3 to 1 + 0.3 times each.
  EXPECT_THAT(ranges([](Options& o) { o.brightness = 0.3; }),
              ElementsAre(42, 77, 70, 129, 140, 255, 84, 155, 28, 51, 56, 103));
  // Away from the mean shade, 84, and from each color's own, 99 and 68, which MXNet takes with red
  // and blue exchanged.
  EXPECT_THAT(ranges([](Options& o) { o.contrast = 0.3; }),
              testing::Pointwise(testing::FloatNear(1),
                                 {53, 67, 95, 105, 165, 235, 109, 131, 27, 53, 79, 81}));
  EXPECT_THAT(ranges([](Options& o) { o.saturation = 0.3; }),
              testing::Pointwise(testing::FloatNear(1),
                                 {48, 72, 99, 100, 170, 230, 104, 135, 31, 48, 76, 83}));
  // Hue, of 180, saturation and lightness, of 255, which MXNet rounds to bytes on the way.
  EXPECT_THAT(ranges([](Options& o) { o.random_h = 20; }),
              testing::Pointwise(testing::FloatNear(7),
                                 {60, 109, 60, 193, 200, 200, 112, 120, 40, 40, 40, 120}));
  EXPECT_THAT(ranges([](Options& o) { o.random_s = 20; }),
              testing::Pointwise(testing::FloatNear(5),
                                 {51, 69, 98, 106, 191, 209, 114, 126, 34, 46, 80, 80}));
  EXPECT_THAT(ranges([](Options& o) { o.random_l = 20; }),
              testing::Pointwise(testing::FloatNear(5),
                                 {49, 88, 87, 124, 175, 208, 90, 150, 30, 50, 60, 100}));
  // One deviation of the first principal color is 0.1 * 55.46 * 0.57 = 3.2 of each.
  const std::vector<int> noise = ranges([](Options& o) { o.pca_noise = 0.1; });
  EXPECT_THAT(noise[1] - noise[0], testing::AllOf(testing::Ge(16), testing::Le(23)));
  EXPECT_THAT(noise[5] - noise[4], testing::AllOf(testing::Ge(16), testing::Le(24)));
}

TEST(PictureAugmenter, GreyStaysGrey) {
  Options options{.path_imgrec = "", .data_shape = {1, 4, 4}};
  options.brightness = options.contrast = options.saturation = options.pca_noise = 0.3;
  options.random_h = options.random_s = options.random_l = 30;
  options.max_rotate_angle = 40;
  options.pad = 1;
  const PictureAugmenter augment(options);
  RandomStream random(1, 2);
  NDArray picture({6, 5, 1}, uint8);
  std::fill_n(picture.data<std::uint8_t>(), 30, std::uint8_t{100});
  EXPECT_EQ(augment(picture, random).shape(), Shape({4, 4, 1}));
}

TEST(PictureAugmenter, SaysWhetherItIsRandom) {
  const auto is_random = [](const std::function<void(Options&)>& change) {
    Options options{.path_imgrec = "", .data_shape = {3, 4, 4}};
    change(options);
    return PictureAugmenter(options).is_random();
  };
  EXPECT_FALSE(is_random([](Options& o) {
    o.rotate = 30;
    o.max_rotate_angle = 10;
    o.pad = 2;
    o.resize = 7;
    o.min_random_scale = o.max_random_scale = 2;
    o.min_crop_size = o.max_crop_size = 3;
  }));
  for (const auto& change : std::vector<std::function<void(Options&)>>{
           [](Options& o) { o.rand_crop = true; }, [](Options& o) { o.random_resized_crop = true; },
           [](Options& o) { o.max_rotate_angle = 1; }, [](Options& o) { o.max_shear_ratio = 0.1; },
           [](Options& o) { o.max_random_scale = 2; }, [](Options& o) { o.max_aspect_ratio = 0.1; },
           [](Options& o) { o.max_crop_size = 3, o.min_crop_size = 2; },
           [](Options& o) { o.brightness = 1; }, [](Options& o) { o.contrast = 1; },
           [](Options& o) { o.saturation = 1; }, [](Options& o) { o.random_h = 1; },
           [](Options& o) { o.random_s = 1; }, [](Options& o) { o.random_l = 1; },
           [](Options& o) { o.pca_noise = 1; }, [](Options& o) { o.inter_method = 10; }}) {
    EXPECT_TRUE(is_random(change));
  }
}

TEST(PictureAugmenter, RefusesWhatDoesNotFit) {
  const auto refused = [](const std::function<void(Options&)>& change, const char* what) {
    Options options{.path_imgrec = "", .data_shape = {3, 4, 4}};
    change(options);
    try {
      PictureAugmenter augmenter(options);
      ADD_FAILURE() << what;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr(what));
    }
  };
  const double nan = std::nan("");
  refused([](Options& o) { o.min_random_area = -1; }, "min_random_area and max_random_area");
  refused([](Options& o) { o.min_random_scale = 3; }, "min_random_scale and max_random_scale");
  refused([&](Options& o) { o.max_random_scale = nan; }, "min_random_scale and max_random_scale");
  refused([](Options& o) { o.min_img_size = 1e11; }, "min_img_size and max_img_size");
  refused([](Options& o) { o.max_aspect_ratio = 1; }, "max_aspect_ratio");
  refused([](Options& o) { o.min_aspect_ratio = 0.5; }, "max_aspect_ratio");
  refused([](Options& o) { o.rotate = 361; }, "rotate");
  refused([](Options& o) { o.max_rotate_angle = -1; }, "max_rotate_angle");
  refused([&](Options& o) { o.max_shear_ratio = nan; }, "max_shear_ratio");
  refused([](Options& o) { o.pad = -1; }, "pad");
  refused([](Options& o) { o.fill_value = 256; }, "fill_value");
  refused([](Options& o) { o.min_crop_size = 0; }, "min_crop_size");
  refused([](Options& o) { o.min_crop_size = 5; }, "max_crop_size");
  refused([](Options& o) { o.max_crop_size = 0; }, "max_crop_size");
  refused([](Options& o) { o.brightness = -1; }, "brightness");
  refused([&](Options& o) { o.contrast = nan; }, "contrast");
  refused([](Options& o) { o.saturation = -1; }, "saturation");
  refused([](Options& o) { o.pca_noise = -1; }, "pca_noise");
  refused([](Options& o) { o.random_h = -1; }, "random_h");
  refused([](Options& o) { o.random_l = 256; }, "random_l");
  refused([](Options& o) { o.inter_method = 5; }, "inter_method");
  // A picture may only become so large.
  EXPECT_THROW(
      Changed(slopes(), {4, 4}, [](Options& o) { o.min_random_scale = o.max_random_scale = 1e6; }),
      Error);
}

}  // namespace
}  // namespace gluino::io
