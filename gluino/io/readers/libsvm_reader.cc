#include <gluino/base/error.h>
#include <gluino/base/text.h>
#include <gluino/io/readers/libsvm_reader.h>

#include <charconv>
#include <utility>

namespace gluino::io {
namespace {

constexpr int kEndOfFile = -1;
constexpr std::size_t kLongestWord = 4096;

bool is_blank(int c) { return c == ' ' || c == '\t' || c == '\r'; }

}  // namespace

LibsvmReader::LibsvmReader(std::string path, std::int64_t columns, std::int64_t labels)
    : path_(std::move(path)), columns_(columns), labels_(labels), buffer_(std::size_t{1} << 16) {
  rewind();
}

template <class... Parts>
void LibsvmReader::require(bool ok, const Parts&... parts) const {
  check(ok, path_, ": line ", line_, ": ", parts...);
}

void LibsvmReader::rewind() {
  file_ = std::make_unique<GzipReader>(path_);
  line_ = 0;
  begin_ = 0;
  end_ = file_->read(buffer_.data(), 3);
  if (has_byte_order_mark({buffer_.data(), end_}, path_)) begin_ = end_;
}

int LibsvmReader::get() {
  if (begin_ == end_) {
    begin_ = 0;
    end_ = file_->read(buffer_.data(), buffer_.size());
    if (end_ == 0) return kEndOfFile;
  }
  return static_cast<unsigned char>(buffer_[begin_++]);
}

void LibsvmReader::skip_line() {
  for (int c = get(); c != '\n' && c != kEndOfFile; c = get()) {
  }
}

// Takes the next word of the line, which may be empty at its end.
LibsvmReader::End LibsvmReader::read_word() {
  word_.clear();
  for (;;) {
    const int c = get();
    if (c == kEndOfFile) return End::file;
    if (c == '\n') return End::line;
    if (c == '#') {
      skip_line();
      return End::line;
    }
    if (is_blank(c)) {
      if (word_.empty()) continue;
      return End::blank;
    }
    require(word_.size() < kLongestWord, "expected words of at most ", kLongestWord,
            " characters, found a longer one");
    word_.push_back(static_cast<char>(c));
  }
}

double LibsvmReader::number(std::string_view text, const char* what) const {
  const std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
  double value = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  require(result.ec == std::errc() && result.ptr == digits.data() + digits.size(), "expected ",
          what, ", found \"", text, '"');
  return value;
}

void LibsvmReader::read_labels(LibsvmRow& row) const {
  std::string_view rest = word_;
  for (;;) {
    const std::size_t comma = rest.find(',');
    row.labels.push_back(number(rest.substr(0, comma), "a number as label"));
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  require(labels_ == 0 || static_cast<std::int64_t>(row.labels.size()) == labels_, "expected ",
          labels_, " labels, found ", row.labels.size());
}

void LibsvmReader::read_element(LibsvmRow& row) const {
  const std::string_view word = word_;
  if (word.starts_with("qid:")) return;
  const std::size_t colon = word.find(':');
  const std::string_view place = word.substr(0, colon);
  std::int64_t column = 0;
  const auto result = std::from_chars(place.data(), place.data() + place.size(), column);
  require(result.ec == std::errc() && result.ptr == place.data() + place.size(),
          "expected \"column:value\", found \"", word, '"');
  require(column >= 0 && column < columns_, "expected columns from 0 to ", columns_ - 1, ", found ",
          column);
  require(row.columns.empty() || row.columns.back() < column, "expected columns that grow, found ",
          column, " after ", row.columns.empty() ? 0 : row.columns.back());
  row.columns.push_back(column);
  row.values.push_back(
      colon == std::string_view::npos ? 1 : number(word.substr(colon + 1), "a number as value"));
}

bool LibsvmReader::next(LibsvmRow& row) {
  row.labels.clear();
  row.columns.clear();
  row.values.clear();
  for (;;) {
    ++line_;
    End end = read_word();
    if (word_.empty()) {
      if (end == End::file) return false;
      continue;
    }
    read_labels(row);
    while (end == End::blank) {
      end = read_word();
      if (!word_.empty()) read_element(row);
    }
    return true;
  }
}

}  // namespace gluino::io
