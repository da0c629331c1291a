#include <fcntl.h>
#include <gluino/base/error.h>
#include <gluino/base/file.h>
#include <gluino/base/fork.h>
#include <gluino/base/memory.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace gluino {
namespace {

struct Descriptor {
  int fd = -1;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

// Writers lock the file under their temporary name for as long as it has that name. So one that can
// be locked is left from a process that was killed. While we hold the lock nobody else takes the
// name away, and so what we remove is what we have locked.
bool remove_if_left_behind(const std::string& temporary) {
  const Descriptor file{::open(temporary.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
  struct stat locked {};
  struct stat named {};
  return file.fd >= 0 && ::flock(file.fd, LOCK_EX | LOCK_NB) == 0 &&
         ::fstat(file.fd, &locked) == 0 && ::lstat(temporary.c_str(), &named) == 0 &&
         locked.st_ino == named.st_ino && locked.st_dev == named.st_dev &&
         ::unlink(temporary.c_str()) == 0;
}

// Beyond the names that one writer at a time uses.
constexpr int kSearchedNames = 8;
constexpr int kMostNames = 1 << 16;

std::string temporary_name(const std::string& path, int number) {
  return str(path, ".", number, ".tmp");
}

// Where a symbolic link leads to, whether or not there is something; the path itself if it is none.
std::string behind_links(const std::string& path) {
  constexpr int kMostLinks = 40;
  std::filesystem::path place = path;
  std::error_code error;
  for (int i = 0; i < kMostLinks && std::filesystem::is_symlink(place, error); ++i) {
    const auto next = std::filesystem::read_symlink(place, error);
    if (error) break;
    place = place.parent_path() / next;
  }
  return place.string();
}

// A descriptor for writing `place` if it is a file that this process already holds open for
// writing, as do Python's NamedTemporaryFile and mkstemp; else -1. Whoever holds it reads there
// what is written, and would go on reading the old file if a new one took the name.
int open_if_held(const std::string& place) {
  struct stat named {};
  if (::stat(place.c_str(), &named) != 0 || !S_ISREG(named.st_mode)) return -1;
  std::error_code error;
  auto entry = std::filesystem::directory_iterator("/proc/self/fd", error);
  for (const auto end = std::filesystem::directory_iterator(); !error && entry != end;
       entry.increment(error)) {
    const std::string digits = entry->path().filename().string();
    int fd = -1;
    std::from_chars(digits.data(), digits.data() + digits.size(), fd);
    struct stat held {};
    if (::fstat(fd, &held) != 0 || held.st_ino != named.st_ino || held.st_dev != named.st_dev) {
      continue;
    }
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags >= 0 && (flags & O_ACCMODE) != O_RDONLY) {
      return ::open(place.c_str(), O_WRONLY | O_CLOEXEC);
    }
  }
  return -1;
}

// Makes `to` hold the bytes of the file `from`; false, with the reason in errno, if it cannot.
bool pour(const std::string& from, int to) {
  const Descriptor source{::open(from.c_str(), O_RDONLY | O_CLOEXEC)};
  if (source.fd < 0 || ::ftruncate(to, 0) != 0) return false;
  std::string piece(std::size_t{1} << 20, '\0');
  for (;;) {
    const ssize_t got = ::read(source.fd, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got == 0 && ::fsync(to) == 0;
    for (ssize_t done = 0; done < got;) {
      const auto rest = static_cast<std::size_t>(got - done);
      const ssize_t written = ::write(to, piece.data() + done, rest);
      if (written < 0 && errno != EINTR) return false;
      done += std::max<ssize_t>(written, 0);
    }
  }
}

// All bytes of an open file.
std::string read_all(int descriptor, const struct stat& status, const std::string& path,
                     std::uint64_t max_bytes) {
  std::string content;
  // The size is only a hint: pipes have none, and a file may grow while it is read.
  constexpr std::size_t kPiece = std::size_t{1} << 16;
  std::size_t filled = 0;
  content.resize(std::min<std::uint64_t>(static_cast<std::uint64_t>(status.st_size), max_bytes) +
                 1);
  for (;;) {
    if (filled == content.size()) content.resize(content.size() + content.size() / 2 + kPiece);
    const ssize_t got = ::read(descriptor, content.data() + filled, content.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    check(got >= 0, path, ": cannot be read: ", std::strerror(errno));
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
    check(filled <= max_bytes, path, ": larger than the ", max_bytes, " bytes expected at most");
  }
  content.resize(filled);
  return content;
}

}  // namespace

FileWriter::FileWriter(std::string path)
    : path_(std::move(path)), place_(behind_links(path_)), made_in_(fork_count()) {
  std::error_code ignored;
  const auto there = std::filesystem::status(path_, ignored);
  check(!std::filesystem::is_directory(there), path_,
        ": cannot be written: is a folder, expected a file");
  // The new file would take the place of /dev/null itself.
  check(!std::filesystem::is_other(there), path_,
        ": cannot be written: is a device, a pipe or a socket, expected a file");
  for (int number = 0; descriptor_ < 0 && number < kMostNames; ++number) {
    temporary_ = temporary_name(place_, number);
    if (open_temporary()) break;
    if (errno != EEXIST && errno != EWOULDBLOCK) {
      fail(path_, ": cannot be written: ", std::strerror(errno));
    }
    if (remove_if_left_behind(temporary_) && open_temporary()) break;
  }
  check(descriptor_ >= 0, path_, ": cannot be written: ", kMostNames, " others write it");
  for (int number = 0; number < kSearchedNames; ++number) {
    const std::string other = temporary_name(place_, number);
    if (other != temporary_) remove_if_left_behind(other);
  }
}

// False, with the reason in errno, if the name is taken.
bool FileWriter::open_temporary() {
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor_ < 0) return false;
  // A file system without locks keeps what killed processes leave.
  struct stat status {};
  const bool lost = ::flock(descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  if (!lost && ::fstat(descriptor_, &status) == 0 && status.st_nlink > 0) return true;
  // Somebody took it, before the lock, for a file that was left behind.
  ::close(std::exchange(descriptor_, -1));
  errno = EWOULDBLOCK;
  return false;
}

FileWriter::~FileWriter() {
  if (descriptor_ < 0) return;
  if (made_in_ == fork_count()) ::unlink(temporary_.c_str());
  ::close(descriptor_);
}

void FileWriter::check_is_ours() const {
  check(made_in_ == fork_count(), path_,
        ": was begun by the parent of this process, which alone can go on writing it");
}

void FileWriter::write(const void* data, std::size_t bytes) {
  check_is_ours();
  const char* next = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t written = ::write(descriptor_, next, bytes);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_with_errno("writing");
    next += written;
    bytes -= static_cast<std::size_t>(written);
  }
}

void FileWriter::bring_to_disk() {
  check_is_ours();
  if (::fsync(descriptor_) != 0) fail_with_errno("writing");
}

void FileWriter::take_place() {
  if (const Descriptor held{open_if_held(place_)}; held.fd >= 0) {
    const bool whole = pour(temporary_, held.fd);
    const int reason = errno;
    if (whole) ::unlink(temporary_.c_str());
    ::close(std::exchange(descriptor_, -1));
    check(
        whole, path_, ": writing failed: ", std::strerror(reason),
        "; this program holds the file open, and so it was overwritten in place; what was to stand "
        "there lies whole in ",
        temporary_);
    return;
  }
  if (::rename(temporary_.c_str(), place_.c_str()) != 0) fail_with_errno("replacing");
  ::close(std::exchange(descriptor_, -1));
  // The new name itself must reach the disk; a file system that cannot sync a folder loses nothing.
  const auto folder = std::filesystem::path(place_).parent_path();
  const Descriptor opened{
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (opened.fd >= 0) ::fsync(opened.fd);
}

void FileWriter::commit() {
  bring_to_disk();
  take_place();
}

void FileWriter::fail_with_errno(const char* doing) const {
  fail(path_, ": ", doing, " failed: ", std::strerror(errno),
       "; the earlier file, if any, is whole");
}

void commit_together(std::span<FileWriter* const> writers) {
  for (FileWriter* writer : writers) writer->bring_to_disk();
  bool first = true;
  for (const FileWriter* writer : writers) {
    const bool gone = first || ::unlink(writer->place_.c_str()) == 0 || errno == ENOENT;
    if (!gone) writer->fail_with_errno("replacing");
    first = false;
  }
  for (FileWriter* writer : writers) writer->take_place();
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
  return needing_memory(path, [&] { return read_all(file.fd, status, path, max_bytes); });
}

}  // namespace gluino
