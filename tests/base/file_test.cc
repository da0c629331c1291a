#include <child_process.h>
#include <fcntl.h>
#include <gluino/base/error.h>
#include <gluino/base/file.h>
#include <gtest/gtest.h>
#include <kill_at.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <deque>
#include <filesystem>
#include <set>
#include <vector>

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

// In a container the next process often has the number of the one before.
TEST_F(FileTest, WhatKilledProcessesLeaveIsInNobodysWay) {
  for (int step = 0;; ++step) {
    const ChildProcess writer([&] {
      steps_before_kill = step;
      write_file(path("f"), "killed");
      return true;
    });
    if (!writer.was_killed()) {
      EXPECT_TRUE(writer.succeeds());
      EXPECT_GE(step, 3) << "to open, to bring to the disk, to rename";
      break;
    }
    const std::string text = std::to_string(step);
    write_file(path("f"), text);
    EXPECT_EQ(read_file(path("f")), text);
    EXPECT_EQ(files(), 1U) << "after a process that was killed at step " << step;
  }
}

TEST_F(FileTest, SeveralLeftoversGoWithTheNextWriter) {
  std::deque<ChildProcess> writers;
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  for (int i = 0; i < 3; ++i) {
    writers.emplace_back([&] {
      FileWriter writer(path("f"));
      writer.write("never done");
      if (::write(ready[1], "x", 1) == 1) ::kill(::getpid(), SIGSTOP);
      return true;
    });
  }
  std::string told(3, ' ');
  for (char& one : told) ASSERT_EQ(::read(ready[0], &one, 1), 1);
  EXPECT_EQ(files(), 3U);
  // They live, if they sleep.
  write_file(path("f"), "mine");
  EXPECT_EQ(files(), 4U);
  for (ChildProcess& writer : writers) {
    ::kill(writer.pid(), SIGKILL);
    EXPECT_TRUE(writer.was_killed());
  }
  write_file(path("f"), "mine again");
  EXPECT_EQ(files(), 1U);
  EXPECT_EQ(read_file(path("f")), "mine again");
}

TEST_F(FileTest, AWriterLeavesOtherFilesAlone) {
  const std::vector<std::string> others = {"f.x.tmp", "f.tmp", "g.0.tmp", "f.0.tmp.txt"};
  for (const std::string& name : others) write_file(path(name), name);
  write_file(path("f"), "text");
  for (const std::string& name : others) EXPECT_EQ(read_file(path(name)), name);
}

TEST_F(FileTest, ManyProcessesWriteOneFile) {
  std::deque<ChildProcess> writers;
  for (int i = 0; i < 6; ++i) {
    writers.emplace_back([&] {
      for (int k = 0; k < 30; ++k)
        write_file(path("f"), std::string(1000, static_cast<char>('a' + i)));
      return true;
    });
  }
  for (ChildProcess& writer : writers) EXPECT_TRUE(writer.succeeds());
  const std::string text = read_file(path("f"));
  EXPECT_EQ(text, std::string(1000, text.at(0)));
  EXPECT_EQ(files(), 1U);
}

TEST_F(FileTest, AForkedProcessLeavesItsParentsFileAlone) {
  {
    FileWriter writer(path("f"));
    writer.write("half, ");
    const ChildProcess child([&] {
      EXPECT_THROW(writer.write("of the child"), Error);
      EXPECT_THROW(writer.commit(), Error);
      writer.~FileWriter();
      return !testing::Test::HasFailure();
    });
    EXPECT_TRUE(child.succeeds());
    writer.write("whole");
    writer.commit();
  }
  EXPECT_EQ(read_file(path("f")), "half, whole");
}

