#pragma once

#include <gluino/base/shape.h>

#include <concepts>
#include <cstdint>

namespace gluino::kernels {

/// The axes to reduce: bit i stands for axis i.
using AxisMask = std::uint32_t;

inline constexpr AxisMask kAllAxes = ~AxisMask{0};

/// `shape` with the axes in `axes` removed, or kept with size 1.
Shape reduced_shape(const Shape& shape, AxisMask axes, bool keepdims);

/// y = the reduction of x over `axes`; y has reduced_shape(...).size() elements. For T = float and
/// double. Sums run in fixed blocks that are added pairwise, so that the error grows with the
/// logarithm of the count, and the bits do not depend on the number of threads. Over nothing, sum
/// gives 0, prod 1, mean NaN, max and min -inf and inf. NaN is handed on. Sums, products and
/// squares on the way may lie beyond the range of T: where the result lies in it, it comes out.
/// Used as reduce::sum(x, shape, axes, y).
namespace reduce {
template <class T>
void sum(const T* x, const Shape& shape, AxisMask axes, T* y);
template <class T>
void mean(const T* x, const Shape& shape, AxisMask axes, T* y);
template <class T>
void prod(const T* x, const Shape& shape, AxisMask axes, T* y);
template <class T>
void max(const T* x, const Shape& shape, AxisMask axes, T* y);
template <class T>
void min(const T* x, const Shape& shape, AxisMask axes, T* y);
/// The sum of squares.
template <class T>
void sum_of_squares(const T* x, const Shape& shape, AxisMask axes, T* y);
/// The sum of magnitudes if `order` is 1, the root of the sum of squares if it is 2; throws Error
/// for others.
template <class T>
void norm(const T* x, const Shape& shape, AxisMask axes, int order, T* y);

/// Of int8, uint8, int32 and int64. Sums and products are right modulo 2^64, and so wrap around in
/// T as if they had been taken in it. Over nothing, max and min give the ends of T's range.
template <std::integral T>
void sum(const T* x, const Shape& shape, AxisMask axes, T* y);
template <std::integral T>
void prod(const T* x, const Shape& shape, AxisMask axes, T* y);
template <std::integral T>
void max(const T* x, const Shape& shape, AxisMask axes, T* y);
template <std::integral T>
void min(const T* x, const Shape& shape, AxisMask axes, T* y);
}  // namespace reduce

/// The inverse of broadcasting: y, of shape `target`, sums the elements of x that come from one
/// element of `target` when it is broadcast to `shape`. Throws Error when it cannot be.
template <class T>
void sum_to_shape(const T* x, const Shape& shape, T* y, const Shape& target);

/// y = x repeated by NumPy's rule to `target`.
template <class T>
void broadcast_to(const T* x, const Shape& shape, T* y, const Shape& target);

/// The place of the largest (smallest) element along the middle axis of (outer, n, inner), the
/// first of equal ones, NaN counting as the largest (smallest); y is (outer, inner). Throws Error
/// when n is 0 and there is something to write. T is float, double or one of the integers above,
/// Place is T or int64.
template <class T, class Place>
void argmax(const T* x, std::int64_t outer, std::int64_t n, std::int64_t inner, Place* y);
template <class T, class Place>
void argmin(const T* x, std::int64_t outer, std::int64_t n, std::int64_t inner, Place* y);

/// The gradient of max and min: dx = dy where x equals y, else 0, with y and dy of the reduced
/// shape. Every one of several equal extremes gets the whole gradient, as in MXNet.
template <class T>
void extreme_gradient(const T* x, const Shape& shape, AxisMask axes, const T* y, const T* dy,
                      T* dx);

}  // namespace gluino::kernels
