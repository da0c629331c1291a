#pragma once

#include <gluino/base/export.h>
#include <gluino/ndarray/ndarray.h>
#include <gluino/viz/raster.h>

#include <string>
#include <vector>

namespace gluino::viz {

/// One picture of a grid, with its title above it, UTF-8; '\n' begins the title's next line.
///
/// The image is grey: shape (height, width), (height, width, 1) or (1, height, width); uint8, or
/// floating with values in [0, 1]. As MNIST has it, 0 is paper (drawn white) and the largest value
/// ink (drawn black).
struct GridImage {
  NDArray image;
  std::string title;
};

/// Images that belong together, under one caption; they begin a new row. Without images, only the
/// caption is drawn.
struct GridSection {
  std::string caption;
  std::vector<GridImage> images;
};

struct GridOptions {
  int columns = 8;     ///< images in a row; those that are left go to further rows
  int scale = 4;       ///< sides of an image's pixel on the screen, 1 to 64
  int text_scale = 2;  ///< size of letters, in units of 8 pixels, 1 to 16
};

/// Draws the sections below each other. Throws Error on images of other shapes, types or values,
/// when there is no image at all, on options out of range, and when the picture would have more
/// than 2^28 pixels.
GLUINO_API Raster render_image_grid(const std::vector<GridSection>& sections,
                                    const GridOptions& options = {});
GLUINO_API Raster render_image_grid(const std::vector<GridImage>& images,
                                    const GridOptions& options = {});

/// The same, written to `path` as an 8-bit grey PNG:
///
///     viz::save_image_grid("wrong.png", {{"training set", train_images}, {"test set",
///     test_images}});
///
/// The file is the old or the new one. Throws Error also when it cannot be written.
GLUINO_API void save_image_grid(const std::string& path, const std::vector<GridSection>& sections,
                                const GridOptions& options = {});
GLUINO_API void save_image_grid(const std::string& path, const std::vector<GridImage>& images,
                                const GridOptions& options = {});

}  // namespace gluino::viz
