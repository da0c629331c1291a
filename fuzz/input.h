#pragma once

#include <gluino/base/error.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>

/// What fuzz targets share. A target gives the bytes that libFuzzer tries to a reader; anything but
/// a gluino::Error ends the program with a report.
namespace gluino::fuzz {

/// What readers may at most be made to take, so that no input is slow.
inline constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 20;

/// A file in memory with these bytes, for readers that want a path.
class MemoryFile {
 public:
  MemoryFile(const std::uint8_t* data, std::size_t size)
      : descriptor_(::memfd_create("input", MFD_CLOEXEC)),
        path_(str("/proc/self/fd/", descriptor_)) {
    check(descriptor_ >= 0 && ::write(descriptor_, data, size) == static_cast<ssize_t>(size),
          "no file in memory");
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { ::close(descriptor_); }
  const std::string& path() const { return path_; }

 private:
  int descriptor_;
  std::string path_;
};

/// Calls `read`, which may refuse its input by an Error.
template <class F>
void try_to(F&& read) {
  try {
    read();
  } catch (const Error&) {
    // As it should be.
  }
}

/// Ends the program unless `ok`: for what must hold for input that was accepted.
inline void require(bool ok) {
  if (!ok) __builtin_trap();
}

}  // namespace gluino::fuzz
