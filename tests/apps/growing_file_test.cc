#include <apps/digits/console/growing_file.h>
#include <fcntl.h>
#include <gluino/base/error.h>
#include <gluino/base/file.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <optional>
#include <string>

namespace digits_test {
namespace {

using digits::GrowingFile;
using testing::HasSubstr;

TEST(GrowingFile, BeginsAnewAndCanBeReadMeanwhile) {
  const std::string path = testing::TempDir() + "growing_file_test.txt";
  gluino::write_file(path, "of an earlier run");
  GrowingFile file(path);
  EXPECT_EQ(gluino::read_file(path), "");
  file.add("one\n");
  file.add("");
  file.add("two\n");
  EXPECT_EQ(gluino::read_file(path), "one\ntwo\n");
  EXPECT_EQ(file.failure(), "");
  std::filesystem::remove(path);
  EXPECT_THROW(GrowingFile("/no/such/folder/file"), gluino::Error);
}

TEST(GrowingFile, TellsThatTheDiskIsFull) {
  GrowingFile file("/dev/full");
  EXPECT_EQ(file.failure(), "");
  file.add("a");
  EXPECT_THAT(file.failure(), HasSubstr("/dev/full: cannot be written: No space left on device"));
}

// A pipe is full, as a disk is, until somebody reads it.
class FullPipe : public testing::Test {
 protected:
  FullPipe() {
    EXPECT_EQ(::pipe2(ends_.data(), O_NONBLOCK | O_CLOEXEC), 0);
    file_.emplace("pipe", ends_[1]);
  }
  ~FullPipe() override { ::close(ends_[0]); }

  std::string read_all() {
    std::string all;
    std::string piece(1 << 16, '\0');
    for (ssize_t count = 1; count > 0;) {
      count = ::read(ends_[0], piece.data(), piece.size());
      if (count > 0) all.append(piece, 0, static_cast<std::size_t>(count));
    }
    return all;
  }

  std::array<int, 2> ends_{};
  std::optional<GrowingFile> file_;
};

TEST_F(FullPipe, WhatIsMissingIsWrittenOnceThereIsSpace) {
  std::string all;
  for (int i = 0; i < 30; ++i) {
    const std::string piece(10'000, static_cast<char>('a' + i % 26));
    file_->add(piece);
    all += piece;
  }
  EXPECT_NE(file_->failure(), "");
  std::string got;
  for (int i = 0; i < 30; ++i) {
    got += read_all();
    file_->add("");
  }
  EXPECT_EQ(file_->failure(), "");
  EXPECT_TRUE(got == all) << got.size();
}

TEST_F(FullPipe, KeepsNoMoreThanItsLimit) {
  const std::string piece(1'000'000, 'x');
  for (int i = 0; i < 20; ++i) file_->add(piece);
  std::string got;
  for (std::string some = read_all(); !some.empty(); some = read_all()) {
    got += some;
    file_->add("");
  }
  EXPECT_NE(file_->failure(), "") << "it is not whole";
  EXPECT_EQ(got.size() % piece.size(), 0U) << "whole pieces";
  EXPECT_GE(got.size(), 16U * piece.size());
  EXPECT_LT(got.size(), 20U * piece.size());
}

}  // namespace
}  // namespace digits_test
