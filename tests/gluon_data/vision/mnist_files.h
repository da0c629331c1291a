#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace gluino::gluon::data::vision {

/// A folder that is gone at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "gluino_data_XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "no temporary folder " << name;
    path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// An environment variable that has its old value again at the end.
class EnvironmentVariable {
 public:
  EnvironmentVariable(const char* name, const std::string& value) : name_(name) {
    if (const char* old = std::getenv(name)) before_ = old;
    ::setenv(name, value.c_str(), 1);
  }
  EnvironmentVariable(const EnvironmentVariable&) = delete;
  EnvironmentVariable& operator=(const EnvironmentVariable&) = delete;
  ~EnvironmentVariable() {
    if (before_.empty()) {
      ::unsetenv(name_);
    } else {
      ::setenv(name_, before_.c_str(), 1);
    }
  }

 private:
  const char* name_;
  std::string before_;
};

/// Writes one of MNIST's files by its published layout: `count` items, each of 784 bytes or of one
/// byte; byte k of item i is (10 i + k) mod 256, a label i mod 10.
inline void write_mnist_file(const std::filesystem::path& path, std::uint8_t count, bool images) {
  std::string bytes{'\0', '\0', '\x08', images ? '\x03' : '\x01'};
  const auto append_size = [&](std::uint8_t size) {
    bytes += std::string{'\0', '\0', '\0', static_cast<char>(size)};
  };
  append_size(count);
  if (images) append_size(28);
  if (images) append_size(28);
  for (int i = 0; i < count; ++i) {
    if (!images) bytes += static_cast<char>(i % 10);
    for (int k = 0; images && k < 784; ++k) bytes += static_cast<char>((10 * i + k) % 256);
  }
  std::ofstream(path, std::ios::binary) << bytes;
}

inline void write_mnist(const std::filesystem::path& folder, std::uint8_t train,
                        std::uint8_t test) {
  std::filesystem::create_directories(folder);
  write_mnist_file(folder / "train-images-idx3-ubyte", train, true);
  write_mnist_file(folder / "train-labels-idx1-ubyte", train, false);
  write_mnist_file(folder / "t10k-images-idx3-ubyte", test, true);
  write_mnist_file(folder / "t10k-labels-idx1-ubyte", test, false);
}

}  // namespace gluino::gluon::data::vision
