#pragma once

#include <gluino/base/function_ref.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace gluino::io {

/// The file `path`.part into which a download of `path` goes, locked against other processes and
/// threads. It stays for a later run to resume, unless it is empty. Errors name the file.
class PartFile {
 public:
  /// Opens what an earlier run left, or a new file. While another process holds it, waits and calls
  /// `keep_waiting` several times a second; throws Interrupted when that returns false.
  PartFile(const std::string& path, FunctionRef<bool()> keep_waiting);
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  ~PartFile();

  const std::string& name() const { return name_; }
  std::uint64_t size() const { return size_; }

  /// Appends. Throws Error when the disk is full or fails.
  void write(const void* data, std::size_t bytes);
  /// Empties it.
  void clear();
  /// Brings the bytes to the disk and gives them the name `path`.
  void commit();

 private:
  bool open_and_lock();
  [[noreturn]] void fail_with_errno(const char* doing);

  std::string path_;
  std::string name_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace gluino::io
