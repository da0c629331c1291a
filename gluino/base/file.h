#pragma once

#include <gluino/base/export.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace gluino {

class FileWriter;

/// Commits files that belong together, in this order. Whatever happens, they are the old ones, the
/// new ones, or some are missing: never is an old one beside a new one. When the disk is full, the
/// old ones stay.
GLUINO_API void commit_together(std::span<FileWriter* const> writers);

/// Writes a file that is, at every moment and after any failure, the old one or the new one: the
/// bytes go to a file beside it, `path`.0.tmp, which takes its place on commit(). Of several
/// writers at once each has a number of its own. What a process leaves behind that is killed goes
/// with the next writer for the same path: a lock tells it from files that somebody still writes.
/// Throws Error where a folder, a device or a pipe has the name. A symbolic link stays; what it
/// leads to is written. A file that this very process holds open for writing, as a temporary file
/// that it made, is overwritten in place on commit(), since its holder would not see another.
class GLUINO_API FileWriter {
 public:
  /// Throws Error when no file can be made in the folder of `path`, or `path` is a folder.
  explicit FileWriter(std::string path);
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;
  /// Without a commit() before, removes what was written; the file at `path` stays as it was.
  ~FileWriter();

  /// Appends. Throws Error when the disk is full or fails, and in a child process that was forked
  /// meanwhile: the file is its parent's.
  void write(const void* data, std::size_t bytes);
  void write(std::string_view text) { write(text.data(), text.size()); }

  /// Brings the bytes to the disk and gives them the name `path`.
  void commit();

  const std::string& path() const { return path_; }

 private:
  friend void commit_together(std::span<FileWriter* const> writers);
  bool open_temporary();
  void check_is_ours() const;
  void bring_to_disk();
  void take_place();
  [[noreturn]] void fail_with_errno(const char* doing) const;

  std::string path_;
  std::string place_;  // where a link leads to
  std::string temporary_;
  int descriptor_ = -1;
  std::uint64_t made_in_;  // which of the processes that forks part
};

/// Writes `text` to `path` as FileWriter does.
GLUINO_API void write_file(const std::string& path, std::string_view text);

/// The whole content of a file. Throws Error, naming the file, when it is missing, cannot be read,
/// or is larger than `max_bytes`.
GLUINO_API std::string read_file(const std::string& path,
                                 std::uint64_t max_bytes = std::uint64_t{1} << 40);

}  // namespace gluino
