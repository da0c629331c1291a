#include <fuzz/input.h>
#include <gluino/io/pictures/image.h>
#include <zlib.h>

#include <string>

namespace {

namespace image = gluino::image;

// A PNG picture with the checksums that its chunks ought to have: otherwise a reader would look at
// no changed byte.
std::string with_checksums(std::string bytes) {
  constexpr std::size_t kMagic = 8;
  if (!bytes.starts_with("\x89PNG")) return bytes;
  const auto* data = reinterpret_cast<const Bytef*>(bytes.data());
  const auto number = [&](std::size_t at) {
    return std::size_t{data[at]} << 24 | data[at + 1] << 16 | data[at + 2] << 8 | data[at + 3];
  };
  // Length, name, content, checksum.
  for (std::size_t at = kMagic; at + 12 <= bytes.size();) {
    const std::size_t length = number(at);
    if (length > bytes.size() - at - 12) break;
    const auto sum = crc32(0, data + at + 4, static_cast<uInt>(length + 4));
    at += 8 + length;
    for (int shift = 24; shift >= 0; shift -= 8) bytes[at++] = static_cast<char>(sum >> shift);
  }
  return bytes;
}

}  // namespace

// Whatever is decoded can be resized and encoded.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes = with_checksums({reinterpret_cast<const char*>(data), size});
  for (const int flag : {-1, 0, 1}) {
    gluino::NDArray picture;
    gluino::fuzz::try_to([&] {
      picture = image::imdecode(bytes, {.flag = flag, .to_rgb = false, .max_pixels = 1 << 16});
    });
    if (!picture.defined()) continue;
    const gluino::NDArray small = image::imresize(picture, 7, 5);
    image::imencode(small, {.format = ".png"});
  }
  return 0;
}
