#include <gluino/base/error.h>
#include <gluino/io/pictures/image_codec.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <vector>

namespace gluino::image {
namespace {

constexpr std::size_t kFileHeader = 14;
constexpr std::uint32_t kOldHeader = 12;
constexpr std::uint32_t kUsualHeader = 40;
constexpr std::uint32_t kLongestHeader = 124;

constexpr std::uint32_t kPlain = 0;
constexpr std::uint32_t kMasks = 3;
constexpr std::uint32_t kMasksWithAlpha = 6;

using Rgba = std::array<std::uint8_t, 4>;

// Numbers within the file, their low bytes first.
class Numbers {
 public:
  explicit Numbers(std::string_view bytes) : bytes_(bytes) {}

  // One of `size` bytes; 0 for what lies behind the end.
  std::uint32_t number(std::size_t at, std::size_t size) const {
    if (at > bytes_.size() || size > bytes_.size() - at) return 0;
    std::uint32_t value = 0;
    for (std::size_t i = size; i > 0; --i) {
      value = value << 8 | static_cast<unsigned char>(bytes_[at + i - 1]);
    }
    return value;
  }
  std::uint32_t u16(std::size_t at) const { return number(at, 2); }
  std::uint32_t u32(std::size_t at) const { return number(at, 4); }

 private:
  std::string_view bytes_;
};

struct Header {
  std::uint32_t size = 0;
  std::size_t pixels_at = 0;
  std::int64_t width = 0;
  std::int64_t height = 0;
  bool from_top = false;
  std::uint32_t bits = 0;
  std::uint32_t compression = kPlain;
  /// Which bits of a pixel of 16 or 32 are red, green, blue and alpha.
  std::array<std::uint32_t, 4> masks{};

  // Rows fill whole words of 4 bytes.
  std::uint64_t row_bytes() const {
    return (static_cast<std::uint64_t>(width) * bits + 31) / 32 * 4;
  }
};

void read_masks(Header& header, const Numbers& file) {
  if (header.compression == kPlain) {
    // No alpha: the fourth byte of 32 is not used, whatever it holds.
    header.masks = header.bits == 16 ? std::array<std::uint32_t, 4>{0x7c00, 0x3e0, 0x1f, 0}
                                     : std::array<std::uint32_t, 4>{0xff0000, 0xff00, 0xff, 0};
    return;
  }
  constexpr std::size_t kMasksAt = kFileHeader + 40;
  const bool has_alpha = header.size >= 56 || header.compression == kMasksWithAlpha;
  for (std::size_t i = 0; i < (has_alpha ? 4 : 3); ++i) {
    header.masks[i] = file.u32(kMasksAt + 4 * i);
  }
}

Header read_header(const Numbers& file) {
  Header header{.size = file.u32(kFileHeader), .pixels_at = file.u32(10)};
  check(header.size == kOldHeader || (header.size >= kUsualHeader && header.size <= kLongestHeader),
        "corrupt BMP picture: expected a header of 12 or 40 to 124 bytes, found one of ",
        header.size);
  if (header.size == kOldHeader) {
    header.width = file.u16(18);
    header.height = file.u16(20);
    header.bits = file.u16(24);
    return header;
  }
  header.width = static_cast<std::int32_t>(file.u32(18));
  const std::int64_t height = static_cast<std::int32_t>(file.u32(22));
  header.from_top = height < 0;
  header.height = std::abs(height);
  header.bits = file.u16(28);
  header.compression = file.u32(30);
  if (header.bits == 16 || header.bits == 32) read_masks(header, file);
  return header;
}

void check_header(const Header& header, std::size_t file_bytes, const ImdecodeOptions& options) {
  constexpr std::uint32_t kBits[] = {1, 2, 4, 8, 16, 24, 32};
  check(std::find(std::begin(kBits), std::end(kBits), header.bits) != std::end(kBits),
        "corrupt BMP picture: expected 1, 2, 4, 8, 16, 24 or 32 bits a pixel, found ", header.bits);
  const bool has_masks = header.bits == 16 || header.bits == 32;
  check(header.compression == kPlain ||
            (has_masks && (header.compression == kMasks || header.compression == kMasksWithAlpha)),
        "expected a BMP picture that is not compressed, found compression ", header.compression);
  check_picture_size(header.height, header.width, options);
  check(header.pixels_at <= file_bytes &&
            header.row_bytes() * static_cast<std::uint64_t>(header.height) <=
                file_bytes - header.pixels_at,
        "corrupt BMP picture: it claims ", header.width, " x ", header.height,
        " pixels, more than its ", file_bytes, " bytes hold");
}

// The colours that pixels of up to 8 bits name; what names none is black.
std::vector<Rgba> read_palette(const Header& header, const Numbers& file) {
  const bool old = header.size == kOldHeader;
  const std::size_t entry = old ? 3 : 4;
  const std::size_t begin = kFileHeader + header.size;
  std::vector<Rgba> palette(std::size_t{1} << header.bits, Rgba{0, 0, 0, 255});
  for (std::size_t i = 0; i < palette.size(); ++i) {
    const std::size_t at = begin + i * entry;
    if (at + entry > header.pixels_at) break;
    for (std::size_t c = 0; c < 3; ++c) {
      palette[i][c] = static_cast<std::uint8_t>(file.number(at + 2 - c, 1));
    }
  }
  return palette;
}

std::uint8_t masked(std::uint32_t pixel, std::uint32_t mask) {
  if (mask == 0) return 0;
  const std::uint64_t most = mask >> std::countr_zero(mask);
  const std::uint64_t value = (pixel & mask) >> std::countr_zero(mask);
  return static_cast<std::uint8_t>((value * 255 + most / 2) / most);
}

// A pixel of one row.
class Row {
 public:
  Row(const Header& header, const std::vector<Rgba>& palette, std::string_view bytes)
      : header_(header), palette_(palette), reader_(bytes) {}