// Whenever it is broken off: no old file is beside a new one.
TEST_F(FileTest, FilesThatAreCommittedTogetherAreNeverMixed) {
  const std::vector<std::string> names = {"a", "b", "c"};
  const auto write_all = [&](const std::string& text) {
    std::deque<FileWriter> writers;
    std::vector<FileWriter*> all;
    for (const std::string& name : names) {
      writers.emplace_back(path(name)).write(text);
      all.push_back(&writers.back());
    }
    commit_together(all);
  };
  for (int step = 0;; ++step) {
    write_all("old");
    const ChildProcess writer([&] {
      steps_before_kill = step;
      write_all("new");
      return true;
    });
    const bool killed = writer.was_killed();
    std::set<std::string> found;
    std::size_t missing = 0;
    for (const std::string& name : names) {
      fs::exists(path(name)) ? found.insert(read_file(path(name))).second : ++missing;
    }
    EXPECT_LE(found.size(), 1U) << "step " << step;
    if (killed) continue;
    EXPECT_TRUE(writer.succeeds());
    EXPECT_EQ(found, std::set<std::string>{"new"});
    EXPECT_EQ(missing, 0U);
    EXPECT_GE(step, 11);
    break;
  }
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

TEST_F(FileTest, ALinkStaysAndWhatItLeadsToIsWritten) {
  write_file(path("one"), "old");
  std::filesystem::create_symlink("one", path("latest"));
  std::filesystem::create_symlink(path("latest"), path("far"));
  std::filesystem::create_symlink("none", path("dangling"));
  write_file(path("latest"), "new");
  EXPECT_EQ(read_file(path("one")), "new");
  write_file(path("far"), "newest");
  EXPECT_EQ(read_file(path("one")), "newest");
  write_file(path("dangling"), "first");
  EXPECT_EQ(read_file(path("none")), "first");
  for (const std::string name : {"latest", "far", "dangling"}) {
    EXPECT_TRUE(std::filesystem::is_symlink(path(name))) << name;
  }
}

// The new file would take the place of the device itself.
// No file may grow beyond 10 bytes from here on, as on a disk that is full.
class FullDisk {
 public:
  FullDisk() {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit few{10, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &few);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int) = signal(SIGXFSZ, SIG_IGN);
};

TEST_F(FileTest, WhatCannotBeWrittenInPlaceLiesBesideIt) {
  std::string name = path("held-XXXXXX");
  const int held = mkstemp(name.data());
  const std::string text = "longer than the disk has room for";
  std::string message;
  {
    FileWriter writer(name);
    writer.write(text.data(), text.size());
    const FullDisk full;
    try {
      writer.commit();
    } catch (const Error& error) {
      message = error.what();
    }
  }
  close(held);
  EXPECT_NE(message.find("writing failed: File too large"), std::string::npos) << message;
  const std::string lies_in = "lies whole in ";
  const std::size_t place = message.find(lies_in);
  ASSERT_NE(place, std::string::npos) << message;
  EXPECT_EQ(read_file(message.substr(place + lies_in.size())), text);
}

TEST_F(FileTest, WhoHoldsTheFileOpenForWritingReadsWhatIsWritten) {
  std::string name = path("made-XXXXXX");
  const int made = mkstemp(name.data());
  const auto read_back = [&] {
    std::string text(100, ' ');
    const ssize_t got = pread(made, text.data(), text.size(), 0);
    return text.substr(0, static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  };
  write_file(name, "a long text");
  EXPECT_EQ(read_back(), "a long text");
  write_file(name, "short");
  EXPECT_EQ(read_back(), "short");
  EXPECT_EQ(files(), 1U);
  close(made);
  // Whoever only reads it has the old file, whole.
  const int reader = open(name.c_str(), O_RDONLY);
  write_file(name, "another");
  std::string old(5, ' ');
  EXPECT_EQ(read(reader, old.data(), old.size()), 5);
  EXPECT_EQ(old, "short");
  EXPECT_EQ(read_file(name), "another");
  close(reader);
}

TEST_F(FileTest, DevicesAndPipesStayWhatTheyAre) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  std::filesystem::create_symlink("/dev/null", path("nowhere"));
  for (const std::string name : {"pipe", "nowhere"}) {
    try {
      write_file(path(name), "x");
      ADD_FAILURE() << name << " was replaced";
    } catch (const Error& error) {
      EXPECT_EQ(error.what(), path(name) +
                                  ": cannot be written: is a device, a pipe or a socket, "
                                  "expected a file");
    }
  }
  EXPECT_TRUE(std::filesystem::is_fifo(path("pipe")));
  EXPECT_TRUE(std::filesystem::is_symlink(path("nowhere")));
}

TEST_F(FileTest, ReplacingAFolderFailsAndLeavesNothingBehind) {
  fs::create_directories(folder_ / "f" / "inner");
  EXPECT_THROW(write_file(path("f"), "x"), Error);
  EXPECT_TRUE(fs::is_directory(folder_ / "f"));
  EXPECT_EQ(files(), 1U);
}

// A limit on memory stands for a machine that has no more.
TEST_F(FileTest, ALackOfMemoryIsAnErrorThatNamesTheFile) {
  if (kSanitized) GTEST_SKIP() << "sanitizers need much memory";
  write_file(path("large"), "");
  fs::resize_file(path("large"), std::uintmax_t{1} << 36);
  const ChildProcess child([&] {
    const rlimit limit{rlim_t{1} << 33, rlim_t{1} << 33};
    ::setrlimit(RLIMIT_AS, &limit);
    try {
      read_file(path("large"));
    } catch (const Error& error) {
      return std::string(error.what()) == path("large") + ": there is not enough memory";
    }
    return false;
  });
  EXPECT_TRUE(child.succeeds());
}

}  // namespace
}  // namespace gluino
