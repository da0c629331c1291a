#include <gluino/io/pictures/image_codec.h>
#include <spng.h>

#include <cstdlib>
#include <memory>

namespace gluino::image {
namespace {

struct FreeContext {
  void operator()(spng_ctx* context) const { spng_ctx_free(context); }
};
struct FreeBuffer {
  void operator()(void* buffer) const { std::free(buffer); }
};
using Context = std::unique_ptr<spng_ctx, FreeContext>;

// Text and other chunks beside the picture may take no more.
constexpr std::size_t kMaxChunk = std::size_t{1} << 24;
// deflate packs 1032 equal bytes into one at best (https://zlib.net/zlib_tech.html).
constexpr std::uint64_t kBestPacking = 1032;

constexpr const char* kDecoding = "corrupt PNG picture";

void check_spng(int code, const char* doing) { check(code == 0, doing, ": ", spng_strerror(code)); }

Context make_context(int flags) {
  Context context(spng_ctx_new(flags));
  check(context != nullptr, "no memory for a PNG picture");
  return context;
}

struct Format {
  spng_format format;
  int channels;
};

// A palette, or one colour of all, may have entries that are transparent.
bool has_transparent_colours(spng_ctx* context) {
  spng_trns colours{};
  const int code = spng_get_trns(context, &colours);
  // All that stands before the pixels is read for that; what is wrong with it is told once.
  if (code != SPNG_ECHUNKAVAIL) check_spng(code, kDecoding);
  return code == 0;
}

Format format_of(const spng_ihdr& header, bool transparent_colours, int flag) {
  const bool grey = header.color_type == SPNG_COLOR_TYPE_GRAYSCALE;
  const bool opacity = transparent_colours ||
                       header.color_type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA ||
                       header.color_type == SPNG_COLOR_TYPE_TRUECOLOR_ALPHA;
  if (flag == kUnchanged && opacity) return {SPNG_FMT_RGBA8, 4};
  const bool wants_grey = flag == kGrey || (flag == kUnchanged && grey);
  if (wants_grey && grey && header.bit_depth <= 8) return {SPNG_FMT_G8, 1};
  return {SPNG_FMT_RGB8, 3};
}

// No file of `bytes` holds more than kBestPacking times as many.
void check_plausible(const spng_ihdr& header, std::size_t bytes) {
  const std::uint64_t bits = std::uint64_t{header.width} * header.height * header.bit_depth;
  check(bits / 8 <= kBestPacking * bytes, "corrupt PNG picture: it claims ", header.width, " x ",
        header.height, " pixels, more than its ", bytes, " bytes can hold");
}

}  // namespace

bool is_png(std::string_view bytes) { return bytes.starts_with("\x89PNG\r\n\x1a\n"); }

NDArray decode_png(std::string_view bytes, const ImdecodeOptions& options) {
  const Context context = make_context(0);
  check_spng(spng_set_chunk_limits(context.get(), kMaxChunk, kMaxChunk), kDecoding);
  check_spng(spng_set_png_buffer(context.get(), bytes.data(), bytes.size()), kDecoding);
  spng_ihdr header{};
  check_spng(spng_get_ihdr(context.get(), &header), kDecoding);
  const Format format = format_of(header, has_transparent_colours(context.get()), options.flag);
  check_plausible(header, bytes.size());
  NDArray picture = make_picture(header.height, header.width, format.channels, options);
  check_spng(spng_decode_image(context.get(), picture.data(), picture.bytes(), format.format,
                               format.channels == 4 ? SPNG_DECODE_TRNS : 0),
             kDecoding);
  // The checksums come behind the pixels.
  check_spng(spng_decode_chunks(context.get()), kDecoding);
  const bool grey = options.flag == kGrey ||
                    (options.flag == kUnchanged && header.color_type == SPNG_COLOR_TYPE_GRAYSCALE);
  return grey && format.channels == 3 ? to_grey(picture) : picture;
}

std::string encode_png(const NDArray& picture, int compression) {
  constexpr const char* kDoing = "cannot encode the picture";
  constexpr std::uint8_t kColorTypes[] = {SPNG_COLOR_TYPE_GRAYSCALE, 0, SPNG_COLOR_TYPE_TRUECOLOR,
                                          SPNG_COLOR_TYPE_TRUECOLOR_ALPHA};
  const Shape& shape = picture.shape();
  check(shape[0] < (std::int64_t{1} << 31) && shape[1] < (std::int64_t{1} << 31),
        "imencode: a PNG picture has less than 2^31 rows and columns, got shape ", shape);
  const Context context = make_context(SPNG_CTX_ENCODER);
  check_spng(spng_set_option(context.get(), SPNG_ENCODE_TO_BUFFER, 1), kDoing);
  check_spng(spng_set_option(context.get(), SPNG_IMG_COMPRESSION_LEVEL, compression), kDoing);
  spng_ihdr header{};
  header.height = static_cast<std::uint32_t>(shape[0]);
  header.width = static_cast<std::uint32_t>(shape[1]);
  header.bit_depth = 8;
  header.color_type = kColorTypes[shape[2] - 1];
  check_spng(spng_set_ihdr(context.get(), &header), kDoing);
  check_spng(spng_encode_image(context.get(), picture.data(), picture.bytes(), SPNG_FMT_PNG,
                               SPNG_ENCODE_FINALIZE),
             kDoing);
  int code = 0;
  std::size_t size = 0;
  const std::unique_ptr<void, FreeBuffer> png(spng_get_png_buffer(context.get(), &size, &code));
  check_spng(code, kDoing);
  return {static_cast<const char*>(png.get()), size};
}

}  // namespace gluino::image
