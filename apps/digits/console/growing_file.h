#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace digits {

/// A file that grows piece by piece and can be read meanwhile, for what is told of long work. A
/// full disk does not end that: what finds no space is kept, up to 16 MiB, and written before the
/// next piece. So the file is always a beginning of what was added, and whole again once there is
/// space.
class GrowingFile {
 public:
  /// Begins the file anew. Throws gluino::Error when it cannot be opened.
  explicit GrowingFile(std::string path);
  /// Goes on with an open file, which it closes at the end.
  GrowingFile(std::string path, int descriptor);
  GrowingFile(const GrowingFile&) = delete;
  GrowingFile& operator=(const GrowingFile&) = delete;
  ~GrowingFile();

  /// Appends as much as there is space for; an empty piece tries what is missing once more.
  void add(std::string_view piece);

  /// Why the file is not whole; empty: it is.
  const std::string& failure() const { return failure_; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  int descriptor_ = -1;
  std::string missing_;
  bool is_lossy_ = false;  // more was missing than is kept
  std::string failure_;
};

}  // namespace digits
