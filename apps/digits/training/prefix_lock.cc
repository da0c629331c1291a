#include <apps/digits/console/failure.h>
#include <apps/digits/training/prefix_lock.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace digits {
namespace {

// The one before may have taken the name away between our open and our lock.
bool is_still_named(int descriptor, const std::string& path) {
  struct stat locked {};
  struct stat named {};
  return ::fstat(descriptor, &locked) == 0 && ::stat(path.c_str(), &named) == 0 &&
         locked.st_ino == named.st_ino && locked.st_dev == named.st_dev;
}

}  // namespace

PrefixLock::PrefixLock(const std::string& prefix) : path_(prefix + ".lock") {
  for (;;) {
    descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    gluino::check(descriptor_ >= 0, path_, ": cannot be written: ", std::strerror(errno));
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      ::close(descriptor_);
      throw Failure(Exit::wrong_use,
                    gluino::str("--save: expected a prefix that no other training has, but one "
                                "that runs now has ",
                                prefix));
    }
    // A file system without locks has none to offer.
    if (is_still_named(descriptor_, path_)) return;
    ::close(descriptor_);
  }
}

PrefixLock::~PrefixLock() {
  ::unlink(path_.c_str());
  ::close(descriptor_);
}

}  // namespace digits
