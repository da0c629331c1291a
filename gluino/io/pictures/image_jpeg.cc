#include <gluino/io/pictures/image_codec.h>
#include <turbojpeg.h>

#include <limits>
#include <memory>
#include <type_traits>

namespace gluino::image {
namespace {

struct DestroyHandle {
  void operator()(void* handle) const { tjDestroy(handle); }
};
struct FreeBuffer {
  void operator()(unsigned char* buffer) const { tjFree(buffer); }
};
using Handle = std::unique_ptr<std::remove_pointer_t<tjhandle>, DestroyHandle>;

// A picture that decodes only with a warning is truncated or corrupt. A limit on the scans keeps
// small files from taking hours.
constexpr int kDecodeFlags = TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS;

void check_jpeg(int code, const Handle& handle, const char* doing) {
  check(code == 0, doing, ": ", tjGetErrorStr2(handle.get()));
}

// Adobe's: the inks are stored as what they leave of white.
NDArray from_cmyk(const NDArray& cmyk) {
  NDArray rgb({cmyk.shape()[0], cmyk.shape()[1], 3}, uint8);
  const auto* from = cmyk.data<std::uint8_t>();
  auto* to = rgb.data<std::uint8_t>();
  for (std::int64_t i = 0; i < rgb.size(); ++i) {
    const int black = from[i / 3 * 4 + 3];
    to[i] = static_cast<std::uint8_t>((from[i / 3 * 4 + i % 3] * black + 127) / 255);
  }
  return rgb;
}

struct Format {
  TJPF format;
  int channels;
};

Format format_of(int colorspace, int flag) {
  if (colorspace == TJCS_CMYK || colorspace == TJCS_YCCK) return {TJPF_CMYK, 4};
  const bool grey = flag == kGrey || (flag == kUnchanged && colorspace == TJCS_GRAY);
  return grey ? Format{TJPF_GRAY, 1} : Format{TJPF_RGB, 3};
}

}  // namespace

bool is_jpeg(std::string_view bytes) { return bytes.starts_with("\xff\xd8\xff"); }

NDArray decode_jpeg(std::string_view bytes, const ImdecodeOptions& options) {
  constexpr const char* kDoing = "corrupt JPEG picture";
  const Handle handle(tjInitDecompress());
  check(handle != nullptr, "no memory for a JPEG picture");
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  int width = 0;
  int height = 0;
  int sampling = 0;
  int colorspace = 0;
  check_jpeg(tjDecompressHeader3(handle.get(), data, bytes.size(), &width, &height, &sampling,
                                 &colorspace),
             handle, kDoing);
  // So a file of tables alone, which is legal, is told.
  check(width > 0 && height > 0, kDoing, ": there is no picture in it");
  const Format format = format_of(colorspace, options.flag);
  NDArray picture = make_picture(height, width, format.channels, options);
  check_jpeg(tjDecompress2(handle.get(), data, bytes.size(), picture.data<std::uint8_t>(), width, 0,
                           height, format.format, kDecodeFlags),
             handle, kDoing);
  if (format.format != TJPF_CMYK) return picture;
  return options.flag == kGrey ? to_grey(from_cmyk(picture)) : from_cmyk(picture);
}

std::string encode_jpeg(const NDArray& picture, int quality) {
  const Shape& shape = picture.shape();
  constexpr std::int64_t kMaxSide = 65500;
  check(shape[0] <= kMaxSide && shape[1] <= kMaxSide, "imencode: a JPEG picture has at most ",
        kMaxSide, " rows and columns, got shape ", shape);
  const Handle handle(tjInitCompress());
  check(handle != nullptr, "no memory for a JPEG picture");
  const bool grey = shape[2] == 1;
  unsigned char* buffer = nullptr;
  unsigned long size = 0;
  const int code =
      tjCompress2(handle.get(), picture.data<std::uint8_t>(), static_cast<int>(shape[1]), 0,
                  static_cast<int>(shape[0]), grey ? TJPF_GRAY : TJPF_RGB, &buffer, &size,
                  grey ? TJSAMP_GRAY : TJSAMP_420, quality, TJFLAG_ACCURATEDCT);
  const std::unique_ptr<unsigned char, FreeBuffer> owner(buffer);
  check_jpeg(code, handle, "cannot encode the picture");
  return {reinterpret_cast<const char*>(buffer), size};
}

}  // namespace gluino::image
