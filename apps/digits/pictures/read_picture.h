#pragma once

#include <gluino/ndarray/ndarray.h>

#include <cstdint>
#include <string>
#include <string_view>

/// Pictures from files and from what a browser sends.
namespace digits {

/// Enough for the photographs of today's telephones.
inline constexpr std::int64_t kMostPicturePixels = std::int64_t{1} << 26;

/// Decodes a PNG, JPEG, PGM (or PPM, plain or binary) or BMP picture: uint8 (H, W, C) with 1
/// (grey), 3 (RGB) or 4 (RGB and alpha) channels. Photographs are turned as their EXIF tag says.
/// Throws Error, in one sentence, where the bytes are none of those, damaged, or claim more pixels
/// than `max_pixels`: before memory is taken for them.
gluino::NDArray read_picture(std::string_view bytes, std::int64_t max_pixels = kMostPicturePixels);

/// The same from a file; "-" is standard input. Errors name the file.
gluino::NDArray read_picture_file(const std::string& path);

}  // namespace digits
