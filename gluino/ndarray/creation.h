#pragma once

#include <gluino/ndarray/ndarray.h>

#include <algorithm>
#include <initializer_list>
#include <span>
#include <vector>

/// Ways to make arrays. All are float32 at cpu(0) unless told otherwise.
namespace gluino::nd {

GLUINO_API NDArray empty(const Shape& shape, DType dtype = float32,
                         const Context& context = current_context());
GLUINO_API NDArray zeros(const Shape& shape, DType dtype = float32,
                         const Context& context = current_context());
GLUINO_API NDArray ones(const Shape& shape, DType dtype = float32,
                        const Context& context = current_context());
GLUINO_API NDArray full(const Shape& shape, double value, DType dtype = float32,
                        const Context& context = current_context());

/// Values from `start` on, below `stop`, `step` apart.
GLUINO_API NDArray arange(double start, double stop, double step = 1, DType dtype = float32,
                          const Context& context = current_context());
/// 0 to stop - 1.
GLUINO_API NDArray arange(double stop);

/// The numbers along one axis.
GLUINO_API NDArray array_of(std::span<const double> values, DType dtype = float32,
                            const Context& context = current_context());
/// The same: nd::array({1, 2, 3}). A template only so that {{1}, {2}} means two rows.
template <class = void>
NDArray array(std::initializer_list<double> values, DType dtype = float32,
              const Context& context = current_context()) {
  return array_of({values.begin(), values.size()}, dtype, context);
}
/// The rows of numbers, all of one length: nd::array({{1, 2}, {3, 4}}). No rows at all give shape
/// (0,). Throws Error when the lengths differ.
GLUINO_API NDArray array(std::initializer_list<std::initializer_list<double>> rows,
                         DType dtype = float32, const Context& context = current_context());

/// A copy of `values` in T's own type, as an array of `shape` (one axis if not given). Throws Error
/// when the sizes differ.
template <class T>
NDArray from(std::span<const T> values, const Shape& shape,
             const Context& context = current_context()) {
  check(shape.known() && shape.size() == static_cast<std::int64_t>(values.size()),
        "nd::from: ", values.size(), " values do not fill shape ", shape);
  NDArray result(shape, dtype_of<T>::value, context);
  std::copy(values.begin(), values.end(), result.data<T>());
  return result;
}
template <class T>
NDArray from(const std::vector<T>& values, const Shape& shape,
             const Context& context = current_context()) {
  return from(std::span<const T>(values), shape, context);
}
template <class T>
NDArray from(const std::vector<T>& values) {
  return from(values, {static_cast<std::int64_t>(values.size())});
}

}  // namespace gluino::nd
