#pragma once

#include <gluino/base/export.h>

#include <cstdint>
#include <string>
#include <vector>

namespace gluino::viz {

/// A picture: `height` rows of `width` pixels from the top left on. With one channel a pixel is
/// grey, 0 black to 255 white; with three it is red, green and blue.
struct Raster {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> pixels;
  int channels = 1;
};

/// Writes `raster` to `path` as a PNG of 8 bits a channel; the file is the old or the new one.
/// Throws Error on an empty raster, on pixels that do not match the sizes, and when the file cannot
/// be written.
GLUINO_API void write_png(const std::string& path, const Raster& raster);

}  // namespace gluino::viz
