#include <apps/digits/pictures/picture_formats.h>
#include <gluino/base/error.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace digits {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The numbers of a PGM file, with spaces and comments between them.
class Numbers {
 public:
  explicit Numbers(std::string_view text) : text_(text) {}

  std::uint32_t next(const char* what) {
    skip_spaces();
    std::uint32_t value = 0;
    const char* begin = text_.data() + place_;
    const auto [end, code] = std::from_chars(begin, text_.data() + text_.size(), value);
    gluino::check(code == std::errc(), "corrupt PGM picture: expected ", what, " at byte ", place_,
                  place_ < text_.size() ? ", found none" : ", found the end");
    place_ += static_cast<std::size_t>(end - begin);
    return value;
  }

  // What stands behind the one space that ends the header.
  std::string_view rest() const { return text_.substr(std::min(place_ + 1, text_.size())); }

 private:
  void skip_spaces() {
    while (place_ < text_.size() && (is_space(text_[place_]) || text_[place_] == '#')) {
      const bool comment = text_[place_] == '#';
      const std::size_t end = comment ? text_.find('\n', place_) : place_ + 1;
      place_ = std::min(end, text_.size());
    }
  }

  std::string_view text_;
  std::size_t place_ = 2;
};

struct Header {
  std::int64_t width = 0;
  std::int64_t height = 0;
  std::uint32_t white = 255;
};

Header read_header(Numbers& numbers) {
  Header header;
  header.width = numbers.next("a width");
  header.height = numbers.next("a height");
  header.white = numbers.next("the value of white");
  gluino::check(header.white >= 1 && header.white <= 65535,
                "corrupt PGM picture: expected a value of white from 1 to 65535, found ",
                header.white);
  return header;
}

std::uint8_t scaled(std::uint32_t value, std::uint32_t white) {
  return static_cast<std::uint8_t>((std::min(value, white) * 255 + white / 2) / white);
}

}  // namespace

bool is_netpbm(std::string_view bytes) {
  if (bytes.size() < 3 || bytes[0] != 'P' || !is_digit(bytes[1])) return false;
  const bool known = bytes[1] == '2' || bytes[1] == '3' || bytes[1] == '5' || bytes[1] == '6';
  return known && (is_space(bytes[2]) || bytes[2] == '#');
}

gluino::NDArray decode_netpbm(std::string_view bytes, std::int64_t max_pixels) {
  const bool plain = bytes[1] < '5';
  const std::int64_t channels = bytes[1] == '2' || bytes[1] == '5' ? 1 : 3;
  Numbers numbers(bytes);
  const Header header = read_header(numbers);
  const std::uint32_t white = header.white;
  const std::size_t value_bytes = white < 256 ? 1 : 2;
  check_size(header.width, header.height, max_pixels);
  const std::int64_t values = header.width * header.height * channels;
  // A plain value is a digit and a space at least; the last may go without.
  const std::size_t held = plain ? (bytes.size() + 1) / 2 : numbers.rest().size() / value_bytes;
  gluino::check(static_cast<std::uint64_t>(values) <= held, "corrupt PGM picture: it claims ",
                header.width, " x ", header.height, " pixels, more than its ", bytes.size(),
                " bytes hold");
  gluino::NDArray picture({header.height, header.width, channels}, gluino::uint8);
  auto* out = picture.data<std::uint8_t>();
  const ByteReader binary(numbers.rest(), ByteOrder::big);
  for (std::int64_t i = 0; i < values; ++i) {
    const std::uint32_t value =
        plain ? numbers.next("a pixel")
              : binary.number(static_cast<std::size_t>(i) * value_bytes, value_bytes);
    out[i] = scaled(value, white);
  }
  return picture;
}

}  // namespace digits
