#pragma once

#include <gluino/io/readers/gzip.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gluino::io {

/// A line of a libsvm file: "1 0:0.5 3:2".
struct LibsvmRow {
  std::vector<double> labels;
  std::vector<std::int64_t> columns;
  std::vector<double> values;
};

/// Reads a file of lines of labels (commas between them) and of columns with their values, gzip'd
/// or not. A column without a value has 1; "qid:" and what follows "#" is passed over. Memory
/// depends on one line, whose columns are less than `columns` and grow. Errors name the file and
/// the line.
class LibsvmReader {
 public:
  /// Lines have any number of labels where `labels` is 0.
  LibsvmReader(std::string path, std::int64_t columns, std::int64_t labels);

  /// The next line that is not empty; false at the end of the file.
  bool next(LibsvmRow& row);
  void rewind();

  const std::string& path() const { return path_; }

 private:
  enum class End { blank, line, file };

  int get();
  End read_word();
  void skip_line();
  void read_labels(LibsvmRow& row) const;
  void read_element(LibsvmRow& row) const;
  double number(std::string_view text, const char* what) const;
  template <class... Parts>
  void require(bool ok, const Parts&... parts) const;

  std::string path_;
  std::int64_t columns_;
  std::int64_t labels_;
  std::unique_ptr<GzipReader> file_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // what is still to be consumed of the buffer lies in [begin_, end_)
  std::size_t end_ = 0;
  std::int64_t line_ = 0;
  std::string word_;
};

}  // namespace gluino::io
