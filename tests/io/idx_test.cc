#include <gluino/io/readers/idx.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstring>
#include <limits>

#include "io/files.h"

namespace gluino::io {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

template <class T>
std::vector<T> values(const IdxArray& array) {
  std::vector<T> result(array.data.size() / sizeof(T));
  if (!result.empty()) std::memcpy(result.data(), array.data.data(), array.data.size());
  return result;
}

// Two rows of three bytes, written out by hand.
const std::string kSmall = bytes({0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 253, 254, 255});

class IdxTest : public testing::Test {
 protected:
  IdxArray read(const std::string& content, std::uint64_t limit = kMaxIdxBytes) {
    put(path_, content);
    return read_idx(path_, limit);
  }
  std::string error(const std::string& content, std::uint64_t limit = kMaxIdxBytes) {
    return error_of([&] { read(content, limit); });
  }

  TempFolder folder_;
  std::string path_ = folder_ / "file-idx2-ubyte";
};

TEST_F(IdxTest, ReadsBytesPlainAndPacked) {
  for (const std::string& content : {kSmall, gzip(kSmall)}) {
    const IdxArray array = read(content);
    EXPECT_EQ(array.dtype, uint8);
    EXPECT_EQ(array.shape, Shape({2, 3}));
    EXPECT_THAT(array.data, ElementsAre(1, 2, 3, 253, 254, 255));
  }
}

TEST_F(IdxTest, ReadsEveryType) {
  const IdxArray i8 = read(bytes({0, 0, 9, 1, 0, 0, 0, 2, 255, 5}));
  EXPECT_EQ(i8.dtype, int8);
  EXPECT_THAT(values<std::int8_t>(i8), ElementsAre(-1, 5));
  const IdxArray i16 = read(bytes({0, 0, 11, 1, 0, 0, 0, 2, 0xff, 0xfe, 1, 2}));
  EXPECT_EQ(i16.dtype, int32);
  EXPECT_THAT(values<std::int32_t>(i16), ElementsAre(-2, 258));
  const IdxArray i32 = read(bytes({0, 0, 12, 1, 0, 0, 0, 2, 0xff, 0xff, 0xff, 0xfd, 1, 2, 3, 4}));
  EXPECT_EQ(i32.dtype, int32);
  EXPECT_THAT(values<std::int32_t>(i32), ElementsAre(-3, 0x01020304));
  const IdxArray f32 = read(bytes({0, 0, 13, 1, 0, 0, 0, 1, 0xc0, 0x20, 0, 0}));
  EXPECT_EQ(f32.dtype, float32);
  EXPECT_THAT(values<float>(f32), ElementsAre(-2.5F));
  const IdxArray f64 = read(bytes({0, 0, 14, 1, 0, 0, 0, 1, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(f64.dtype, float64);
  EXPECT_THAT(values<double>(f64), ElementsAre(1.5));
}

TEST_F(IdxTest, ReadsScalarsAndZeroSizes) {
  const IdxArray scalar = read(bytes({0, 0, 8, 0, 7}));
  EXPECT_EQ(scalar.shape, Shape());
  EXPECT_THAT(scalar.data, ElementsAre(7));
  const IdxArray none = read(bytes({0, 0, 14, 2, 255, 255, 255, 255, 0, 0, 0, 0}));
  EXPECT_EQ(none.shape, Shape({4294967295, 0}));
  EXPECT_TRUE(none.data.empty());
}

TEST_F(IdxTest, EveryTruncationIsTold) {
  for (const std::string& content : {kSmall, gzip(kSmall)}) {
    for (std::size_t length = 0; length < content.size(); ++length) {
      EXPECT_THAT(error(content.substr(0, length)),
                  AllOf(StartsWith(path_ + ": "), HasSubstr("truncated")));
    }
  }
  EXPECT_EQ(error(""), path_ + ": truncated: expected an IDX header of at least 4 bytes, found 0");
  EXPECT_EQ(error(kSmall.substr(0, 9)),
            path_ + ": truncated: expected an IDX header of 12 bytes for 2 axes, found 9");
  EXPECT_EQ(error(kSmall.substr(0, 16)),
            path_ + ": truncated: expected 6 bytes of elements for shape (2, 3), found 4");
  EXPECT_THAT(error(gzip(kSmall.substr(0, 16))), HasSubstr("shape (2, 3), found 4"));
}

TEST_F(IdxTest, TrailingBytesAreTold) {
  const std::string expected = path_ +
                               ": expected the end of the file after 6 bytes of elements for "
                               "shape (2, 3), found further bytes";
  EXPECT_EQ(error(kSmall + "x"), expected);
  EXPECT_EQ(error(gzip(kSmall + "x")), expected);
  EXPECT_EQ(error(gzip(kSmall) + gzip("x")), expected);
}

TEST_F(IdxTest, ACorruptChecksumIsToldThoughAllElementsCame) {
  std::string packed = gzip(kSmall);
  packed[packed.size() - 6] ^= 1;
  EXPECT_THAT(error(packed), HasSubstr("corrupt gzip data after 18 unpacked bytes"));
}

TEST_F(IdxTest, AnotherKindOfFileIsTold) {
  EXPECT_EQ(error("<!DOCTYPE html>"),
            path_ +
                ": expected an IDX file, which begins with 00 00 and a type from 08 to 0e, found "
                "3c 21 44 4f");
  EXPECT_THAT(error(bytes({0, 0, 10, 1})), HasSubstr("found 00 00 0a 01"));
  EXPECT_EQ(error(bytes({0, 0, 8, 9})), path_ + ": expected at most 8 axes, found 9");
}

TEST_F(IdxTest, EveryByteOfTheHeaderMayBeAnything) {
  for (std::size_t at = 0; at < 12; ++at) {
    for (const int value : {0, 1, 2, 3, 4, 5, 8, 9, 11, 14, 127, 128, 254, 255}) {
      std::string content = kSmall;
      content[at] = static_cast<char>(value);
      if (content == kSmall || at == 2) continue;  // int8 is as long as uint8
      EXPECT_THAT(error(content), StartsWith(path_ + ": "));
    }
  }
}

TEST_F(IdxTest, SizesOfAFileAreNotBelieved) {
  std::string huge = bytes({0, 0, 14, 8});
  for (int i = 0; i < 8; ++i) huge += bytes({255, 255, 255, 255});
  EXPECT_THAT(error(huge), HasSubstr("expected at most 4294967296 bytes of elements, found a "
                                     "header that announces shape (4294967295, "));
  // Four GiB announced, none there: told without taking the memory.
  EXPECT_THAT(error(bytes({0, 0, 8, 2, 1, 0, 0, 0, 0, 0, 0, 255})), HasSubstr("found 0"));
  EXPECT_THAT(error(kSmall, 5), HasSubstr("expected at most 5 bytes"));
  EXPECT_EQ(read(kSmall, 6).data.size(), 6U);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  EXPECT_LT(usage.ru_maxrss, 1 << 20) << "KiB";
}

TEST_F(IdxTest, WritesTheLayout) {
  const IdxArray array{int32, {2}, {}};
  IdxArray full = array;
  const std::int32_t numbers[] = {-3, 0x01020304};
  full.data.resize(8);
  std::memcpy(full.data.data(), numbers, 8);
  write_idx(path_, full);
  EXPECT_EQ(get(path_), bytes({0, 0, 12, 1, 0, 0, 0, 2, 255, 255, 255, 253, 1, 2, 3, 4}));
  write_idx(path_, {uint8, {2, 3}, {1, 2, 3, 253, 254, 255}});
  EXPECT_EQ(get(path_), kSmall);
}

TEST_F(IdxTest, WritesWhatItReads) {
  for (const DType dtype : {uint8, int8, int32, float32, float64}) {
    for (const Shape& shape : {Shape(), Shape({0}), Shape({3, 0}), Shape({3, 5})}) {
      IdxArray array{dtype, shape, {}};
      array.data.resize(static_cast<std::size_t>(shape.size()) * size_of(dtype));
      for (std::size_t i = 0; i < array.data.size(); ++i) {
        array.data[i] = static_cast<std::uint8_t>(i * 37);
      }
      write_idx(path_, array);
      const IdxArray back = read_idx(path_);
      EXPECT_EQ(back.dtype, dtype);
      EXPECT_EQ(back.shape, shape);
      EXPECT_EQ(back.data, array.data);
    }
  }
}

TEST_F(IdxTest, RefusesToWriteWhatDoesNotFit) {
  const auto write_error = [&](const IdxArray& array) {
    return error_of([&] { write_idx(path_, array); });
  };
  EXPECT_THAT(write_error({int64, {0}, {}}), HasSubstr("cannot hold int64"));
  EXPECT_THAT(write_error({uint8, Shape::unknown(), {}}), HasSubstr("expected a known shape"));
  EXPECT_THAT(write_error({uint8, {std::int64_t{1} << 32, 0}, {}}), HasSubstr("does not fit"));
  EXPECT_THAT(write_error({int32, {2}, {0, 0, 0, 0, 0, 0, 0}}),
              HasSubstr("expected 2 elements of 4 bytes for shape (2,), got 7 bytes"));
  EXPECT_FALSE(std::filesystem::exists(path_));
}

}  // namespace
}  // namespace gluino::io
