#include <gluino/io/net/sha1.h>
#include <gluino/io/readers/gzip.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/files.h"

namespace gluino::io {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::uint64_t kLimit = 1 << 20;

// `printf 'hello\n' | gzip -n`
const std::string kHello =
    bytes({0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xcb, 0x48, 0xcd,
           0xc9, 0xc9, 0xe7, 0x02, 0x00, 0x20, 0x30, 0x3a, 0x36, 0x06, 0x00, 0x00, 0x00});

class GzipTest : public testing::Test {
 protected:
  std::string read(const std::string& content, std::uint64_t limit = kLimit) {
    put(path_, content);
    return read_gzip(path_, limit);
  }
  std::string error(const std::string& content, std::uint64_t limit = kLimit) {
    return error_of([&] { read(content, limit); });
  }

  TempFolder folder_;
  std::string path_ = folder_ / "file.gz";
};

TEST_F(GzipTest, UnpacksWhatTheGzipProgramWrote) { EXPECT_EQ(read(kHello), "hello\n"); }

TEST_F(GzipTest, ReadsPlainFilesAsTheyAre) {
  EXPECT_EQ(read("plain"), "plain");
  EXPECT_EQ(read(""), "");
  EXPECT_EQ(read("\x1f"), "\x1f");
  const std::string large(200000, 'x');
  EXPECT_EQ(read(large), large);
}

TEST_F(GzipTest, JoinsMembersAndSkipsZerosAfterThem) {
  EXPECT_EQ(read(kHello + kHello), "hello\nhello\n");
  EXPECT_EQ(read(kHello + gzip("") + kHello + std::string(100000, '\0')), "hello\nhello\n");
}

TEST_F(GzipTest, JoinsMembersWhereverTheBufferEnds) {
  std::string packed;
  std::string expected;
  for (int i = 0; i < 6000; ++i) {
    packed += kHello;
    expected += "hello\n";
  }
  EXPECT_EQ(read(packed), expected);
}

TEST_F(GzipTest, EveryTruncationIsTold) {
  const std::string packed = gzip("some text, some more text") + kHello;
  for (std::size_t length = 2; length < packed.size(); ++length) {
    if (length == packed.size() - kHello.size()) continue;  // a whole member
    EXPECT_THAT(error(packed.substr(0, length)), AllOf(StartsWith(path_ + ": truncated gzip data"),
                                                       HasSubstr(str("after ", length, " bytes"))));
  }
}

TEST_F(GzipTest, EveryFlippedBitOfDataOrChecksumIsTold) {
  // The header's time, flags of the packer and operating system carry no checksum.
  for (std::size_t bit = 10 * 8; bit < kHello.size() * 8; ++bit) {
    if (bit >= 138 && bit < 144) continue;  // fill up the last byte of data
    std::string bad = kHello;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    EXPECT_THAT(error(bad), StartsWith(path_ + ": ")) << "bit " << bit;
  }
  std::string bad = kHello;
  bad[18] = 0x21;
  EXPECT_EQ(error(bad), path_ +
                            ": corrupt gzip data after 6 unpacked bytes: expected intact data, "
                            "found: incorrect data check");
}

TEST_F(GzipTest, WhatFollowsMustBeGzipToo) {
  EXPECT_THAT(error(kHello + "tail"), HasSubstr("expected the end of the file or more gzip data"));
  EXPECT_THAT(error(kHello + "\x1ftail"), HasSubstr("corrupt gzip data"));
}

TEST_F(GzipTest, ABombIsStoppedAtTheLimit) {
  const std::string bomb = gzip(std::string(std::size_t{16} << 20, '\0'));
  ASSERT_LT(bomb.size(), 100000U);
  EXPECT_EQ(error(bomb), path_ + ": expected at most 1048576 bytes of content, found more");
  EXPECT_EQ(error("12345", 4), path_ + ": expected at most 4 bytes of content, found more");
  EXPECT_EQ(read("1234", 4), "1234");
}

TEST_F(GzipTest, MissingFilesAndFoldersAreTold) {
  EXPECT_EQ(error_of([&] { read_gzip(folder_ / "none", 1); }),
            folder_ / "none" + ": cannot be read: No such file or directory");
  EXPECT_EQ(error_of([&] { read_gzip(folder_.path(), 1); }),
            folder_.path() + ": is a folder, expected a file");
}

TEST_F(GzipTest, ReaderHandsOutPieces) {
  put(path_, kHello);
  GzipReader reader(path_);
  std::string piece(4, ' ');
  EXPECT_EQ(reader.read(piece.data(), 4), 4U);
  EXPECT_EQ(piece, "hell");
  EXPECT_EQ(reader.read(piece.data(), 0), 0U);
  EXPECT_EQ(reader.read(piece.data(), 4), 2U);
  EXPECT_EQ(piece.substr(0, 2), "o\n");
  EXPECT_EQ(reader.read(piece.data(), 4), 0U);
}

// The values are those of FIPS 180 and of the sha1sum program.
TEST(Sha1, KnownValues) {
  const TempFolder folder;
  put(folder / "a", "");
  EXPECT_EQ(sha1_of_file(folder / "a"), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  put(folder / "b", "abc");
  EXPECT_EQ(sha1_of_file(folder / "b"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(sha1_of("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  put(folder / "c", std::string(1000000, 'a'));
  EXPECT_EQ(sha1_of_file(folder / "c"), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
  EXPECT_THAT(error_of([&] { sha1_of_file(folder / "none"); }), HasSubstr("No such file"));
}

}  // namespace
}  // namespace gluino::io
