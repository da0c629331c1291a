#include "programs/fitting.h"

#include <algorithm>
#include <cmath>

namespace gluino::programs {
namespace {

bool all_whole_within(const NDArray& value, const Fill& fill) {
  for (const double x : value.to_vector<double>()) {
    if (x != std::floor(x) || x < fill.low || x >= fill.high) return false;
  }
  return true;
}

}  // namespace

bool lies_in(const NDArray& value, const Fill& fill) {
  if (fill.kind == Fill::Kind::integers) return all_whole_within(value, fill);
  const bool limits =
      fill.kind == Fill::Kind::uniform ? fill.low != -1 || fill.high != 1 : fill.low >= 0;
  if (!limits) return true;
  for (const double x : value.to_vector<double>()) {
    if (x < fill.low || x > fill.high) return false;
  }
  return true;
}

Shape carried_over(const Shape& sample0, const Shape& actual0, const Shape& sample) {
  if (sample == sample0) return actual0;
  Shape shape = sample;
  for (int axis = 0; axis < shape.ndim(); ++axis) {
    if (sample0.ndim() == actual0.ndim()) {
      if (axis < sample0.ndim() && sample0[axis] == sample[axis]) {
        shape[axis] = actual0[axis];
        continue;
      }
      const auto* found = std::find(sample0.begin(), sample0.end(), sample[axis]);
      if (found != sample0.end()) shape[axis] = actual0[static_cast<int>(found - sample0.begin())];
    } else if (sample0.ndim() > 0 && actual0.ndim() > 0 && sample[axis] == sample0[0]) {
      shape[axis] = actual0[0];
    }
  }
  return shape;
}

}  // namespace gluino::programs
