#include <apps/digits/serving/picture_kind.h>

#include <charconv>
#include <cstddef>

namespace digits::serving {
namespace {

std::uint32_t byte_at(std::string_view bytes, std::size_t at) {
  return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0U;
}
std::uint32_t big_endian(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < count; ++i) number = number << 8 | byte_at(bytes, at + i);
  return number;
}
std::uint32_t little_endian(std::string_view bytes, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = 4; i-- > 0;) number = number << 8 | byte_at(bytes, at + i);
  return number;
}

// Goes from marker to marker until that of a frame, which has the size.
PictureKind jpeg(std::string_view bytes) {
  for (std::size_t at = 2; at + 9 < bytes.size();) {
    const std::uint32_t marker = byte_at(bytes, at + 1);
    if (byte_at(bytes, at) != 0xff) break;
    if (marker == 0xff) {  // a filling byte
      ++at;
      continue;
    }
    const bool is_frame =
        marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    if (is_frame) return {"JPEG", big_endian(bytes, at + 7, 2), big_endian(bytes, at + 5, 2)};
    const std::uint32_t length = big_endian(bytes, at + 2, 2);
    if (length < 2) break;
    at += 2 + length;
  }
  return {"JPEG"};
}

// The number at `at`, behind white space and comments; -1 where there is none.
std::int64_t pgm_number(std::string_view bytes, std::size_t& at) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  while (at < bytes.size()) {
    if (bytes[at] == '#') {
      at = bytes.find('\n', at);
    } else if (kSpace.find(bytes[at]) != std::string_view::npos) {
      ++at;
    } else {
      break;
    }
  }
  if (at >= bytes.size()) return -1;
  std::int64_t number = -1;
  const char* begin = bytes.data() + at;
  const auto result = std::from_chars(begin, bytes.data() + bytes.size(), number);
  at += static_cast<std::size_t>(result.ptr - begin);
  // Digits without end are a number that is too large.
  if (result.ec == std::errc::result_out_of_range) return std::int64_t{1} << 40;
  return number;
}

PictureKind pgm(std::string_view bytes) {
  std::size_t at = 2;
  const std::int64_t width = pgm_number(bytes, at);
  const std::int64_t height = pgm_number(bytes, at);
  if (width < 0 || height < 0) return {"PGM"};
  return {"PGM", width, height};
}

PictureKind bmp(std::string_view bytes) {
  if (little_endian(bytes, 14) < 40) return {"BMP"};
  const auto width = static_cast<std::int32_t>(little_endian(bytes, 18));
  // Negative where the rows go from top to bottom.
  const std::int64_t height = static_cast<std::int32_t>(little_endian(bytes, 22));
  return {"BMP", width, height < 0 ? -height : height};
}

}  // namespace

PictureKind picture_kind(std::string_view bytes) {
  constexpr std::string_view kPng = "\x89PNG\r\n\x1a\n";
  constexpr std::string_view kJpeg = "\xff\xd8\xff";
  if (bytes.starts_with(kPng)) {
    return {"PNG", big_endian(bytes, 16, 4), big_endian(bytes, 20, 4)};
  }
  if (bytes.starts_with(kJpeg)) return jpeg(bytes);
  for (const std::string_view magic : {"P2", "P3", "P5", "P6"}) {
    if (bytes.starts_with(magic)) return pgm(bytes);
  }
  if (bytes.starts_with("BM")) return bmp(bytes);
  return {};
}

}  // namespace digits::serving
