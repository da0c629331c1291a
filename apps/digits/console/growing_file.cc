#include <apps/digits/console/growing_file.h>
#include <fcntl.h>
#include <gluino/base/error.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace digits {
namespace {

constexpr std::size_t kMostKept = std::size_t{1} << 24;

}  // namespace

GrowingFile::GrowingFile(std::string path)
    : path_(std::move(path)),
      descriptor_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {
  gluino::check(descriptor_ >= 0, path_, ": cannot be written: ", std::strerror(errno));
}

GrowingFile::GrowingFile(std::string path, int descriptor)
    : path_(std::move(path)), descriptor_(descriptor) {}

GrowingFile::~GrowingFile() { ::close(descriptor_); }

void GrowingFile::add(std::string_view piece) {
  // Whole pieces only, so that what follows is still understood.
  is_lossy_ = is_lossy_ || missing_.size() + piece.size() > kMostKept;
  if (!is_lossy_) missing_ += piece;
  std::size_t done = 0;
  int error = 0;
  while (done < missing_.size() && error == 0) {
    const ssize_t count = ::write(descriptor_, missing_.data() + done, missing_.size() - done);
    if (count >= 0) done += static_cast<std::size_t>(count);
    if (count < 0 && errno != EINTR) error = errno;
  }
  missing_.erase(0, done);
  if (error != 0) {
    failure_ = gluino::str(path_, ": cannot be written: ", std::strerror(error));
  } else if (!is_lossy_) {
    failure_.clear();
  }
}

}  // namespace digits
