#pragma once

#include <gluino/base/export.h>
#include <gluino/ndarray/ndarray.h>

#include <cstdint>
#include <string>
#include <string_view>

/// Pictures in memory and in files. A picture is an array of uint8 and shape (height, width,
/// channels): 1 channel is grey, 3 are red, green and blue.
namespace gluino::image {

struct ImdecodeOptions {
  /// 1: three channels; 0: one channel, grey; -1: the channels that the picture has, which may be
  /// four, the last of them opacity.
  int flag = 1;
  /// False gives blue, green, red.
  bool to_rgb = true;
  /// A picture that claims more pixels is refused before memory is taken for it.
  std::int64_t max_pixels = std::int64_t{1} << 27;
};

/// Decodes a JPEG, PNG or uncompressed BMP picture. Throws Error, saying what is wrong, when it is
/// none, truncated, corrupt or too large. A picture's wish to be shown turned (EXIF) is not heeded.
GLUINO_API NDArray imdecode(std::string_view bytes, const ImdecodeOptions& options = {});

/// The same from a file, which errors name.
GLUINO_API NDArray imread(const std::string& path, const ImdecodeOptions& options = {});

struct ImencodeOptions {
  /// ".jpg", ".jpeg" or ".png".
  std::string format = ".jpg";
  /// JPEG: 1 (small) to 100 (good).
  int quality = 95;
  /// PNG: 0 (fast) to 9 (small).
  int compression = 3;
};

/// Encodes a picture of 1 or 3 channels; as PNG, also of 4. Throws Error on another shape or type,
/// an empty picture, or an option that does not exist.
GLUINO_API std::string imencode(const NDArray& picture, const ImencodeOptions& options = {});

/// The picture with `width` times `height` pixels, by bilinear interpolation between the centers of
/// pixels. Throws Error on a shape or type that is no picture's, a size below 1, or more than 2^28
/// pixels.
GLUINO_API NDArray imresize(const NDArray& picture, std::int64_t width, std::int64_t height);

/// The picture with its shorter edge made `size` pixels long, its proportions kept.
GLUINO_API NDArray resize_short(const NDArray& picture, std::int64_t size);

/// Where a part of a picture lies: `x` and `y` of its upper left corner, and its size.
struct Rectangle {
  std::int64_t x = 0;
  std::int64_t y = 0;
  std::int64_t width = 0;
  std::int64_t height = 0;
};

/// A copy of a part of the picture. Throws Error if it reaches beyond the picture.
GLUINO_API NDArray fixed_crop(const NDArray& picture, const Rectangle& part);

}  // namespace gluino::image
