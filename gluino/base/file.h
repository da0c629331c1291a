#pragma once

#include <gluino/base/export.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace gluino {

/// Writes a file that is, at every moment and after any failure, the old one or the new one: the
/// bytes go to a file beside it, which takes its place on commit().
class GLUINO_API FileWriter {
 public:
  /// Throws Error when no file can be made in the folder of `path`.
  explicit FileWriter(std::string path);
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;
  /// Without a commit() before, removes what was written; the file at `path` stays as it was.
  ~FileWriter();

  /// Appends. Throws Error when the disk is full or fails.
  void write(const void* data, std::size_t bytes);
  void write(std::string_view text) { write(text.data(), text.size()); }

  /// Brings the bytes to the disk and gives them the name `path`.
  void commit();

 private:
  [[noreturn]] void fail_with_errno(const char* doing);

  std::string path_;
  std::string temporary_;
  int descriptor_ = -1;
};

/// Writes `text` to `path` as FileWriter does.
GLUINO_API void write_file(const std::string& path, std::string_view text);

/// The whole content of a file. Throws Error, naming the file, when it is missing, cannot be read,
/// or is larger than `max_bytes`.
GLUINO_API std::string read_file(const std::string& path,
                                 std::uint64_t max_bytes = std::uint64_t{1} << 40);

}  // namespace gluino
