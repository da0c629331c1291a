#pragma once

#include <fcntl.h>
#include <gluino/base/dtype.h>
#include <gluino/base/file.h>
#include <gluino/io/digits/digit_strokes.h>
#include <gluino/io/readers/idx.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

/// Runs the programs, `digits` unless told otherwise, as a user does.
namespace digits_test {

using Json = nlohmann::json;

class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "digits-XXXXXX").string();
    gluino::check(::mkdtemp(name.data()) != nullptr, "no temporary folder");
    path_ = name;
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  std::size_t count() const {
    std::size_t files = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(path_)) ++files;
    return files;
  }

 private:
  std::string path_;
};

inline std::string read(const std::string& path) { return gluino::read_file(path); }
inline bool exists(const std::string& path) { return std::filesystem::exists(path); }

inline std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> result;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) result.push_back(line);
  return result;
}

struct RunOptions {
  std::string program = DIGITS_PROGRAM;
  std::map<std::string, std::string> environment{};
  /// Where it is started; empty: where we are.
  std::string folder{};
  /// The largest file that may be written; 0: no limit.
  rlim_t max_file_bytes = 0;
  /// Instead of being kept; -1: kept.
  int out = -1;
  int err = -1;
};

struct Result {
  /// The exit code; 1000 + the signal's number if one ended the program.
  int code = 0;
  std::string out;
  std::string err;
};

/// The code of one that was killed.
constexpr int kKilled = 1000 + SIGKILL;

/// The program while it runs.
class Program {
 public:
  explicit Program(const std::vector<std::string>& arguments, const RunOptions& options = {}) {
    pid_ = ::fork();
    if (pid_ == 0) become(arguments, options);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }

  pid_t pid() const { return pid_; }
  /// What it has written to standard output, and to standard error, so far.
  std::string out() const { return exists(out_) ? read(out_) : ""; }
  std::string err() const { return exists(err_) ? read(err_) : ""; }

  /// Waits until standard output contains `text`; false when it takes too long.
  bool says(const std::string& text) const {
    return eventually([&] { return exists(out_) && read(out_).find(text) != std::string::npos; });
  }
  /// Standard output so far.
  std::string output() const { return exists(out_) ? read(out_) : ""; }
  /// Waits until the program handles SIGINT.
  bool handles_interrupts() const {
    return eventually([&] {
      for (const std::string& line : lines(read("/proc/" + std::to_string(pid_) + "/status"))) {
        if (line.starts_with("SigCgt:")) return (std::stoull(line.substr(8), nullptr, 16) & 2) != 0;
      }
      return false;
    });
  }
  void interrupt() const { send(SIGINT); }
  void send(int signal) const { ::kill(pid_, signal); }

  Result wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status),
            exists(out_) ? read(out_) : "", exists(err_) ? read(err_) : ""};
  }

 private:
  template <class Condition>
  static bool eventually(const Condition& condition) {
    for (int i = 0; i < 6000; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  }

  static void redirect(int from, int to, const std::string& path) {
    if (from < 0) from = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(from, to);
  }

  [[noreturn]] void become(const std::vector<std::string>& arguments, const RunOptions& options) {
    redirect(options.out, STDOUT_FILENO, out_);
    redirect(options.err, STDERR_FILENO, err_);
    for (const auto& [name, value] : options.environment) {
      ::setenv(name.c_str(), value.c_str(), 1);
    }
    if (!options.folder.empty() && ::chdir(options.folder.c_str()) != 0) ::_exit(127);
    if (options.max_file_bytes != 0) {
      const rlimit limit{options.max_file_bytes, options.max_file_bytes};
      ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    std::vector<std::string> all = {options.program};
    all.insert(all.end(), arguments.begin(), arguments.end());
    std::vector<char*> pointers;
    for (std::string& argument : all) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    ::execv(options.program.c_str(), pointers.data());
    ::_exit(127);
  }

  TempFolder folder_;
  std::string out_ = folder_ / "out";
  std::string err_ = folder_ / "err";
  pid_t pid_ = -1;
};

inline Result run(const std::vector<std::string>& arguments, const RunOptions& options = {}) {
  return Program(arguments, options).wait();
}

/// The command line cut at spaces, with more behind it.
inline std::vector<std::string> words(const std::string& text,
                                      const std::vector<std::string>& more = {}) {
  std::vector<std::string> result;
  std::istringstream in(text);
  for (std::string word; in >> word;) result.push_back(word);
  result.insert(result.end(), more.begin(), more.end());
  return result;
}

inline Json last_json(const Result& result) { return Json::parse(lines(result.out).back()); }

/// One sentence on standard error that contains `part`.
inline void expect_sentence(const Result& result, const std::string& part) {
  EXPECT_EQ(lines(result.err).size(), 1U) << result.err;
  EXPECT_TRUE(result.err.starts_with("digits: ")) << result.err;
  EXPECT_NE(result.err.find(part), std::string::npos) << result.err << "lacks: " << part;
}

/// MNIST's four files in small: drawn digits, not packed.
struct SmallMnist {
  explicit SmallMnist(std::int64_t train = 200, std::int64_t test = 60) {
    write(images_name(true), labels_name(true), 0, train);
    write(images_name(false), labels_name(false), 100'000, test);
  }
  static std::string images_name(bool train) {
    return train ? "train-images-idx3-ubyte" : "t10k-images-idx3-ubyte";
  }
  static std::string labels_name(bool train) {
    return train ? "train-labels-idx1-ubyte" : "t10k-labels-idx1-ubyte";
  }

  /// What the programs call it: its folder's name, since it is not MNIST.
  std::string name() const { return std::filesystem::path(folder.path()).filename().string(); }

  TempFolder folder;

 private:
  void write(const std::string& images, const std::string& labels, std::int64_t first,
             std::int64_t count) const {
    constexpr std::size_t kPixels = 784;
    const auto size = static_cast<std::size_t>(count);
    gluino::io::IdxArray x{.dtype = gluino::uint8,
                           .shape = {count, 28, 28},
                           .data = std::vector<std::uint8_t>(size * kPixels)};
    gluino::io::IdxArray y{
        .dtype = gluino::uint8, .shape = {count}, .data = std::vector<std::uint8_t>(size)};
    for (std::size_t i = 0; i < size; ++i) {
      const std::span<std::uint8_t, kPixels> pixels(x.data.data() + i * kPixels, kPixels);
      y.data[i] = static_cast<std::uint8_t>(
          gluino::io::draw_digit(7, static_cast<std::uint64_t>(first) + i, pixels));
    }
    gluino::io::write_idx(folder / images, x);
    gluino::io::write_idx(folder / labels, y);
  }
};

/// How often `part` stands in the text.
inline std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t i = text.find(part); i != std::string::npos; i = text.find(part, i + 1)) ++found;
  return found;
}

}  // namespace digits_test
