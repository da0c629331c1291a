#pragma once

#include <gluino/io/readers/gzip.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gluino::io {

/// Reads a file of lines of numbers with commas between them, gzip'd or not, with or without
/// UTF-8's byte-order mark. Memory depends neither on the file nor on its lines. Errors name the
/// file and the line.
class CsvReader {
 public:
  /// Every line has `columns` numbers; lines without anything are passed over.
  CsvReader(std::string path, std::int64_t columns);

  /// Writes the next line's numbers to `out`; false at the end of the file. For float, double,
  /// std::int32_t and std::int64_t, which take whole numbers alone.
  template <class T>
  bool next(T* out);
  void rewind();

  const std::string& path() const { return path_; }

 private:
  enum class End { comma, line, file };

  void skip_byte_order_mark();
  End read_field();
  int get();
  template <class T>
  T number() const;
  template <class... Parts>
  void require(bool ok, const Parts&... parts) const;

  std::string path_;
  std::int64_t columns_;
  std::unique_ptr<GzipReader> file_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // what is still to be consumed of the buffer lies in [begin_, end_)
  std::size_t end_ = 0;
  std::int64_t line_ = 0;
  std::array<char, 128> field_{};
  std::size_t length_ = 0;
};

}  // namespace gluino::io
