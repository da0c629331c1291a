#pragma once

#include <apps/digits/pictures/shapes.h>
#include <gluino/ndarray/ndarray.h>

namespace digits {

/// A shape as MNIST's digits are, float32 (1, 28, 28): its longer side made 20 pixels long, its
/// strokes not thinner or thicker than theirs are, its mass in the middle. A shape that has that
/// size already is only moved, by whole pixels.
gluino::NDArray network_input(Shape shape);

}  // namespace digits