  Rgba at(std::int64_t x) const {
    const auto place = static_cast<std::size_t>(x);
    const std::size_t bits = header_.bits;
    if (bits <= 8) {
      const std::uint32_t byte = reader_.number(place * bits / 8, 1);
      const std::size_t shift = 8 - bits - place * bits % 8;
      return palette_[byte >> shift & ((1U << bits) - 1)];
    }
    const std::uint32_t pixel = reader_.number(place * bits / 8, bits / 8);
    if (bits == 24) {
      return {static_cast<std::uint8_t>(pixel >> 16), static_cast<std::uint8_t>(pixel >> 8),
              static_cast<std::uint8_t>(pixel), 255};
    }
    Rgba colour{};
    for (std::size_t c = 0; c < 4; ++c) colour[c] = masked(pixel, header_.masks[c]);
    return colour;
  }

 private:
  const Header& header_;
  const std::vector<Rgba>& palette_;
  Numbers reader_;
};

}  // namespace

bool is_bmp(std::string_view bytes) { return bytes.starts_with("BM"); }

NDArray decode_bmp(std::string_view bytes, const ImdecodeOptions& options) {
  check(bytes.size() >= kFileHeader + kOldHeader, "corrupt BMP picture: found only ", bytes.size(),
        " bytes");
  const Numbers file(bytes);
  const Header header = read_header(file);
  check_header(header, bytes.size(), options);
  const std::vector<Rgba> palette =
      header.bits <= 8 ? read_palette(header, file) : std::vector<Rgba>();
  const bool has_alpha = header.bits > 8 && header.masks[3] != 0;
  const std::int64_t channels = has_alpha && options.flag == kUnchanged ? 4 : 3;
  NDArray picture({header.height, header.width, channels}, uint8);
  auto* out = picture.data<std::uint8_t>();
  for (std::int64_t y = 0; y < header.height; ++y) {
    const std::int64_t row = header.from_top ? y : header.height - 1 - y;
    const std::size_t at = header.pixels_at + static_cast<std::size_t>(row) * header.row_bytes();
    const Row pixels(header, palette, bytes.substr(at, header.row_bytes()));
    for (std::int64_t x = 0; x < header.width; ++x, out += channels) {
      const Rgba colour = pixels.at(x);
      std::copy_n(colour.begin(), channels, out);
    }
  }
  return options.flag == kGrey ? to_grey(picture) : picture;
}

}  // namespace gluino::image
