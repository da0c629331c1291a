#pragma once

#include <gluino/base/export.h>

#include <cstdint>
#include <string>
#include <vector>

namespace gluino::viz {

/// A grey picture: `height` rows of `width` pixels from the top left on, 0 black, 255 white.
struct Raster {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> pixels;
};

/// Writes `raster` to `path` as an 8-bit grey PNG; the file is the old or the new one. Throws Error
/// on an empty raster, on pixels that do not match the sizes, and when the file cannot be written.
GLUINO_API void write_png(const std::string& path, const Raster& raster);

}  // namespace gluino::viz
