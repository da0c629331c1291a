#include <gluino/base/error.h>
#include <gluino/base/file.h>
#include <gluino/viz/raster.h>
#include <spng.h>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

namespace gluino::viz {
namespace {

struct FreeContext {
  void operator()(spng_ctx* context) const { spng_ctx_free(context); }
};
struct FreeBuffer {
  void operator()(void* buffer) const { std::free(buffer); }
};

void check_spng(int code, const std::string& path) {
  check(code == 0, path, ": cannot encode the picture: ", spng_strerror(code));
}

}  // namespace

void write_png(const std::string& path, const Raster& raster) {
  check(raster.width > 0 && raster.height > 0, path, ": expected a picture with pixels, got ",
        raster.width, " x ", raster.height);
  const std::size_t size =
      static_cast<std::size_t>(raster.width) * static_cast<std::size_t>(raster.height);
  check(raster.pixels.size() == size, path, ": expected ", size, " pixels for a picture of ",
        raster.width, " x ", raster.height, ", got ", raster.pixels.size());

  const std::unique_ptr<spng_ctx, FreeContext> context(spng_ctx_new(SPNG_CTX_ENCODER));
  check(context != nullptr, path, ": no memory to encode the picture");
  check_spng(spng_set_option(context.get(), SPNG_ENCODE_TO_BUFFER, 1), path);
  spng_ihdr header{};
  header.width = static_cast<std::uint32_t>(raster.width);
  header.height = static_cast<std::uint32_t>(raster.height);
  header.bit_depth = 8;
  header.color_type = SPNG_COLOR_TYPE_GRAYSCALE;
  check_spng(spng_set_ihdr(context.get(), &header), path);
  check_spng(spng_encode_image(context.get(), raster.pixels.data(), size, SPNG_FMT_PNG,
                               SPNG_ENCODE_FINALIZE),
             path);

  int code = 0;
  std::size_t bytes = 0;
  const std::unique_ptr<void, FreeBuffer> png(spng_get_png_buffer(context.get(), &bytes, &code));
  check_spng(code, path);
  write_file(path, std::string_view(static_cast<const char*>(png.get()), bytes));
}

}  // namespace gluino::viz
