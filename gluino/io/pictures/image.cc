#include <gluino/base/file.h>
#include <gluino/io/pictures/image_codec.h>

#include <algorithm>
#include <utility>

namespace gluino::image {
namespace {

void swap_red_and_blue(const NDArray& picture) {
  const std::int64_t channels = picture.shape()[2];
  if (channels < 3) return;
  auto* pixels = picture.data<std::uint8_t>();
  for (std::int64_t i = 0; i < picture.size(); i += channels) std::swap(pixels[i], pixels[i + 2]);
}

NDArray decode(std::string_view bytes, const ImdecodeOptions& options) {
  if (is_png(bytes)) return decode_png(bytes, options);
  if (is_bmp(bytes)) return decode_bmp(bytes, options);
  check(is_jpeg(bytes), "expected a JPEG, PNG or BMP picture, found ", bytes.size(),
        " bytes that begin like none of them");
  return decode_jpeg(bytes, options);
}

}  // namespace

void check_picture(const char* who, const NDArray& picture) {
  check(picture.dtype() == uint8 && picture.ndim() == 3, who,
        ": expected a picture, uint8 of shape (height, width, channels), got ", picture.dtype(),
        " of shape ", picture.shape());
}

void check_picture_size(std::int64_t height, std::int64_t width, const ImdecodeOptions& options) {
  check(height > 0 && width > 0, "expected a picture with pixels, found one of ", width, " x ",
        height);
  check(height <= options.max_pixels / width, "expected a picture of at most ", options.max_pixels,
        " pixels, found one that claims ", width, " x ", height);
}

NDArray make_picture(std::int64_t height, std::int64_t width, std::int64_t channels,
                     const ImdecodeOptions& options) {
  check_picture_size(height, width, options);
  return NDArray({height, width, channels}, uint8);
}

NDArray to_grey(const NDArray& rgb) {
  NDArray grey({rgb.shape()[0], rgb.shape()[1], 1}, uint8);
  const auto* from = rgb.data<std::uint8_t>();
  auto* to = grey.data<std::uint8_t>();
  // ITU-R BT.601: 0.299, 0.587 and 0.114, in 2^-14.
  constexpr int kRed = 4899;
  constexpr int kGreen = 9617;
  constexpr int kBlue = 1868;
  for (std::int64_t i = 0; i < grey.size(); ++i, from += 3) {
    to[i] = static_cast<std::uint8_t>(
        (kRed * from[0] + kGreen * from[1] + kBlue * from[2] + (1 << 13)) >> 14);
  }
  return grey;
}

NDArray imdecode(std::string_view bytes, const ImdecodeOptions& options) {
  check(options.flag >= -1 && options.flag <= 1,
        "imdecode: flag: expected 1 (color), 0 (grey) or -1 (unchanged), got ", options.flag);
  NDArray picture = decode(bytes, options);
  if (!options.to_rgb) swap_red_and_blue(picture);
  return picture;
}

NDArray imread(const std::string& path, const ImdecodeOptions& options) {
  const std::string bytes = read_file(path);
  try {
    return imdecode(bytes, options);
  } catch (const Error& error) {
    fail(path, ": ", error.what());
  }
}

std::string imencode(const NDArray& picture, const ImencodeOptions& options) {
  check_picture("imencode", picture);
  const std::int64_t channels = picture.shape()[2];
  const bool png = options.format == ".png";
  check(png || options.format == ".jpg" || options.format == ".jpeg",
        "imencode: format: expected .jpg, .jpeg or .png, got \"", options.format, '"');
  check(channels == 1 || channels == 3 || (png && channels == 4), "imencode: ", options.format,
        " has 1 or 3 channels", png ? ", or 4" : "", ", got shape ", picture.shape());
  check(picture.size() > 0, "imencode: expected a picture with pixels, got shape ",
        picture.shape());
  if (png) {
    check(options.compression >= 0 && options.compression <= 9,
          "imencode: compression: expected 0 to 9, got ", options.compression);
    return encode_png(picture, options.compression);
  }
  check(options.quality >= 1 && options.quality <= 100,
        "imencode: quality: expected 1 to 100, got ", options.quality);
  return encode_jpeg(picture, options.quality);
}

}  // namespace gluino::image
