#pragma once

#include <apps/digits/pictures/shapes.h>

namespace digits {

/// How wide the pen's line is on average, in pixels: twice its area over the length of its edge.
double stroke_width(const Shape& shape);

/// The shape with its edge moved outwards by `pixels`, at most as many as its margin has; inwards
/// where that is below 0.
Shape with_edge_moved(const Shape& shape, double pixels);

/// The shape with more paper around it.
Shape with_margin(const Shape& shape, std::int64_t more);

}  // namespace digits
