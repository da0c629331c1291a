#include <apps/digits/pictures/read_picture.h>
#include <apps/program.h>
#include <gluino/base/error.h>
#include <gluino/io/pictures/image.h>
#include <gluino/ndarray/creation.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace digits_test {
namespace {

using digits::read_picture;
using gluino::NDArray;
using Bytes = std::vector<int>;

std::string little(std::uint32_t value, int size) {
  std::string text;
  for (int i = 0; i < size; ++i) text += static_cast<char>(value >> 8 * i);
  return text;
}

struct Bmp {
  std::int32_t width = 0;
  std::int32_t height = 0;
  int bits = 24;
  std::string rows{};
  std::string palette{};
  std::uint32_t compression = 0;
  std::string masks{};
  std::uint32_t header = 40;
};

std::string bmp(const Bmp& b) {
  const std::string more(b.header > 40 ? b.header - 40 - b.masks.size() : 0, '\0');
  const std::string behind = b.masks + more + b.palette;
  const auto at = static_cast<std::uint32_t>(14 + 40 + behind.size());
  return "BM" + little(0, 4) + little(0, 4) + little(at, 4) + little(b.header, 4) +
         little(static_cast<std::uint32_t>(b.width), 4) +
         little(static_cast<std::uint32_t>(b.height), 4) + little(1, 2) +
         little(static_cast<std::uint32_t>(b.bits), 2) + little(b.compression, 4) +
         std::string(20, '\0') + behind + b.rows;
}

std::string text(std::initializer_list<int> values) {
  std::string result;
  for (const int value : values) result += static_cast<char>(value);
  return result;
}

std::string why_refused(const std::string& bytes, std::int64_t max_pixels = 1 << 20) {
  try {
    read_picture(bytes, max_pixels);
  } catch (const gluino::Error& error) {
    return error.what();
  }
  return "not refused";
}

TEST(ReadPicture, ReadsPgm) {
  EXPECT_EQ(read_picture("P2 # a comment\n3 1\n# another\n255\n0 128\n255").to_vector<int>(),
            (Bytes{0, 128, 255}));
  EXPECT_EQ(read_picture("P2\n2 2\n15\n0 5 10 15").to_vector<int>(), (Bytes{0, 85, 170, 255}));
  const NDArray binary = read_picture("P5\n2 1\n255\n" + text({10, 13}));
  EXPECT_EQ(binary.shape(), gluino::Shape({1, 2, 1}));
  EXPECT_EQ(binary.to_vector<int>(), (Bytes{10, 13}));
  EXPECT_EQ(read_picture("P5 1 2 65535 " + text({255, 255, 128, 0})).to_vector<int>(),
            (Bytes{255, 128}));
  EXPECT_EQ(read_picture("P6 1 1 255 " + text({1, 2, 3})).shape(), gluino::Shape({1, 1, 3}));
  EXPECT_EQ(read_picture("P3 1 1 255 1 2 3").to_vector<int>(), (Bytes{1, 2, 3}));
}

TEST(ReadPicture, ReadsBmp) {
  // From the bottom up; rows fill four bytes; blue comes first.
  const std::string rows = text({3, 2, 1, 0, 6, 5, 4, 0});
  EXPECT_EQ(read_picture(bmp({.width = 1, .height = 2, .rows = rows})).to_vector<int>(),
            (Bytes{4, 5, 6, 1, 2, 3}));
  EXPECT_EQ(read_picture(bmp({.width = 1, .height = -2, .rows = rows})).to_vector<int>(),
            (Bytes{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(read_picture(bmp({.width = 3,
                              .height = 1,
                              .bits = 1,
                              .rows = text({0b01000000, 0, 0, 0}),
                              .palette = text({0, 0, 0, 0, 9, 8, 7, 0})}))
                .to_vector<int>(),
            (Bytes{0, 0, 0, 7, 8, 9, 0, 0, 0}));
  EXPECT_EQ(read_picture(bmp({.width = 2,
                              .height = 1,
                              .bits = 8,
                              .rows = text({1, 200, 0, 0}),
                              .palette = text({0, 0, 0, 0, 9, 8, 7, 0})}))
                .to_vector<int>(),
            (Bytes{7, 8, 9, 0, 0, 0}));
  EXPECT_EQ(
      read_picture(bmp({.width = 1, .height = 1, .bits = 16, .rows = text({0x1f, 0x7c, 0, 0})}))
          .to_vector<int>(),
      (Bytes{255, 0, 255}));
  EXPECT_EQ(read_picture(bmp({.width = 1, .height = 1, .bits = 32, .rows = text({3, 2, 1, 0})}))
                .to_vector<int>(),
            (Bytes{1, 2, 3}));
  const std::string masks =
      little(0xff, 4) + little(0xff00, 4) + little(0xff0000, 4) + little(0xff000000, 4);
  EXPECT_EQ(read_picture(bmp({.width = 1,
                              .height = 1,
                              .bits = 32,
                              .rows = text({1, 2, 3, 4}),
                              .compression = 3,
                              .masks = masks,
                              .header = 124}))
                .to_vector<int>(),
            (Bytes{1, 2, 3, 4}));
}

TEST(ReadPicture, ReadsPngAndJpegWithAlpha) {
  const NDArray picture = gluino::nd::full({3, 5, 4}, 77, gluino::uint8);
  const NDArray png = read_picture(gluino::image::imencode(picture, {.format = ".png"}));
  EXPECT_EQ(png.shape(), gluino::Shape({3, 5, 4}));
  EXPECT_EQ(png.to_vector<int>(), picture.to_vector<int>());
  const NDArray grey = gluino::nd::full({3, 5, 1}, 77, gluino::uint8);
  EXPECT_EQ(read_picture(gluino::image::imencode(grey)).to_vector<int>(), grey.to_vector<int>());
}

// A JPEG picture, dark at the left and light at the right, with an EXIF segment.
std::string photograph(int orientation) {
  NDArray picture({16, 32, 1}, gluino::uint8);
  for (int i = 0; i < 16 * 32; ++i) {
    picture.data<std::uint8_t>()[i] = i % 32 < 16 ? 0 : (i / 32 < 8 ? 128 : 255);
  }
  const std::string jpeg = gluino::image::imencode(picture);
  std::string tiff = text({'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1});
  tiff += text({1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0});
  const std::string exif = std::string("Exif\0\0", 6) + tiff;
  return jpeg.substr(0, 2) + text({0xff, 0xe1, 0, static_cast<int>(exif.size()) + 2}) + exif +
         jpeg.substr(2);
}

TEST(ReadPicture, TurnsPhotographsUpright) {
  // Where the light corner, and the grey one, of the picture as it is stored come to.
  struct Corner {
    int y;
    int x;
  };
  struct Case {
    int orientation;
    Corner light;
    Corner grey;
  };
  const Case cases[] = {{1, {1, 1}, {0, 1}}, {2, {1, 0}, {0, 0}}, {3, {0, 0}, {1, 0}},
                        {4, {0, 1}, {1, 1}}, {5, {1, 1}, {1, 0}}, {6, {1, 0}, {1, 1}},
                        {7, {0, 0}, {0, 1}}, {8, {0, 1}, {0, 0}}, {9, {1, 1}, {0, 1}}};
  for (const auto& [orientation, light, grey] : cases) {
    const NDArray picture = read_picture(photograph(orientation));
    const bool turned = orientation >= 5 && orientation <= 8;
    ASSERT_EQ(picture.shape(), turned ? gluino::Shape({32, 16, 1}) : gluino::Shape({16, 32, 1}));
    const auto at = [&](const Corner& corner) {
      const std::int64_t y = corner.y * (picture.shape()[0] - 1);
      const std::int64_t x = corner.x * (picture.shape()[1] - 1);
      return static_cast<int>(picture.data<std::uint8_t>()[y * picture.shape()[1] + x]);
    };
    EXPECT_NEAR(at(light), 255, 9) << orientation;
    EXPECT_NEAR(at(grey), 128, 9) << orientation;
  }
}

TEST(ReadPicture, RefusesWhatItCannotReadInASentence) {
  const std::pair<std::string, const char*> cases[] = {
      {"", "found no bytes at all"},
      {"hello", "expected a PNG, JPEG, PGM or BMP picture, found 5 bytes"},
      {"GIF89a", "begin like none"},
      {"P5 60000 60000 255 ", "at most 1048576 pixels, found one that claims 60000 x 60000"},
      {"P5 4 4 255 123", "claims 4 x 4 pixels, more than its 14 bytes hold"},
      {"P5 4294967296 1 255 ", "expected a width"},
      {"P2 1 1 255", "expected a pixel at byte 10, found the end"},
      {"P2 2 1 255 7 x", "expected a pixel at byte 13, found none"},
      {"P2 0 1 255 7", "with pixels, found one of 0 x 1"},
      {"P2 1 1 0 7", "a value of white from 1 to 65535, found 0"},
      {"P2 -1 1 255 7", "expected a width"},
      {"BM", "found only 2 bytes"},
      {bmp({.width = 60000, .height = 60000}), "claims 60000 x 60000"},
      {bmp({.width = 9, .height = 9}), "more than its 54 bytes hold"},
      {bmp({.width = 0, .height = 9}), "with pixels, found one of 0 x 9"},
      {bmp({.width = -3, .height = 9}), "with pixels"},
      {bmp({.width = 1, .height = INT32_MIN}), "at most"},
      {bmp({.width = 1, .height = 1, .bits = 7}), "bits a pixel, found 7"},
      {bmp({.width = 1, .height = 1, .bits = 8, .compression = 1}), "not compressed"},
      {bmp({.width = 1, .height = 1, .header = 13}), "found one of 13"},
      {"\x89PNG\r\n\x1a\n", "corrupt PNG"},
      {"\xff\xd8\xff", "corrupt JPEG"},
  };
  for (const auto& [bytes, part] : cases) {
    EXPECT_NE(why_refused(bytes).find(part), std::string::npos) << part << "\n"
                                                                << why_refused(bytes);
  }
}

TEST(ReadPicture, RefusesDamagedFilesOrReadsThem) {
  const NDArray picture = gluino::nd::full({9, 7, 3}, 120, gluino::uint8);
  const std::string whole[] = {gluino::image::imencode(picture),
                               gluino::image::imencode(picture, {.format = ".png"}),
                               "P5 3 3 255 123456789",
                               "P2 2 2 255 1 2 3 4",
                               bmp({.width = 5, .height = 5, .rows = std::string(80, 'x')}),
                               photograph(6)};
  std::mt19937 random(3);
  for (const std::string& bytes : whole) {
    for (std::size_t size = 0; size < bytes.size(); size += 1 + bytes.size() / 60) {
      why_refused(bytes.substr(0, size));
    }
    for (int i = 0; i < 300; ++i) {
      std::string changed = bytes;
      for (int j = 0; j < 3; ++j) changed[random() % changed.size()] = static_cast<char>(random());
      why_refused(changed);
    }
  }
}

TEST(ReadPicture, NamesTheFile) {
  const TempFolder folder;
  gluino::write_file(folder / "a.png", "no picture");
  for (const std::string& path : {folder / "a.png", folder / "missing.png", folder.path()}) {
    try {
      digits::read_picture_file(path);
      ADD_FAILURE() << path;
    } catch (const gluino::Error& error) {
      EXPECT_TRUE(std::string(error.what()).starts_with(path)) << error.what();
    }
  }
}

}  // namespace
}  // namespace digits_test
