#pragma once

#include <gluino/io/records/record_file.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gluino::io {

struct RecordSourceOptions {
  std::string path_imgrec;
  /// Empty: the file itself is gone over if its records must be known beforehand.
  std::string path_imgidx;
  bool shuffle = false;
  /// The orders follow from it instead of random::seed.
  std::optional<std::int64_t> seed{};
  std::int64_t num_parts = 1;
  std::int64_t part_index = 0;
  /// Begins messages.
  const char* who = "";
};

/// The records of a file, or of a part of it, one after the other, in their order or another. In
/// their own order a whole file is read as it comes; else memory holds a few bytes per record.
class RecordSource {
 public:
  explicit RecordSource(const RecordSourceOptions& options);

  /// Puts the next record into `record` and says which it is; false at the end.
  bool next(std::string& record, RecordPlace& place);
  /// Begins again, in the same order.
  void rewind();
  /// Draws a new order if it is to be shuffled.
  void shuffle();

  const std::string& path() const { return reader_.path(); }

 private:
  RecordReader reader_;
  bool in_order_;
  bool is_shuffled_;
  std::optional<std::int64_t> seed_;
  std::uint64_t epoch_ = 0;
  std::vector<RecordPlace> places_;
  std::vector<std::int64_t> order_;
  std::size_t next_ = 0;
};

}  // namespace gluino::io
