#include <gluino/base/error.h>
#include <gluino/base/file.h>
#include <gluino/viz/image_grid.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spng.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace gluino::viz {
namespace {

using ::testing::HasSubstr;

/// A u8 image of `shape` of which every pixel is `value`.
NDArray flat(const Shape& shape, double value, DType dtype = uint8) {
  NDArray image(shape, dtype);
  image.assign(value);
  return image;
}

std::string error_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

std::string error_of(const NDArray& image) {
  return error_of([&] { render_image_grid(std::vector<GridImage>{{image, ""}}); });
}

/// What a PNG file holds, by libspng's decoder.
Raster decode_png(const std::string& path) {
  const std::string png = read_file(path);
  const std::unique_ptr<spng_ctx, void (*)(spng_ctx*)> context(spng_ctx_new(0), spng_ctx_free);
  EXPECT_EQ(spng_set_png_buffer(context.get(), png.data(), png.size()), 0);
  spng_ihdr header{};
  EXPECT_EQ(spng_get_ihdr(context.get(), &header), 0);
  EXPECT_EQ(header.bit_depth, 8);
  EXPECT_EQ(header.color_type, SPNG_COLOR_TYPE_GRAYSCALE);
  Raster raster{.width = static_cast<int>(header.width),
                .height = static_cast<int>(header.height),
                .pixels = std::vector<std::uint8_t>(std::size_t{header.width} * header.height)};
  EXPECT_EQ(
      spng_decode_image(context.get(), raster.pixels.data(), raster.pixels.size(), SPNG_FMT_PNG, 0),
      0);
  return raster;
}

class TemporaryFolder {
 public:
  TemporaryFolder()
      : path_(std::filesystem::path(::testing::TempDir()) /
              str("gluino_viz_", ::testing::UnitTest::GetInstance()->random_seed(), "_",
                  ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

/// A run of `count` pixels of the shade `shade` in each of `count` rows, at the same place.
bool has_square(const Raster& raster, std::uint8_t shade, int count) {
  const auto at = [&](int x, int y) { return raster.pixels[std::size_t(y * raster.width + x)]; };
  for (int top = 0; top + count <= raster.height; ++top) {
    for (int left = 0; left + count <= raster.width; ++left) {
      bool all = true;
      for (int i = 0; all && i < count * count; ++i) {
        all = at(left + i % count, top + i / count) == shade;
      }
      if (all) {
        return true;
      }
    }
  }
  return false;
}

TEST(ImageGrid, ThePngHoldsWhatWasDrawn) {
  const TemporaryFolder folder;
  const std::vector<GridSection> sections = {
      {"training set", {8, {flat({28, 28, 1}, 200), "Predicted: 3\nActual: 5"}}},
      {"test set", {8, {flat({1, 28, 28}, 0.25, float32), "Predicted: 9\nActual: 4"}}}};
  save_image_grid(folder.file("wrong.png"), sections);
  const Raster drawn = render_image_grid(sections);
  const Raster read = decode_png(folder.file("wrong.png"));
  EXPECT_EQ(read.width, drawn.width);
  EXPECT_EQ(read.height, drawn.height);
  EXPECT_EQ(read.pixels, drawn.pixels);
  // Two rows of eight images of 28 x 28 pixels, 4 x 4 on the screen each, fit in.
  EXPECT_GE(read.width, 8 * 28 * 4);
  EXPECT_GE(read.height, 2 * 28 * 4);
  EXPECT_LE(read.width, 2 * 8 * 28 * 4);
  EXPECT_LE(read.height, 5 * 28 * 4);
}

TEST(ImageGrid, InkIsBlackOnPaperInEveryShapeAndType) {
  for (const Shape& shape : {Shape{5, 4}, Shape{5, 4, 1}, Shape{1, 5, 4}}) {
    const std::vector<GridImage> bytes = {{flat(shape, 155), ""}};
    const Raster expected = render_image_grid(bytes, {.scale = 3});
    EXPECT_TRUE(has_square(expected, 100, 12));
    EXPECT_EQ(std::count(expected.pixels.begin(), expected.pixels.end(), 100), 5 * 4 * 3 * 3);
    for (const DType dtype : {float32, float64, float16, bfloat16}) {
      const std::vector<GridImage> floats = {{flat(shape, 0.609375, dtype), ""}};  // 155.4 / 255
      EXPECT_EQ(render_image_grid(floats, {.scale = 3}).pixels, expected.pixels) << dtype;
    }
  }
}

TEST(ImageGrid, PixelsKeepTheirPlaces) {
  NDArray image = flat({2, 3}, 0);
  for (std::uint8_t i = 0; i < 6; ++i) {
    image.data<std::uint8_t>()[i] = static_cast<std::uint8_t>(5 + i);
  }
  const Raster raster = render_image_grid(std::vector<GridImage>{{image, ""}}, {.scale = 1});
  const std::vector<std::uint8_t> first_row = {250, 249, 248};
  const std::vector<std::uint8_t> second_row = {247, 246, 245};
  const auto& pixels = raster.pixels;
  const auto first = std::search(pixels.begin(), pixels.end(), first_row.begin(), first_row.end());
  ASSERT_NE(first, pixels.end());
  EXPECT_TRUE(std::equal(second_row.begin(), second_row.end(), first + raster.width));
}

TEST(ImageGrid, TitlesAndCaptionsAreSeen) {
  const NDArray image = flat({28, 28}, 0);
  const auto with = [&](const std::string& caption, const std::string& title) {
    return render_image_grid(std::vector<GridSection>{{caption, {{image, title}}}});
  };
  EXPECT_NE(with("", "Predicted: 3").pixels, with("", "Predicted: 8").pixels);
  EXPECT_EQ(with("", "Predicted: 3").height, with("", "Predicted: 8").height);
  EXPECT_GT(with("", "3").height, with("", "").height);
  EXPECT_GT(with("", "3\n5").height, with("", "3").height);
  EXPECT_GT(with("test set", "3").height, with("", "3").height);
  EXPECT_NE(with("test set", "").pixels, with("best set", "").pixels);
  EXPECT_GT(with("", "a title wider than the image").width, with("", "short").width);
  EXPECT_GT(with("a caption wider than the image", "").width, with("", "").width);
}

TEST(ImageGrid, ImagesFlowIntoRowsAndSectionsBeginNewOnes) {
  const GridImage image = {flat({8, 8}, 9), ""};
  const auto height = [&](std::size_t images) {
    return render_image_grid(std::vector<GridImage>(images, image), {.columns = 3}).height;
  };
  EXPECT_EQ(height(1), height(3));
  EXPECT_EQ(height(4), height(6));
  EXPECT_EQ(height(4) - height(3), height(7) - height(6));
  EXPECT_GT(height(4), height(3));
  const std::vector<GridSection> sections = {{"", {image}}, {"", {image}}};
  EXPECT_EQ(render_image_grid(sections, {.columns = 3}).height, height(6));
  // No mistakes in the training set: its caption stands alone.
  const std::vector<GridSection> one = {{"b", {image}}};
  const std::vector<GridSection> two = {{"a", {}}, {"b", {image}}};
  EXPECT_GT(render_image_grid(two).height, render_image_grid(one).height);
}

TEST(ImageGrid, OddSizesAreLegal) {
  for (const Shape& shape : {Shape{0, 0}, Shape{0, 28}, Shape{28, 0, 1}, Shape{1, 1, 1}}) {
    const std::vector<GridImage> images = {{flat(shape, 1), "a\n\nb\n"},
                                           {flat({3, 70}, 1), "\xff"}};
    const Raster raster = render_image_grid(images, {.columns = 1});
    EXPECT_EQ(raster.pixels.size(), std::size_t(raster.width) * std::size_t(raster.height));
  }
}

TEST(ImageGrid, WrongImagesAreRefused) {
  EXPECT_THAT(error_of(NDArray()), HasSubstr("expected an image"));
  EXPECT_THAT(error_of(flat({784}, 0)), HasSubstr("image 0: expected a grey image of shape"));
  EXPECT_THAT(error_of(flat({28, 28, 3}, 0)), HasSubstr("got (28, 28, 3)"));
  EXPECT_THAT(error_of(flat({1, 1, 28, 28}, 0)), HasSubstr("got (1, 1, 28, 28)"));
  EXPECT_THAT(error_of(flat({28, 28}, 0, int32)), HasSubstr("uint8 or floating pixels, got int32"));
  EXPECT_THAT(error_of(flat({28, 28}, 255, float32)), HasSubstr("pixels in [0, 1], got 255"));
  EXPECT_THAT(error_of(flat({2, 2}, -0.5, float32)), HasSubstr("pixels in [0, 1], got -0.5"));
  EXPECT_THAT(error_of(flat({2, 2}, std::numeric_limits<double>::quiet_NaN(), float32)),
              HasSubstr("pixels in [0, 1]"));
  EXPECT_THAT(error_of([] { render_image_grid(std::vector<GridImage>{}); }),
              HasSubstr("at least one image, got none"));
  EXPECT_THAT(error_of([] {
                render_image_grid(std::vector<GridSection>{{"a", {}}, {"b", {}}});
              }),
              HasSubstr("at least one image, got none"));
  const std::vector<GridSection> second = {{"", {{flat({2, 2}, 0), ""}}},
                                           {"", {{flat({2, 2}, 0), ""}, {flat({2}, 0), ""}}}};
  EXPECT_THAT(error_of([&] { render_image_grid(second); }), HasSubstr("section 1, image 1: "));
}

TEST(ImageGrid, WrongOptionsAndTooLargePicturesAreRefused) {
  const std::vector<GridImage> images = {{flat({2, 2}, 0), ""}};
  const auto error_with = [&](const GridOptions& options) {
    return error_of([&] { render_image_grid(images, options); });
  };
  EXPECT_THAT(error_with({.columns = 0}), HasSubstr("columns: expected at least 1, got 0"));
  EXPECT_THAT(error_with({.scale = 0}), HasSubstr("scale: expected 1 to 64, got 0"));
  EXPECT_THAT(error_with({.scale = 65}), HasSubstr("got 65"));
  EXPECT_THAT(error_with({.text_scale = -1}), HasSubstr("text_scale: expected 1 to 16, got -1"));
  EXPECT_EQ(error_with({.columns = std::numeric_limits<int>::max()}), "no error");
  // Images without pixels cost no memory, however long they say they are.
  const std::int64_t huge = std::int64_t{1} << 40;
  EXPECT_THAT(error_of(NDArray(Shape{huge, 0}, uint8)), HasSubstr("too large"));
  EXPECT_THAT(error_of(NDArray(Shape{1, 0, 1 << 28}, uint8)), HasSubstr("too large"));
  EXPECT_THAT(error_of(NDArray(Shape{1 << 27, 0}, uint8)), HasSubstr("too large"));
  const std::vector<GridImage> titled = {{flat({2, 2}, 0), std::string(1 << 20, 'x')}};
  EXPECT_THAT(error_of([&] { render_image_grid(titled, {.text_scale = 16}); }),
              HasSubstr("too large"));
}

TEST(ImageGrid, AFailedSaveLeavesTheFileThatWasThere) {
  const TemporaryFolder folder;
  const std::string path = folder.file("old.png");
  write_file(path, "old");
  EXPECT_THROW(save_image_grid(path, std::vector<GridImage>{{flat({2}, 0), ""}}), Error);
  EXPECT_EQ(read_file(path), "old");
  EXPECT_THROW(save_image_grid(folder.file("no/such/folder.png"),
                               std::vector<GridImage>{{flat({2, 2}, 0), ""}}),
               Error);
  EXPECT_THROW(write_png(path, {}), Error);
  EXPECT_THROW(write_png(path, {.width = 2, .height = 2, .pixels = {1, 2, 3}}), Error);
  EXPECT_EQ(read_file(path), "old");
}

}  // namespace
}  // namespace gluino::viz
