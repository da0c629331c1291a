#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace gluino::io {

/// A file read piece by piece, as a rule from its beginning to its end. Errors name the file.
class InputFile {
 public:
  /// Throws Error when there is no such file, it is a folder, or it may not be read.
  explicit InputFile(std::string path);
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile();

  /// Reads up to `bytes`; fewer only at the end of the file. Returns how many.
  std::size_t read(void* data, std::size_t bytes);
  /// Goes on reading at byte `position`. Throws Error if it is a pipe or the like.
  void seek(std::uint64_t position);

  const std::string& path() const { return path_; }
  /// The file's size when it was opened; 0 if it is a pipe or the like.
  std::uint64_t size() const { return size_; }
  /// Where the next byte comes from.
  std::uint64_t position() const { return position_; }

 private:
  std::string path_;
  int descriptor_ = -1;
  bool can_seek_ = false;
  std::uint64_t size_ = 0;
  std::uint64_t position_ = 0;
};

}  // namespace gluino::io
