#include <apps/digits/pictures/picture_formats.h>

#include <algorithm>
#include <optional>

namespace digits {
namespace {

// The tag 0x0112 of the first directory of a TIFF file, which is what EXIF data are.
std::optional<int> orientation_in(std::string_view tiff) {
  constexpr std::uint32_t kOrientation = 0x0112;
  constexpr std::size_t kEntry = 12;
  if (!tiff.starts_with("II") && !tiff.starts_with("MM")) return {};
  const ByteReader reader(tiff, tiff[0] == 'M' ? ByteOrder::big : ByteOrder::little);
  const std::size_t directory = reader.u32(4);
  const std::size_t entries = reader.u16(directory);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t at = directory + 2 + i * kEntry;
    if (reader.u16(at) == kOrientation) return static_cast<int>(reader.u16(at + 8));
  }
  return {};
}

}  // namespace

int exif_orientation(std::string_view jpeg) {
  constexpr std::uint32_t kApp1 = 0xffe1;
  constexpr std::uint32_t kStartOfScan = 0xffda;
  constexpr std::string_view kExif("Exif\0\0", 6);
  const ByteReader reader(jpeg, ByteOrder::big);
  // Segments: a marker, and a length that counts itself.
  for (std::size_t at = 2; at + 4 <= jpeg.size();) {
    const std::uint32_t marker = reader.u16(at);
    const std::size_t length = reader.u16(at + 2);
    if ((marker >> 8) != 0xff || marker == kStartOfScan || length < 2) break;
    const std::string_view content = jpeg.substr(at + 4, length - 2);
    if (marker == kApp1 && content.starts_with(kExif)) {
      const int found = orientation_in(content.substr(kExif.size())).value_or(1);
      return found >= 1 && found <= 8 ? found : 1;
    }
    at += 2 + length;
  }
  return 1;
}

gluino::NDArray upright(const gluino::NDArray& picture, int orientation) {
  if (orientation <= 1 || orientation > 8) return picture;
  const std::int64_t height = picture.shape()[0];
  const std::int64_t width = picture.shape()[1];
  const std::int64_t channels = picture.shape()[2];
  // As the tag numbers them: 2 mirrored, 3 upside down, 4 both; 5 to 8 the same with rows and
  // columns exchanged: 5 along the diagonal, 6 and 8 turned, 7 along the other diagonal.
  const bool exchanged = orientation >= 5;
  const bool from_right =
      orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool from_bottom =
      orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  gluino::NDArray result({exchanged ? width : height, exchanged ? height : width, channels},
                         gluino::uint8);
  const auto* from = picture.data<std::uint8_t>();
  auto* to = result.data<std::uint8_t>();
  for (std::int64_t y = 0; y < result.shape()[0]; ++y) {
    for (std::int64_t x = 0; x < result.shape()[1]; ++x, to += channels) {
      const std::int64_t column = exchanged ? y : x;
      const std::int64_t row = exchanged ? x : y;
      const std::int64_t source_x = from_right ? width - 1 - column : column;
      const std::int64_t source_y = from_bottom ? height - 1 - row : row;
      std::copy_n(from + (source_y * width + source_x) * channels, channels, to);
    }
  }
  return result;
}

}  // namespace digits
