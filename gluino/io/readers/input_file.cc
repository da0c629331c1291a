#include <fcntl.h>
#include <gluino/base/error.h>
#include <gluino/io/readers/input_file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

namespace gluino::io {

InputFile::InputFile(std::string path)
    : path_(std::move(path)), descriptor_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)) {
  check(descriptor_ >= 0, path_, ": cannot be read: ", std::strerror(errno));
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) return;
  if (S_ISREG(status.st_mode)) size_ = static_cast<std::uint64_t>(status.st_size);
  can_seek_ = ::lseek(descriptor_, 0, SEEK_CUR) == 0;
  if (S_ISDIR(status.st_mode)) {
    ::close(std::exchange(descriptor_, -1));
    fail(path_, ": is a folder, expected a file");
  }
}

InputFile::~InputFile() { ::close(descriptor_); }

std::size_t InputFile::read(void* data, std::size_t bytes) {
  char* out = static_cast<char*>(data);
  std::size_t filled = 0;
  while (filled < bytes) {
    // At an offset of our own: that of the descriptor is shared with forked processes.
    const auto place = static_cast<off_t>(position_ + filled);
    const ssize_t got = can_seek_ ? ::pread(descriptor_, out + filled, bytes - filled, place)
                                  : ::read(descriptor_, out + filled, bytes - filled);
    if (got < 0 && errno == EINTR) continue;
    check(got >= 0, path_, ": cannot be read: ", std::strerror(errno));
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  position_ += filled;
  return filled;
}

void InputFile::seek(std::uint64_t position) {
  const bool possible = position <= std::numeric_limits<off_t>::max();
  check(can_seek_ && possible, path_, ": cannot go to byte ", position, ": ",
        std::strerror(possible ? ESPIPE : EINVAL));
  position_ = position;
}

}  // namespace gluino::io
