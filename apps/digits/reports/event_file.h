#pragma once

#include <apps/digits/console/growing_file.h>

#include <cstdint>
#include <optional>
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

  const std::string& path() const { return file_->path(); }
  /// Why the file is not whole, such as on a full disk; empty: it is. What is missing is written
  /// with the next record, or by add_missing.
  const std::string& failure() const { return file_->failure(); }
  void add_missing() { file_->add(""); }

  void add_scalar(std::int64_t step, std::string_view tag, double value);
  /// How values are spread; those that are no numbers are left out.
  void add_histogram(std::int64_t step, std::string_view tag, std::span<const float> values);
  void add_image(std::int64_t step, std::string_view tag, std::string_view png, int width,
                 int height);

 private:
  void add_value(std::int64_t step, const Message& value);
  void add_record(std::string_view event);

  std::optional<GrowingFile> file_;
};

/// How many records of events a file holds. Throws Error, naming `source` and the record, when one
/// is cut off or is not what its checksums were made of, or the first does not tell the version.
std::int64_t count_records(std::string_view file, const std::string& source);

/// Of a record's length or bytes.
std::uint32_t masked_checksum(std::string_view bytes);

}  // namespace digits::reports
