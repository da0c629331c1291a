#include <apps/digits/pictures/picture_formats.h>
#include <apps/digits/pictures/read_picture.h>
#include <gluino/base/error.h>
#include <gluino/base/file.h>
#include <gluino/io/pictures/image.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace digits {
namespace {

// No picture of kMostPicturePixels is larger, but for plain PGM, of which so many are not kept.
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 29;

std::string read_standard_input() {
  std::string content;
  char piece[1 << 16];
  for (;;) {
    const std::size_t got = std::fread(piece, 1, sizeof piece, stdin);
    content.append(piece, got);
    gluino::check(content.size() <= kMostBytes, "expected at most ", kMostBytes,
                  " bytes, found more");
    if (got == sizeof piece) continue;
    gluino::check(std::ferror(stdin) == 0, "cannot be read: ", std::strerror(errno));
    return content;
  }
}

bool is_jpeg(std::string_view bytes) { return bytes.starts_with("\xff\xd8\xff"); }
bool is_png(std::string_view bytes) { return bytes.starts_with("\x89PNG\r\n\x1a\n"); }
bool is_bmp(std::string_view bytes) { return bytes.starts_with("BM"); }

}  // namespace

std::uint32_t ByteReader::number(std::size_t at, std::size_t size) const {
  if (at > bytes_.size() || size > bytes_.size() - at) return 0;
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t place = order_ == ByteOrder::big ? at + i : at + size - 1 - i;
    value = value << 8 | static_cast<unsigned char>(bytes_[place]);
  }
  return value;
}

void check_size(std::int64_t width, std::int64_t height, std::int64_t max_pixels) {
  gluino::check(width > 0 && height > 0, "expected a picture with pixels, found one of ", width,
                " x ", height);
  gluino::check(height <= max_pixels / width, "expected a picture of at most ", max_pixels,
                " pixels, found one that claims ", width, " x ", height);
}

gluino::NDArray read_picture(std::string_view bytes, std::int64_t max_pixels) {
  gluino::check(!bytes.empty(), "expected a picture, found no bytes at all");
  if (is_netpbm(bytes)) return decode_netpbm(bytes, max_pixels);
  gluino::check(is_jpeg(bytes) || is_png(bytes) || is_bmp(bytes),
                "expected a PNG, JPEG, PGM or BMP picture, found ", bytes.size(),
                " bytes that begin like none of them");
  const gluino::NDArray picture =
      gluino::image::imdecode(bytes, {.flag = -1, .max_pixels = max_pixels});
  return is_jpeg(bytes) ? upright(picture, exif_orientation(bytes)) : picture;
}

gluino::NDArray read_picture_file(const std::string& path) {
  const bool standard_input = path == "-";
  const std::string name = standard_input ? "standard input" : path;
  try {
    return read_picture(standard_input ? read_standard_input()
                                       : gluino::read_file(path, kMostBytes));
  } catch (const gluino::Error& error) {
    const std::string what = error.what();
    if (what.starts_with(name + ": ")) throw;
    gluino::fail(name, ": ", what);
  }
}

}  // namespace digits
