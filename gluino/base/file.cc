#include <fcntl.h>
#include <gluino/base/error.h>
#include <gluino/base/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace gluino {
namespace {

struct Descriptor {
  int fd = -1;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

// A name beside `path` that nobody else uses.
std::string temporary_name(const std::string& path) {
  static std::atomic<unsigned> counter = 0;
  return str(path, ".", ::getpid(), "-", counter.fetch_add(1), ".tmp");
}

}  // namespace

FileWriter::FileWriter(std::string path)
    : path_(std::move(path)), temporary_(temporary_name(path_)) {
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail(path_, ": cannot be written: ", std::strerror(errno));
}

FileWriter::~FileWriter() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
}

void FileWriter::write(const void* data, std::size_t bytes) {
  const char* next = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t written = ::write(descriptor_, next, bytes);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_with_errno("writing");
    next += written;
    bytes -= static_cast<std::size_t>(written);
  }
}

void FileWriter::commit() {
  if (::fsync(descriptor_) != 0) fail_with_errno("writing");
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail_with_errno("replacing");
  ::close(std::exchange(descriptor_, -1));
  // The new name itself must reach the disk; a file system that cannot sync a folder loses nothing.
  const auto folder = std::filesystem::path(path_).parent_path();
  const Descriptor opened{
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (opened.fd >= 0) ::fsync(opened.fd);
}

void FileWriter::fail_with_errno(const char* doing) {
  fail(path_, ": ", doing, " failed: ", std::strerror(errno),
       "; the earlier file, if any, is whole");
}

void write_file(const std::string& path, std::string_view text) {
  FileWriter writer(path);
  writer.write(text);
  writer.commit();
}

std::string read_file(const std::string& path, std::uint64_t max_bytes) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.fd < 0) fail(path, ": cannot be read: ", std::strerror(errno));
  struct stat status {};
  check(::fstat(file.fd, &status) == 0, path, ": cannot be read: ", std::strerror(errno));
  check(!S_ISDIR(status.st_mode), path, ": is a folder, expected a file");
  std::string content;
  // The size is only a hint: pipes have none, and a file may grow while it is read.
  constexpr std::size_t kPiece = std::size_t{1} << 16;
  std::size_t filled = 0;
  content.resize(std::min<std::uint64_t>(static_cast<std::uint64_t>(status.st_size), max_bytes) +
                 1);
  for (;;) {
    if (filled == content.size()) content.resize(content.size() + content.size() / 2 + kPiece);
    const ssize_t got = ::read(file.fd, content.data() + filled, content.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    check(got >= 0, path, ": cannot be read: ", std::strerror(errno));
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
    check(filled <= max_bytes, path, ": larger than the ", max_bytes, " bytes expected at most");
  }
  content.resize(filled);
  return content;
}

}  // namespace gluino
