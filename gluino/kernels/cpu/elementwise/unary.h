#pragma once

#include <gluino/base/export.h>
#include <gluino/base/unary_table.h>

#include <cstdint>

namespace gluino::kernels {

/// A function of one number, over n contiguous elements, and its derivative.
/// NaN and infinities behave as in the C library. Output and input may be the same array.
template <class T>
struct UnaryKernel {
  /// y = f(x).
  void (*forward)(const T* x, T* y, std::int64_t n);
  /// The same on the calling thread alone, for pieces of a larger task.
  void (*forward_piece)(const T* x, T* y, std::int64_t n);
  /// dx = dy * f'(x), from those of x and y that it reads; the other may be null.
  void (*gradient)(const T* x, const T* y, const T* dy, T* dx, std::int64_t n);
  bool gradient_reads_x;
  bool gradient_reads_y;
};

/// One accessor per function, for T = float and double: unary::tanh<float>().forward(x, y, n).
namespace unary {
#define GLUINO_DECLARE(name, ...) \
  template <class T>              \
  const UnaryKernel<T>& name();
GLUINO_UNARY_TABLE(GLUINO_DECLARE)
#undef GLUINO_DECLARE
}  // namespace unary

}  // namespace gluino::kernels
