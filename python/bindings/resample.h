#pragma once

#include <gluino/ndarray/ndarray.h>

#include <cstdint>

namespace gluino::python {

/// How a pixel of a picture of another size follows from those around its place, with the numbers
/// that MXNet's programs give.
enum class Interpolation : int { nearest = 0, linear = 1, cubic = 2, area = 3, lanczos = 4 };

/// The picture, (height, width, channels) of uint8 or float32, with `width` times `height` pixels.
/// Throws Error on another shape or type, or a size below 1.
NDArray resample(const NDArray& picture, std::int64_t width, std::int64_t height,
                 Interpolation interpolation);

}  // namespace gluino::python
