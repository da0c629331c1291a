#pragma once

#include <gluino/kernels/cpu/pictures/resample.h>
#include <gluino/ndarray/ndarray.h>

#include <cstdint>

namespace gluino::python {

using kernels::Interpolation;

/// The picture, (height, width, channels) of uint8 or float32, with `width` times `height` pixels.
/// Throws Error on another shape or type, or a size below 1.
NDArray resample(const NDArray& picture, std::int64_t width, std::int64_t height,
                 Interpolation interpolation);

}  // namespace gluino::python
