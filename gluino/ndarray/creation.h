#pragma once

#include <gluino/ndarray/ndarray.h>
#include <gluino/ndarray/rows.h>

#include <algorithm>
#include <initializer_list>
#include <span>
#include <vector>

/// Ways to make arrays. All are float32 at current_context() unless told otherwise.
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

namespace detail {
/// The numbers of type `type` at `values`, converted.
GLUINO_API NDArray converted(const void* values, DType type, const Shape& shape, DType dtype,
                             const Context& context);
}  // namespace detail

/// The numbers of a std::vector, std::array or std::span along one axis; of a vector of vectors its
/// rows, of one length, and so on inwards. Converted as astype does: to float32 unless told
/// otherwise, as in MXNet; nd::from keeps the numbers' own type. Throws Error when lengths differ.
template <detail::NestedRow R>
NDArray array(const R& rows, DType dtype = float32, const Context& context = current_context()) {
  using T = typename detail::NumberIn<R>::type;
  if constexpr (std::same_as<detail::Element<R>, T> && requires { std::data(rows); }) {
    return detail::converted(std::data(rows), dtype_of<T>::value,
                             {static_cast<std::int64_t>(std::size(rows))}, dtype, context);
  } else {
    Shape shape;
    std::vector<T> values;
    detail::gather(rows, 0, shape, values);
    return detail::converted(values.data(), dtype_of<T>::value, shape, dtype, context);
  }
}

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
