#pragma once

#include <gluino/base/dtype.h>

#include <cmath>
#include <cstdint>

namespace gluino {

/// Number i of those that begin at `start` and stand `step` apart. Of whole numbers both are cut
/// off towards zero first, as in MXNet and NumPy.
inline double in_row(double start, double step, std::int64_t i, DType dtype) {
  if (!is_floating(dtype)) {
    start = std::trunc(start);
    step = std::trunc(step);
  }
  return start + step * static_cast<double>(i);
}

}  // namespace gluino
