#pragma once

#include <gluino/ops/numpy/arrays-inl.h>

namespace gluino::numpy {

/// Of functions of an array and a number.
struct NumberOptions {
  double scalar = 1;
  /// Whether the number is a whole one, which leaves whole arrays whole.
  bool is_int = true;
};

}  // namespace gluino::numpy
