#include <gluino/base/error.h>
#include <gluino/base/file.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

namespace gluino {
namespace {

namespace fs = std::filesystem;

class FileTest : public testing::Test {
 protected:
  FileTest() {
    std::string name = (fs::temp_directory_path() / "gluino-file-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw Error("no temporary folder");
    folder_ = name;
  }
  ~FileTest() override { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  fs::path folder_;
};

TEST_F(FileTest, WritesAndReads) {
  const std::string bytes("a\0b\n", 4);
  write_file(path("f"), bytes);
  EXPECT_EQ(read_file(path("f")), bytes);
  write_file(path("f"), "");
  EXPECT_EQ(read_file(path("f")), "");
  const std::string large(300000, 'x');
  write_file(path("f"), large);
  EXPECT_EQ(read_file(path("f")), large);
  EXPECT_EQ(files(), 1U);
}

TEST_F(FileTest, WithoutCommitTheEarlierFileStays) {
  write_file(path("f"), "old");
  {
    FileWriter writer(path("f"));
    writer.write("new, but");
    EXPECT_EQ(read_file(path("f")), "old");
  }
  EXPECT_EQ(read_file(path("f")), "old");
  EXPECT_EQ(files(), 1U);
}

// A limit on the size of files stands for a full disk. It holds for a whole process, so a child
// tries it.
TEST_F(FileTest, WithAFullDiskTheEarlierFileIsWhole) {
  write_file(path("f"), "old");
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1000, 1000};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(2);
    try {
      write_file(path("f"), std::string(5000, 'x'));
    } catch (const Error& error) {
      const std::string what = error.what();
      const bool told = what.find(path("f")) != what.npos && what.find("whole") != what.npos;
      _exit(told ? 0 : 3);
    }
    _exit(1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(read_file(path("f")), "old");
  EXPECT_EQ(files(), 1U);
}

TEST_F(FileTest, SaysWhatIsWrong) {
  const auto message = [](auto action) {
    try {
      action();
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_EQ(message([&] { read_file(path("none")); }),
            path("none") + ": cannot be read: No such file or directory");
  EXPECT_EQ(message([&] { read_file(folder_.string()); }),
            folder_.string() + ": is a folder, expected a file");
  EXPECT_EQ(message([&] { write_file(path("no/such/folder"), "x"); }),
            path("no/such/folder") + ": cannot be written: No such file or directory");
  write_file(path("f"), "12345");
  EXPECT_EQ(read_file(path("f"), 5), "12345");
  EXPECT_THROW(read_file(path("f"), 4), Error);
}

TEST_F(FileTest, ReplacingAFolderFailsAndLeavesNothingBehind) {
  fs::create_directories(folder_ / "f" / "inner");
  EXPECT_THROW(write_file(path("f"), "x"), Error);
  EXPECT_TRUE(fs::is_directory(folder_ / "f"));
  EXPECT_EQ(files(), 1U);
}

}  // namespace
}  // namespace gluino
