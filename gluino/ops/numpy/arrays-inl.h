#pragma once

#include <gluino/ndarray/promotion.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/formula.h>
#include <gluino/ops/creation/creation.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/cast.h>
#include <gluino/ops/movement/movement.h>
#include <gluino/ops/movement/reshape.h>

#include <vector>

/// What the formulas of NumPy's operators are made of: arrays brought to types and shapes.
namespace gluino::numpy {

using formula::Arrays;
using formula::In;

/// x in another type; itself where it has it.
inline NDArray as(const NDArray& x, DType dtype) {
  return x.dtype() == dtype ? x : ops::cast(x, {dtype});
}

/// Whole numbers and truths as float32, MXNet's default.
inline DType real_type(DType dtype) { return is_floating(dtype) ? dtype : float32; }
inline NDArray real(const NDArray& x) { return as(x, real_type(x.dtype())); }

/// The type in which arrays of these types compute together.
template <class Types>
std::optional<DType> promoted(const Types& types) {
  std::optional<DType> result;
  for (const auto& type : types) {
    if (type) result = result ? promote(*result, *type) : *type;
  }
  return result;
}

inline Arrays together(In in) {
  DType dtype = in[0].dtype();
  for (const NDArray& array : in) dtype = promote(dtype, array.dtype());
  Arrays result;
  for (const NDArray& array : in) result.push_back(as(array, dtype));
  return result;
}

/// x under another shape, in the same memory: formulas change no array, and what they give is
/// copied where it shares memory.
inline NDArray reshaped(const NDArray& x, const Shape& shape) {
  if (shape.size() == 0) return derivative::reshaped(x, shape);
  return x.shape() == shape ? x : x.reshape(shape);
}

/// The elements from begin to end along an axis; along the first in the same memory.
inline NDArray part_of(const NDArray& x, int axis, std::int64_t begin, std::int64_t end) {
  if (axis == 0 && !current_mode().dry_run) return x.slice(begin, end);
  return ops::slice_axis(x, {.axis = axis, .begin = begin, .end = end});
}

/// x repeated along axes of size 1 and new ones in front. Throws Error where it does not fit.
inline NDArray expanded(const NDArray& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  check(broadcast_shapes(x.shape(), shape) == shape, "shape ", x.shape(),
        " cannot be broadcast to ", shape);
  Shape aligned = Shape::filled(shape.ndim(), 1);
  const int lead = shape.ndim() - x.ndim();
  for (int i = 0; i < x.ndim(); ++i) aligned[lead + i] = x.shape()[i];
  return derivative::expand(reshaped(x, aligned), shape);
}

/// The same number everywhere.
inline NDArray filled(const Shape& shape, double value, DType dtype, const Context& context) {
  static const Op& op = Op::get<FullOptions>("_full");
  const FullOptions options{.shape = shape, .value = value, .ctx = context, .dtype = dtype};
  return apply(op, &options, In());
}

/// x with its axes in another order, an array of its own.
inline NDArray permuted(const NDArray& x, const Shape& order) {
  return x.ndim() < 2 ? ops::identity(x) : ops::transpose(x, {.axes = order});
}

/// An axis counted from the front. Throws Error, NumPy's kind, where there is none.
inline int axis_of(std::int64_t axis, int ndim) {
  return normalize_axis(axis, ndim, "AxisError: axis");
}

inline NDArray flat(const NDArray& x) { return reshaped(x, {x.size()}); }

}  // namespace gluino::numpy
