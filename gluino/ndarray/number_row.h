#pragma once

#include <gluino/base/dtype.h>

#include <cmath>
#include <cstdint>

namespace gluino {

/// Numbers that begin at `start` and stand `step` apart. Of whole numbers both are cut off towards
/// zero first, as in MXNet and NumPy.
class NumberRow {
 public:
  NumberRow(double start, double step, DType dtype)
      : start_(is_floating(dtype) ? start : std::trunc(start)),
        step_(is_floating(dtype) ? step : std::trunc(step)) {}

  double operator[](std::int64_t i) const { return at(static_cast<double>(i)); }
  double at(double place) const { return start_ + step_ * place; }
  double step() const { return step_; }

 private:
  double start_, step_;
};

}  // namespace gluino
