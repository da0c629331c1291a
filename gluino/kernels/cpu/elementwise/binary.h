#pragma once

#include <gluino/base/shape.h>

#include <cstdint>

namespace gluino::kernels {

/// out = f(a, b), both broadcast to out_shape by NumPy's rule. `out` may be `a` or `b` where that
/// one has out_shape itself. Throws Error when a shape cannot be broadcast to out_shape.
template <class T, class R = T>
using BinaryKernel = void (*)(const T* a, const Shape& a_shape, const T* b, const Shape& b_shape,
                              R* out, const Shape& out_shape);

/// One of f(a, scalar) and f(scalar, a), for n elements. `out` may be `a`.
template <class T, class R = T>
using ScalarKernel = void (*)(const T* a, T scalar, R* out, std::int64_t n);

/// A function of two numbers in its three forms. R is the type of its results.
template <class T, class R = T>
struct BinaryFunction {
  BinaryKernel<T, R> broadcast;
  ScalarKernel<T, R> array_scalar;  ///< f(a, scalar)
  ScalarKernel<T, R> scalar_array;  ///< f(scalar, a)
};

/// Functions of float and double alone.
///   fmax, fmin: a number beside NaN.
///   ldexp: a times 2 to the power b, whatever 2 to the power b alone would be where b is whole.
#define GLUINO_REAL_BINARY_FUNCTIONS(X) X(hypot) X(arctan2) X(fmax) X(fmin) X(ldexp)

/// Functions of float, double, int32, int64, uint8 and int8. Integers wrap around.
///   maximum, minimum: NaN when either is.
///   divide: of integers, towards zero; divided by 0 they give 0.
///   mod: its sign is the divisor's, as in NumPy; 0 for the divisor 0, as in MXNet.
///   power: of integers, with a negative exponent, what is left of 1 / (a to the power -b) towards
///   zero; 0 for a = 0.
#define GLUINO_ARITHMETIC_BINARY_FUNCTIONS(X) \
  X(add) X(subtract) X(multiply) X(divide) X(power) X(mod) X(maximum) X(minimum)

/// Functions of int32, int64, uint8 and int8 alone.
///   floor_divide: the quotient rounded down; divided by 0 they give 0.
#define GLUINO_WHOLE_BINARY_FUNCTIONS(X) X(floor_divide)

/// Functions of all types, which give 1 or 0 in the type of the operands, or in bool. float16 and
/// bfloat16 are compared as float.
#define GLUINO_COMPARISON_FUNCTIONS(X) \
  X(equal)                             \
  X(not_equal)                         \
  X(greater) X(greater_equal) X(lesser) X(lesser_equal) X(logical_and) X(logical_or) X(logical_xor)

/// One accessor per function: binary::add<float>().broadcast(a, a_shape, b, b_shape, out, shape).
namespace binary {
#define GLUINO_DECLARE(name) \
  template <class T>         \
  const BinaryFunction<T>& name();
GLUINO_REAL_BINARY_FUNCTIONS(GLUINO_DECLARE)
GLUINO_ARITHMETIC_BINARY_FUNCTIONS(GLUINO_DECLARE)
GLUINO_WHOLE_BINARY_FUNCTIONS(GLUINO_DECLARE)
#undef GLUINO_DECLARE
#define GLUINO_DECLARE(name)      \
  template <class T, class R = T> \
  const BinaryFunction<T, R>& name();
GLUINO_COMPARISON_FUNCTIONS(GLUINO_DECLARE)
#undef GLUINO_DECLARE

/// Gradients of a * b for operands of one shape, n elements, T float or double:
/// da = dy * b, db = dy * a. Either of da, db may be null, and either may be dy.
template <class T>
void multiply_gradient(const T* a, const T* b, const T* dy, T* da, T* db, std::int64_t n);

/// Gradients of a / b: da = dy / b, db = -dy * a / b^2.
template <class T>
void divide_gradient(const T* a, const T* b, const T* dy, T* da, T* db, std::int64_t n);
}  // namespace binary

}  // namespace gluino::kernels
