#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace digits::reports {

class Message;

/// A file of events that TensorBoard reads: records one after the other, each its length in 8
/// bytes, a checksum of those in 4, a message Event, and a checksum of that in 4. Checksums are
/// CRC-32C, turned right by 15 bits, plus 0xa282ead8. Each record is written at once, so that the
/// file is whole up to its last record whenever the process ends.
class EventFile {
 public:
  /// Begins a file of its own in the folder, beside those of earlier runs. Throws Error when it
  /// cannot be made.
  explicit EventFile(const std::string& folder);
  EventFile(const EventFile&) = delete;
  EventFile& operator=(const EventFile&) = delete;
  ~EventFile();

  const std::string& path() const { return path_; }

  /// Each throws Error when the file cannot be written, such as on a full disk.
  void add_scalar(std::int64_t step, std::string_view tag, double value);
  /// How values are spread; those that are no numbers are left out.
  void add_histogram(std::int64_t step, std::string_view tag, std::span<const float> values);
  void add_image(std::int64_t step, std::string_view tag, std::string_view png, int width,
                 int height);

 private:
  void add_value(std::int64_t step, const Message& value);
  void add_record(std::string_view event);
  [[noreturn]] void fail_with_errno() const;

  std::string path_;
  int file_ = -1;
};

/// Of a record's length or bytes.
std::uint32_t masked_checksum(std::string_view bytes);

}  // namespace digits::reports
