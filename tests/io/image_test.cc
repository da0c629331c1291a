#include <gluino/io/pictures/image.h>
#include <gluino/ndarray/creation.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <turbojpeg.h>
#include <zlib.h>

#include <cmath>
#include <cstring>

#include "io/files.h"

namespace gluino::image {
namespace {

using io::bytes;
using io::error_of;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

std::string big_endian(std::uint32_t value) {
  return bytes({static_cast<int>(value >> 24), static_cast<int>(value >> 16 & 255),
                static_cast<int>(value >> 8 & 255), static_cast<int>(value & 255)});
}

std::string chunk(const std::string& name, const std::string& data) {
  const std::string checked = name + data;
  const auto crc =
      crc32(0, reinterpret_cast<const Bytef*>(checked.data()), static_cast<uInt>(checked.size()));
  return big_endian(static_cast<std::uint32_t>(data.size())) + checked +
         big_endian(static_cast<std::uint32_t>(crc));
}

struct PngLayout {
  std::uint32_t width;
  std::uint32_t height;
  int depth;
  int color_type;
  std::string palette{};
  std::string transparency{};
};

const std::string kPngMagic = bytes({0x89, 'P', 'N', 'G', 13, 10, 26, 10});

std::string deflated(const std::string& data) {
  uLongf size = compressBound(static_cast<uLong>(data.size()));
  std::string packed(size, '\0');
  compress(reinterpret_cast<Bytef*>(packed.data()), &size,
           reinterpret_cast<const Bytef*>(data.data()), static_cast<uLong>(data.size()));
  packed.resize(size);
  return packed;
}

// A PNG picture made from the layout; `rows` begin with their filter's byte.
std::string png(const PngLayout& layout, const std::string& rows) {
  return kPngMagic +
         chunk("IHDR", big_endian(layout.width) + big_endian(layout.height) +
                           bytes({layout.depth, layout.color_type, 0, 0, 0})) +
         (layout.palette.empty() ? "" : chunk("PLTE", layout.palette)) +
         (layout.transparency.empty() ? "" : chunk("tRNS", layout.transparency)) +
         chunk("IDAT", deflated(rows)) + chunk("IEND", "");
}

// 16 x 8 grey pixels, the left half 200, the right half 120: a quantization of ones, Huffman codes
// of one bit each (a difference of ten bits; the end of a block), two blocks.
const std::string kGreyJpeg =
    bytes({0xff, 0xd8, 0xff, 0xdb, 0, 67, 0}) + std::string(64, '\1') +
    bytes({0xff, 0xc0, 0, 11, 8, 0, 8, 0, 16, 1, 1, 0x11, 0}) +
    bytes({0xff, 0xc4, 0, 20, 0x00, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10}) +
    bytes({0xff, 0xc4, 0, 20, 0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}) +
    bytes({0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0x48, 0x02, 0xfe, 0xff, 0xd9});

NDArray picture(const Shape& shape, const std::vector<int>& values) {
  std::vector<std::uint8_t> small(values.begin(), values.end());
  return nd::from(small, shape);
}

// Soft colors, as photographs have.
NDArray waves(std::int64_t height, std::int64_t width, std::int64_t channels) {
  NDArray result({height, width, channels}, uint8);
  auto* out = result.data<std::uint8_t>();
  for (std::int64_t i = 0; i < result.size(); ++i) {
    const auto y = static_cast<double>(i / channels / width);
    const auto x = static_cast<double>(i / channels % width);
    out[i] = static_cast<std::uint8_t>(
        127 + 100 * std::sin(x / 9 + static_cast<double>(i % channels)) * std::cos(y / 7));
  }
  return result;
}

TEST(Imdecode, ReadsAPngByItsLayout) {
  const std::string rows = bytes({0, 10, 20, 30, 40, 50, 60, 0, 70, 80, 90, 100, 110, 120});
  const std::string color = png({2, 2, 8, 2}, rows);
  const NDArray rgb = imdecode(color);
  EXPECT_EQ(rgb.shape(), Shape({2, 2, 3}));
  EXPECT_EQ(rgb.dtype(), uint8);
  EXPECT_THAT(rgb.to_vector<int>(), ElementsAre(10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120));
  EXPECT_THAT(imdecode(color, {.to_rgb = false}).to_vector<int>(),
              ElementsAre(30, 20, 10, 60, 50, 40, 90, 80, 70, 120, 110, 100));
  // 0.299 * 10 + 0.587 * 20 + 0.114 * 30 = 18.15, and 30 more for each further pixel.
  EXPECT_THAT(imdecode(color, {.flag = 0}).to_vector<int>(), ElementsAre(18, 48, 78, 108));
}

TEST(Imdecode, ReadsEveryKindOfPng) {
  const std::string grey = png({2, 1, 8, 0}, bytes({0, 7, 250}));
  EXPECT_THAT(imdecode(grey).to_vector<int>(), ElementsAre(7, 7, 7, 250, 250, 250));
  EXPECT_EQ(imdecode(grey, {.flag = -1}).shape(), Shape({1, 2, 1}));
  const std::string bits = png({8, 1, 1, 0}, bytes({0, 0b01010011}));
  EXPECT_THAT(imdecode(bits, {.flag = 0}).to_vector<int>(),
              ElementsAre(0, 255, 0, 255, 0, 0, 255, 255));
  const std::string deep = png({2, 1, 16, 0}, bytes({0, 200, 0, 100, 0}));
  EXPECT_THAT(imdecode(deep, {.flag = -1}).to_vector<int>(), ElementsAre(200, 100));
  const std::string palette = png({2, 1, 8, 3, bytes({1, 2, 3, 4, 5, 6})}, bytes({0, 1, 0}));
  EXPECT_THAT(imdecode(palette).to_vector<int>(), ElementsAre(4, 5, 6, 1, 2, 3));
  const std::string holes =
      png({2, 1, 8, 3, bytes({1, 2, 3, 4, 5, 6}), bytes({255, 40})}, bytes({0, 1, 0}));
  EXPECT_THAT(imdecode(holes).to_vector<int>(), ElementsAre(4, 5, 6, 1, 2, 3));
  EXPECT_THAT(imdecode(holes, {.flag = -1}).to_vector<int>(),
              ElementsAre(4, 5, 6, 40, 1, 2, 3, 255));
  const std::string opacity = png({1, 1, 8, 6}, bytes({0, 9, 8, 7, 6}));
  EXPECT_THAT(imdecode(opacity).to_vector<int>(), ElementsAre(9, 8, 7));
  EXPECT_THAT(imdecode(opacity, {.flag = -1}).to_vector<int>(), ElementsAre(9, 8, 7, 6));
}

TEST(Imdecode, ReadsAJpegByItsLayout) {
  const NDArray grey = imdecode(kGreyJpeg, {.flag = -1});
  EXPECT_EQ(grey.shape(), Shape({8, 16, 1}));
  for (int i = 0; i < 128; ++i) EXPECT_EQ(grey.to_vector<int>()[i], i % 16 < 8 ? 200 : 120);
  const NDArray rgb = imdecode(kGreyJpeg);
  EXPECT_EQ(rgb.shape(), Shape({8, 16, 3}));
  EXPECT_EQ(rgb.to_vector<int>()[2], 200);
}

TEST(Imdecode, ReadsJpegsOfInk) {
  // Cyan 0, magenta full, yellow half, black 0, each stored as what it leaves of white.
  std::string inks;
  for (int i = 0; i < 64; ++i) inks += bytes({255, 0, 128, 255});
  const tjhandle handle = tjInitCompress();
  unsigned char* data = nullptr;
  unsigned long size = 0;
  tjCompress2(handle, reinterpret_cast<const unsigned char*>(inks.data()), 8, 0, 8, TJPF_CMYK,
              &data, &size, TJSAMP_444, 100, 0);
  const std::string jpeg(reinterpret_cast<char*>(data), size);
  tjFree(data);
  tjDestroy(handle);
  const auto rgb = imdecode(jpeg).to_vector<int>();
  EXPECT_NEAR(rgb[0], 255, 3);
  EXPECT_NEAR(rgb[1], 0, 3);
  EXPECT_NEAR(rgb[2], 128, 3);
  EXPECT_EQ(imdecode(jpeg, {.flag = 0}).shape(), Shape({8, 8, 1}));
}

// Two pixels side by side; the numbers of a header have their low bytes first.
std::string bmp(int bits, const std::string& pixels) {
  const int offset = 54;
  return "BM" + bytes({offset + 8, 0, 0, 0, 0, 0, 0, 0, offset, 0, 0, 0}) +
         bytes({40, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, bits, 0}) + std::string(24, '\0') +
         pixels;
}

TEST(Imdecode, ReadsBmp) {
  const std::string picture = bmp(24, bytes({1, 2, 3, 40, 50, 60, 0, 0}));
  EXPECT_EQ(imdecode(picture).shape(), Shape({1, 2, 3}));
  EXPECT_EQ(imdecode(picture).to_vector<int>(), (std::vector<int>{3, 2, 1, 60, 50, 40}));
  EXPECT_EQ(imdecode(picture, {.flag = -1, .to_rgb = false}).to_vector<int>(),
            (std::vector<int>{1, 2, 3, 40, 50, 60}));
  EXPECT_EQ(imdecode(picture, {.flag = 0}).shape(), Shape({1, 2, 1}));
  EXPECT_EQ(imdecode(picture, {.flag = 0}).to_vector<int>(), (std::vector<int>{2, 52}));
  for (std::size_t size = 2; size < picture.size(); ++size) {
    EXPECT_THAT(error_of([&] { imdecode(picture.substr(0, size)); }), HasSubstr("BMP")) << size;
  }
}

TEST(Imdecode, WrongPicturesAreErrors) {
  const std::string good = png({2, 2, 8, 0}, bytes({0, 1, 2, 0, 3, 4}));
  const auto error = [](const std::string& bytes, const ImdecodeOptions& options = {}) {
    return error_of([&] { imdecode(bytes, options); });
  };
  EXPECT_EQ(error(good), "no error");
  EXPECT_THAT(error(""), HasSubstr("expected a JPEG, PNG or BMP picture, found 0 bytes"));
  EXPECT_THAT(error("GIF89a"), HasSubstr("begin like none of them"));
  EXPECT_THAT(error(good, {.flag = 2}), HasSubstr("flag: expected 1"));
  EXPECT_THAT(error(png({2, 1, 8, 3}, bytes({0, 1, 0})), {.flag = -1}), HasSubstr("PLTE"))
      << "what is wrong, and not that something was";
  // The 12 bytes at the end only say that it is the end.
  for (std::size_t size = 8; size <= good.size() - 12; ++size) {
    EXPECT_THAT(error(good.substr(0, size)), HasSubstr("corrupt PNG")) << size;
  }
  for (std::size_t i = 8; i < good.size() - 12; ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x41);
    EXPECT_NE(error(bad), "no error") << i;
  }
  for (std::size_t size = 3; size < kGreyJpeg.size() - 3; ++size) {
    EXPECT_THAT(error(kGreyJpeg.substr(0, size)), HasSubstr("corrupt JPEG")) << size;
  }
}

TEST(Imdecode, ClaimedSizesTakeNoMemory) {
  const auto claim = [](std::uint32_t width, std::uint32_t height) {
    return error_of([&] { imdecode(png({width, height, 8, 2}, "")); });
  };
  EXPECT_THAT(claim(60000, 60000), HasSubstr("more than its 65 bytes can hold"));
  EXPECT_THAT(claim(0, 5), HasSubstr("corrupt PNG"));
  EXPECT_THAT(claim(0x7fffffff, 0x7fffffff), HasSubstr("corrupt PNG"));
  std::string large = kGreyJpeg;
  const std::size_t size_at = large.find(bytes({8, 0, 8, 0, 16})) + 1;
  large.replace(size_at, 4, bytes({0xff, 0, 0xff, 0}));
  EXPECT_THAT(error_of([&] { imdecode(large); }),
              HasSubstr("at most 134217728 pixels, found one that claims 65280 x 65280"));
  EXPECT_THAT(error_of([&] { imdecode(kGreyJpeg, {.max_pixels = 127}); }),
              HasSubstr("at most 127 pixels"));
}

TEST(Imread, NamesTheFile) {
  const io::TempFolder folder;
  io::put(folder / "a.jpg", kGreyJpeg);
  EXPECT_EQ(imread(folder / "a.jpg").shape(), Shape({8, 16, 3}));
  io::put(folder / "b.jpg", "no picture");
  EXPECT_THAT(error_of([&] { imread(folder / "b.jpg"); }), HasSubstr("b.jpg: expected a JPEG"));
  EXPECT_THAT(error_of([&] { imread(folder / "c.jpg"); }), HasSubstr("c.jpg: cannot be read"));
}

TEST(Imencode, PngKeepsEveryPixel) {
  for (const int channels : {1, 3, 4}) {
    const NDArray before = waves(13, 17, channels);
    for (const int compression : {0, 9}) {
      const std::string file = imencode(before, {.format = ".png", .compression = compression});
      const NDArray after = imdecode(file, {.flag = -1});
      EXPECT_EQ(after.shape(), before.shape());
      EXPECT_EQ(after.to_vector<int>(), before.to_vector<int>());
    }
  }
}

TEST(Imencode, JpegStaysNearAndShrinksWithQuality) {
  for (const int channels : {1, 3}) {
    const NDArray before = waves(64, 80, channels);
    const std::string good = imencode(before);
    const auto expected = before.to_vector<int>();
    const auto found = imdecode(good, {.flag = -1}).to_vector<int>();
    ASSERT_EQ(found.size(), expected.size());
    double error = 0;
    for (std::size_t i = 0; i < found.size(); ++i) error += std::abs(found[i] - expected[i]);
    EXPECT_LT(error / static_cast<double>(found.size()), 2);
    EXPECT_LT(imencode(before, {.quality = 10}).size(), good.size() / 2);
  }
}

TEST(Imencode, RefusesWhatIsNoPicture) {
  const auto error = [](const NDArray& array, const ImencodeOptions& options = {}) {
    return error_of([&] { imencode(array, options); });
  };
  const NDArray good = waves(2, 2, 3);
  EXPECT_THAT(error(nd::zeros({2, 2, 3})), HasSubstr("got float32"));
  EXPECT_THAT(error(nd::zeros({2, 2}, uint8)), HasSubstr("of shape (2, 2)"));
  EXPECT_THAT(error(waves(2, 2, 4)), HasSubstr("1 or 3 channels"));
  EXPECT_THAT(error(waves(2, 2, 2), {.format = ".png"}), HasSubstr("or 4"));
  EXPECT_THAT(error(nd::zeros({0, 2, 3}, uint8)), HasSubstr("with pixels"));
  EXPECT_THAT(error(good, {.format = ".gif"}), HasSubstr("got \".gif\""));
  EXPECT_THAT(error(good, {.quality = 0}), HasSubstr("1 to 100, got 0"));
  EXPECT_THAT(error(good, {.format = ".png", .compression = 10}), HasSubstr("0 to 9, got 10"));
}

TEST(Imresize, InterpolatesBetweenCenters) {
  const NDArray two = picture({1, 2, 1}, {0, 100});
  // Centers of four pixels lie at -0.25, 0.25, 0.75 and 1.25 of two.
  EXPECT_THAT(imresize(two, 4, 1).to_vector<int>(), ElementsAre(0, 25, 75, 100));
  EXPECT_THAT(imresize(two, 4, 3).to_vector<int>(),
              ElementsAre(0, 25, 75, 100, 0, 25, 75, 100, 0, 25, 75, 100));
  EXPECT_THAT(imresize(picture({2, 2, 1}, {0, 10, 20, 30}), 1, 1).to_vector<int>(),
              ElementsAre(15));
  const NDArray same = waves(9, 11, 3);
  EXPECT_EQ(imresize(same, 11, 9).to_vector<int>(), same.to_vector<int>());
}

// The definition in double, pixel by pixel.
double bilinear(const NDArray& from, double y, double x, std::int64_t c) {
  const Shape& s = from.shape();
  const auto at = [&](double row, double column) {
    const auto i = static_cast<std::int64_t>(std::clamp(row, 0.0, static_cast<double>(s[0] - 1)));
    const auto j =
        static_cast<std::int64_t>(std::clamp(column, 0.0, static_cast<double>(s[1] - 1)));
    return static_cast<double>(from.data<std::uint8_t>()[(i * s[1] + j) * s[2] + c]);
  };
  const double v = y - std::floor(y);
  const double u = x - std::floor(x);
  y = std::floor(y);
  x = std::floor(x);
  return (at(y, x) * (1 - u) + at(y, x + 1) * u) * (1 - v) +
         (at(y + 1, x) * (1 - u) + at(y + 1, x + 1) * u) * v;
}

TEST(Imresize, IsTheDefinitionForAnySize) {
  for (const auto& [width, height] : {std::pair{31, 7}, {64, 200}, {3, 2}}) {
    const NDArray from = waves(40, 53, 3);
    const NDArray to = imresize(from, width, height);
    ASSERT_EQ(to.shape(), Shape({height, width, 3}));
    for (std::int64_t i = 0; i < to.size(); ++i) {
      const double y = (static_cast<double>(i / 3 / width) + 0.5) * 40 / height - 0.5;
      const double x = (static_cast<double>(i / 3 % width) + 0.5) * 53 / width - 0.5;
      ASSERT_NEAR(to.data<std::uint8_t>()[i], bilinear(from, y, x, i % 3), 0.75);
    }
  }
}

TEST(Imresize, ShortEdgeAndParts) {
  EXPECT_EQ(resize_short(waves(20, 30, 3), 10).shape(), Shape({10, 15, 3}));
  EXPECT_EQ(resize_short(waves(31, 20, 1), 10).shape(), Shape({15, 10, 1}));
  const NDArray part =
      fixed_crop(picture({2, 3, 1}, {1, 2, 3, 4, 5, 6}), {.x = 1, .y = 0, .width = 2, .height = 2});
  EXPECT_THAT(part.to_vector<int>(), ElementsAre(2, 3, 5, 6));
}

TEST(Imresize, RefusesWhatDoesNotFit) {
  const NDArray good = waves(4, 5, 3);
  EXPECT_THAT(error_of([&] { imresize(good, 0, 5); }), HasSubstr("got 0 and 5"));
  EXPECT_THAT(error_of([&] { imresize(nd::zeros({4, 5}), 2, 2); }), HasSubstr("a picture, uint8"));
  EXPECT_THAT(error_of([&] {
                imresize(nd::zeros({0, 5, 1}, uint8), 2, 2);
              }),
              HasSubstr("with pixels"));
  EXPECT_THAT(error_of([&] { fixed_crop(good, {.x = 3, .y = 0, .width = 3, .height = 1}); }),
              HasSubstr("3 x 1 at (3, 0)"));
  EXPECT_THAT(error_of([&] { fixed_crop(good, {.x = -1, .y = 0, .width = 1, .height = 1}); }),
              HasSubstr("of 5 x 4"));
}

}  // namespace
}  // namespace gluino::image
