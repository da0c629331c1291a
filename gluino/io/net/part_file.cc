#include <fcntl.h>
#include <gluino/base/error.h>
#include <gluino/io/net/download.h>
#include <gluino/io/net/part_file.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <thread>
#include <utility>

namespace gluino::io {

PartFile::PartFile(const std::string& path, FunctionRef<bool()> keep_waiting)
    : path_(path), name_(path + ".part") {
  while (!open_and_lock()) {
    if (!keep_waiting()) throw Interrupted(path_ + ": download interrupted");
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

PartFile::~PartFile() {
  if (descriptor_ < 0) return;
  if (size_ == 0) ::unlink(name_.c_str());
  ::close(descriptor_);
}

bool PartFile::open_and_lock() {
  descriptor_ = ::open(name_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail_with_errno("opening");
  struct stat opened {};
  struct stat named {};
  // Whoever held the lock before may have renamed or removed the file meanwhile.
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0 && ::fstat(descriptor_, &opened) == 0 &&
      ::stat(name_.c_str(), &named) == 0 && opened.st_ino == named.st_ino &&
      opened.st_dev == named.st_dev) {
    size_ = static_cast<std::uint64_t>(opened.st_size);
    return true;
  }
  const int reason = errno;
  ::close(std::exchange(descriptor_, -1));
  errno = reason;
  if (reason == ENOLCK || reason == EOPNOTSUPP) fail_with_errno("locking");
  return false;
}

void PartFile::write(const void* data, std::size_t bytes) {
  const char* next = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t written = ::write(descriptor_, next, bytes);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_with_errno("writing");
    next += written;
    bytes -= static_cast<std::size_t>(written);
    size_ += static_cast<std::uint64_t>(written);
  }
}

void PartFile::clear() {
  if (::ftruncate(descriptor_, 0) != 0) fail_with_errno("emptying");
  size_ = 0;
}

void PartFile::commit() {
  if (::fsync(descriptor_) != 0) fail_with_errno("writing");
  if (::rename(name_.c_str(), path_.c_str()) != 0) fail_with_errno("renaming");
  ::close(std::exchange(descriptor_, -1));
  const auto folder = std::filesystem::path(path_).parent_path();
  const int opened = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_CLOEXEC);
  if (opened < 0) return;
  ::fsync(opened);
  ::close(opened);
}

void PartFile::fail_with_errno(const char* doing) {
  fail(name_, ": ", doing, " failed: ", std::strerror(errno));
}

}  // namespace gluino::io
