#include "resample.h"

#include <gluino/ops/image/image.h>

namespace gluino::python {

NDArray resample(const NDArray& picture, std::int64_t width, std::int64_t height,
                 Interpolation interpolation) {
  return ops::cvimresize(picture,
                         {.w = width, .h = height, .interp = static_cast<int>(interpolation)});
}

}  // namespace gluino::python
