#include <gluino/base/error.h>
#include <gluino/base/text.h>
#include <gluino/io/readers/csv_reader.h>

#include <charconv>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

namespace gluino::io {
namespace {

constexpr int kEndOfFile = -1;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }

}  // namespace

CsvReader::CsvReader(std::string path, std::int64_t columns)
    : path_(std::move(path)), columns_(columns), buffer_(std::size_t{1} << 16) {
  rewind();
}

template <class... Parts>
void CsvReader::require(bool ok, const Parts&... parts) const {
  check(ok, path_, ": line ", line_, ": ", parts...);
}

void CsvReader::rewind() {
  file_ = std::make_unique<GzipReader>(path_);
  line_ = 0;
  skip_byte_order_mark();
}

void CsvReader::skip_byte_order_mark() {
  begin_ = 0;
  end_ = file_->read(buffer_.data(), 3);
  if (has_byte_order_mark({buffer_.data(), end_}, path_)) begin_ = end_;
}

int CsvReader::get() {
  if (begin_ == end_) {
    begin_ = 0;
    end_ = file_->read(buffer_.data(), buffer_.size());
    if (end_ == 0) return kEndOfFile;
  }
  return static_cast<unsigned char>(buffer_[begin_++]);
}

// Takes what comes before the next comma or end, without spaces around it.
CsvReader::End CsvReader::read_field() {
  length_ = 0;
  for (;;) {
    const int c = get();
    if (c == kEndOfFile || c == '\n' || c == ',') {
      while (length_ > 0 && is_space(field_[length_ - 1])) --length_;
      return c == ',' ? End::comma : c == '\n' ? End::line : End::file;
    }
    if (length_ == 0 && is_space(static_cast<char>(c))) continue;
    require(length_ < field_.size(), "expected numbers of at most ", field_.size(),
            " characters, found a longer one");
    field_[length_++] = static_cast<char>(c);
  }
}

template <class T>
T CsvReader::number() const {
  constexpr bool kWhole = std::is_integral_v<T>;
  const std::string_view text(field_.data(), length_);
  const bool plus = text.starts_with('+') && !text.starts_with("+-");
  const std::string_view digits = text.substr(plus ? 1 : 0);
  T value = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  // What is nearer to 0 than any number counts as 0.
  const std::size_t exponent = digits.find_first_of("eE");
  const bool tiny = !kWhole && result.ec == std::errc::result_out_of_range &&
                    exponent != std::string_view::npos && digits.substr(exponent + 1, 1) == "-";
  const bool ok = (result.ec == std::errc() || tiny) && result.ptr == digits.data() + digits.size();
  if constexpr (kWhole) {
    require(ok, "expected a whole number of at most ", 8 * sizeof(T), " bits, found \"", text, '"');
  } else {
    require(ok, "expected a number, found \"", text, '"');
  }
  return tiny ? 0 : value;
}

template <class T>
bool CsvReader::next(T* out) {
  for (std::int64_t column = 0;;) {
    if (column == 0) ++line_;
    const End end = read_field();
    if (column == 0 && length_ == 0 && end != End::comma) {
      if (end == End::file) return false;
      continue;
    }
    require(column < columns_, "expected ", columns_, " numbers, found more");
    out[column++] = number<T>();
    if (end == End::comma) continue;
    require(column == columns_, "expected ", columns_, " numbers, found ", column);
    return true;
  }
}

template bool CsvReader::next(float* out);
template bool CsvReader::next(double* out);
template bool CsvReader::next(std::int32_t* out);
template bool CsvReader::next(std::int64_t* out);

}  // namespace gluino::io
