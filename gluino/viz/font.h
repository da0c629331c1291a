#pragma once

#include <gluino/viz/path.h>

#include <string_view>
#include <vector>

/// The letters of all pictures: DejaVu Sans, which the library carries within. Sizes are those of
/// the em, in pixels; texts are UTF-8, and what the font lacks is a box. The room's own.
namespace gluino::viz {

/// How far the letters of a text reach to the right, of each line as it stands.
double text_width(std::string_view text, double size);

/// How far letters reach above the line of writing and below it.
double ascent(double size);
double descent(double size);

/// From one line of writing to the next.
double line_pitch(double size);

/// The outlines of the letters of a line of text that begins at (0, 0), on the line of writing.
/// Their horizontal parts lie on whole pixels, so that small letters are sharp. Throws Error on
/// letters of no size, and on those larger than any picture needs.
std::vector<Path> text_paths(std::string_view text, double size);

}  // namespace gluino::viz
