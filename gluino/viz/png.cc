#include <gluino/base/error.h>
#include <gluino/base/file.h>
#include <gluino/io/pictures/image.h>
#include <gluino/ndarray/creation.h>
#include <gluino/viz/raster.h>

#include <cstddef>
#include <string>

namespace gluino::viz {

void write_png(const std::string& path, const Raster& raster) {
  check(raster.width > 0 && raster.height > 0, path, ": expected a picture with pixels, got ",
        raster.width, " x ", raster.height);
  check(raster.channels == 1 || raster.channels == 3, path, ": expected 1 or 3 channels, got ",
        raster.channels);
  const std::size_t size = static_cast<std::size_t>(raster.width) *
                           static_cast<std::size_t>(raster.height) *
                           static_cast<std::size_t>(raster.channels);
  check(raster.pixels.size() == size, path, ": expected ", size, " pixels for a picture of ",
        raster.width, " x ", raster.height, ", got ", raster.pixels.size());
  const NDArray picture = nd::from(raster.pixels, {raster.height, raster.width, raster.channels});
  write_file(path, image::imencode(picture, {.format = ".png", .compression = 6}));
}

}  // namespace gluino::viz
