#pragma once

#include <gluino/io/pictures/image.h>

#include <string>
#include <string_view>

/// The formats of pictures behind image.h. Channels are red, green, blue, or grey.
namespace gluino::image {

inline constexpr int kUnchanged = -1;
inline constexpr int kGrey = 0;

bool is_png(std::string_view bytes);
bool is_jpeg(std::string_view bytes);
bool is_bmp(std::string_view bytes);

/// Decode as imdecode does with to_rgb.
NDArray decode_png(std::string_view bytes, const ImdecodeOptions& options);
NDArray decode_jpeg(std::string_view bytes, const ImdecodeOptions& options);
NDArray decode_bmp(std::string_view bytes, const ImdecodeOptions& options);

/// Encode a picture with pixels and a number of channels that the format knows.
std::string encode_png(const NDArray& picture, int compression);
std::string encode_jpeg(const NDArray& picture, int quality);

/// Throws Error when a picture claims to be empty or too large.
void check_picture_size(std::int64_t height, std::int64_t width, const ImdecodeOptions& options);
/// An array for a picture of a claimed size. Throws Error when it is empty or too large.
NDArray make_picture(std::int64_t height, std::int64_t width, std::int64_t channels,
                     const ImdecodeOptions& options);

/// The brightness of a picture with three channels, as one channel.
NDArray to_grey(const NDArray& rgb);

/// Throws Error, beginning with `who`, unless `picture` is one: uint8, (height, width, channels).
void check_picture(const char* who, const NDArray& picture);

}  // namespace gluino::image
