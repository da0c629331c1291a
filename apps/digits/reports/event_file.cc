#include <apps/digits/reports/event_file.h>
#include <apps/digits/reports/wire_format.h>
#include <fcntl.h>
#include <gluino/base/error.h>
#include <gluino/base/text.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <boost/crc.hpp>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>
#include <iterator>
#include <utility>
#include <vector>

namespace digits::reports {
namespace {

using gluino::str;

// Numbers of the fields in TensorFlow's messages.
namespace event {
constexpr int kWallTime = 1;
constexpr int kStep = 2;
constexpr int kFileVersion = 3;
constexpr int kSummary = 5;
}  // namespace event
namespace summary {
constexpr int kValue = 1;
constexpr int kTag = 1;
constexpr int kSimpleValue = 2;
constexpr int kImage = 4;
constexpr int kHistogram = 5;
}  // namespace summary
namespace image {
constexpr int kHeight = 1;
constexpr int kWidth = 2;
constexpr int kColors = 3;
constexpr int kEncoded = 4;
constexpr int kGrey = 1;
}  // namespace image
namespace histogram {
constexpr int kMin = 1;
constexpr int kMax = 2;
constexpr int kCount = 3;
constexpr int kSum = 4;
constexpr int kSumOfSquares = 5;
constexpr int kLimits = 6;
constexpr int kCounts = 7;
}  // namespace histogram

constexpr std::size_t kBuckets = 30;
constexpr std::string_view kVersion = "brain.Event:2";

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// A file that was not there; of several begun in the same second each has a number of its own.
int open_new(const std::string& folder, std::string& path) {
  const std::string time = gluino::zero_padded(static_cast<std::int64_t>(now()), 10);
  constexpr int kMostTries = 1000;
  for (int i = 0; i < kMostTries; ++i) {
    path = str(folder, "/events.out.tfevents.", time, ".digits.", ::getpid(), ".", i);
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
    if (file >= 0 || errno != EEXIST) return file;
  }
  return -1;
}

Message histogram_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const double low = values.front();
  const double high = values.back();
  std::vector<double> limits;
  std::vector<double> counts;
  double sum = 0;
  double sum_of_squares = 0;
  for (const double value : values) {
    sum += value;
    sum_of_squares += value * value;
  }
  std::size_t before = 0;
  for (std::size_t i = 1; i <= kBuckets; ++i) {
    const bool is_last = i == kBuckets || low == high;
    const double limit =
        is_last ? high : low + (high - low) * static_cast<double>(i) / double(kBuckets);
    const auto upto = static_cast<std::size_t>(
        std::upper_bound(values.begin(), values.end(), limit) - values.begin());
    limits.push_back(limit);
    counts.push_back(static_cast<double>(upto - before));
    before = upto;
    if (is_last) break;
  }
  return Message()
      .add_double(histogram::kMin, low)
      .add_double(histogram::kMax, high)
      .add_double(histogram::kCount, static_cast<double>(values.size()))
      .add_double(histogram::kSum, sum)
      .add_double(histogram::kSumOfSquares, sum_of_squares)
      .add_doubles(histogram::kLimits, limits)
      .add_doubles(histogram::kCounts, counts);
}

}  // namespace

std::uint32_t masked_checksum(std::string_view bytes) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return std::rotr(static_cast<std::uint32_t>(crc.checksum()), 15) + 0xa282ead8U;
}

std::int64_t count_records(std::string_view file, const std::string& source) {
  std::int64_t count = 0;
  const auto take = [&](std::uint64_t bytes) {
    gluino::check(bytes <= file.size(), source, ": record ", count,
                  ": expected its end, found that of the file");
    const std::string_view taken = file.substr(0, bytes);
    file.remove_prefix(bytes);
    return taken;
  };
  const auto take_checked = [&](std::uint64_t bytes, const char* what) {
    const std::string_view taken = take(bytes);
    gluino::check(take(4) == little_endian(masked_checksum(taken), 4), source, ": record ", count,
                  ": expected the ", what, " that its checksum was made of, found another");
    return taken;
  };
  while (!file.empty() || count == 0) {
    ++count;
    std::uint64_t length = 0;
    const std::string_view bytes = take_checked(8, "length");
    for (std::size_t i = 8; i-- > 0;) length = length << 8 | static_cast<unsigned char>(bytes[i]);
    const std::string_view record = take_checked(length, "event");
    gluino::check(count > 1 || record.find(kVersion) != std::string_view::npos, source,
                  ": record 1: expected the version ", kVersion, ", found none");
  }
  return count;
}

EventFile::EventFile(const std::string& folder) {
  std::string path;
  const int file = open_new(folder, path);
  gluino::check(file >= 0, path, ": expected to write events for TensorBoard there, but ",
                std::strerror(errno));
  file_.emplace(path, file);
  add_record(Message()
                 .add_double(event::kWallTime, now())
                 .add_bytes(event::kFileVersion, kVersion)
                 .bytes());
}

void EventFile::add_scalar(std::int64_t step, std::string_view tag, double value) {
  add_value(step, Message()
                      .add_bytes(summary::kTag, tag)
                      .add_float(summary::kSimpleValue, static_cast<float>(value)));
}

void EventFile::add_histogram(std::int64_t step, std::string_view tag,
                              std::span<const float> values) {
  std::vector<double> finite;
  std::copy_if(values.begin(), values.end(), std::back_inserter(finite),
               [](float value) { return std::isfinite(value); });
  if (finite.empty()) return;
  add_value(step, Message()
                      .add_bytes(summary::kTag, tag)
                      .add_message(summary::kHistogram, histogram_of(std::move(finite))));
}

void EventFile::add_image(std::int64_t step, std::string_view tag, std::string_view png, int width,
                          int height) {
  add_value(step, Message()
                      .add_bytes(summary::kTag, tag)
                      .add_message(summary::kImage, Message()
                                                        .add_integer(image::kHeight, height)
                                                        .add_integer(image::kWidth, width)
                                                        .add_integer(image::kColors, image::kGrey)
                                                        .add_bytes(image::kEncoded, png)));
}

void EventFile::add_value(std::int64_t step, const Message& value) {
  add_record(Message()
                 .add_double(event::kWallTime, now())
                 .add_integer(event::kStep, step)
                 .add_message(event::kSummary, Message().add_message(summary::kValue, value))
                 .bytes());
}

void EventFile::add_record(std::string_view event) {
  const std::string length = little_endian(event.size(), 8);
  file_->add(str(length, little_endian(masked_checksum(length), 4), event,
                 little_endian(masked_checksum(event), 4)));
}

}  // namespace digits::reports
