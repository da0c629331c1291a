#pragma once

#include <gluino/ndarray/ndarray.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

/// What the library does not read.
namespace digits {

bool is_netpbm(std::string_view bytes);

/// As read_picture does.
gluino::NDArray decode_netpbm(std::string_view bytes, std::int64_t max_pixels);

/// How a JPEG photograph is to be turned, by its EXIF tag: 1 (not at all) to 8; 1 where it does not
/// say.
int exif_orientation(std::string_view jpeg);
/// The picture turned and mirrored so that it stands upright.
gluino::NDArray upright(const gluino::NDArray& picture, int orientation);

/// Throws Error when a header claims an empty picture or one of more than `max_pixels` pixels.
void check_size(std::int64_t width, std::int64_t height, std::int64_t max_pixels);

/// Numbers of `size` bytes within a file.
enum class ByteOrder { little, big };
class ByteReader {
 public:
  ByteReader(std::string_view bytes, ByteOrder order) : bytes_(bytes), order_(order) {}

  /// 0 for what lies behind the end.
  std::uint32_t number(std::size_t at, std::size_t size) const;
  std::uint32_t u16(std::size_t at) const { return number(at, 2); }
  std::uint32_t u32(std::size_t at) const { return number(at, 4); }

 private:
  std::string_view bytes_;
  ByteOrder order_;
};

}  // namespace digits
