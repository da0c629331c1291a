#pragma once

#include <gluino/viz/path.h>
#include <gluino/viz/raster.h>

/// From outlines to pixels; the room's own.
namespace gluino::viz {

/// Paints the inside of a path into the picture; pixels that it covers in part get a part.
/// What lies beyond the picture is left out. A grey picture gets the colour's lightness.
void fill(Raster& raster, const Path& path, const Color& color, double opacity = 1);

}  // namespace gluino::viz
