#include <apps/digits/training/metrics_file.h>
#include <gluino/base/error.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace digits {

MetricsFile::MetricsFile(std::string path)
    : path_(std::move(path)), file_(std::fopen(path_.c_str(), "we")) {
  if (file_ == nullptr) fail_with_errno();
}

void MetricsFile::add(const nlohmann::ordered_json& line) {
  const std::string text = line.dump() + "\n";
  const bool written = std::fwrite(text.data(), 1, text.size(), file_.get()) == text.size();
  if (!written || std::fflush(file_.get()) != 0) fail_with_errno();
}

void MetricsFile::fail_with_errno() const {
  gluino::fail(path_, ": expected to write the metrics there, but ", std::strerror(errno));
}

}  // namespace digits
