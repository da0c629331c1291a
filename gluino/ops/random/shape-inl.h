#pragma once

#include <gluino/ops/core/inference.h>

namespace gluino {
namespace {

/// Output 0 has the shape that the options say or, where they say none, that of the array into
/// which the numbers go.
inline void set_shape(const Shape& shape, Inference& s) {
  s.expect(shape.known(), -1, "shape: expected known sizes, got ", shape);
  s.set_out(0, shape.empty() && s.out(0).known() ? s.out(0) : shape);
}

}  // namespace
}  // namespace gluino
