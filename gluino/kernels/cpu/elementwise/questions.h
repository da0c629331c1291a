#pragma once

#include <cstdint>

namespace gluino::kernels {

/// Questions of float and double, asked of n elements: truths[i] is whether x[i] is NaN, infinite,
/// or neither.
#define GLUINO_QUESTIONS(X) X(is_nan) X(is_infinite) X(is_finite)

#define GLUINO_DECLARE(name) \
  template <class T>         \
  void name(const T* x, bool* truths, std::int64_t n);
GLUINO_QUESTIONS(GLUINO_DECLARE)
#undef GLUINO_DECLARE

}  // namespace gluino::kernels
