#include <gluino/base/convert.h>
#include <gluino/ndarray/creation.h>
#include <gluino/ndarray/number_row.h>

#include <cmath>

namespace gluino::nd {
namespace {

NDArray filled_by(const Shape& shape, DType dtype, const Context& context,
                  std::span<const double> values) {
  NDArray result(shape, dtype, context);
  dispatch(dtype, [&]<class T>() {
    T* out = result.data<T>();
    for (std::size_t i = 0; i < values.size(); ++i) out[i] = convert<T>(values[i]);
  });
  return result;
}

}  // namespace

NDArray empty(const Shape& shape, DType dtype, const Context& context) {
  return NDArray(shape, dtype, context);
}

NDArray zeros(const Shape& shape, DType dtype, const Context& context) {
  return full(shape, 0, dtype, context);
}

NDArray ones(const Shape& shape, DType dtype, const Context& context) {
  return full(shape, 1, dtype, context);
}

NDArray full(const Shape& shape, double value, DType dtype, const Context& context) {
  NDArray result(shape, dtype, context);
  result.assign(value);
  return result;
}

NDArray arange(double start, double stop, double step, DType dtype, const Context& context) {
  check(step != 0 && std::isfinite(start) && std::isfinite(stop) && std::isfinite(step),
        "nd::arange: expected finite bounds and a step other than 0, got ", start, ", ", stop, ", ",
        step);
  const double count = std::max(0.0, std::ceil((stop - start) / step));
  check(count < 0x1p40, "nd::arange: ", count, " values are too many");
  NDArray result({static_cast<std::int64_t>(count)}, dtype, context);
  dispatch(dtype, [&]<class T>() {
    T* out = result.data<T>();
    for (std::int64_t i = 0; i < result.size(); ++i) {
      out[i] = convert<T>(in_row(start, step, i, dtype));
    }
  });
  return result;
}

NDArray arange(double stop) { return arange(0, stop); }

NDArray array_of(std::span<const double> values, DType dtype, const Context& context) {
  return filled_by({static_cast<std::int64_t>(values.size())}, dtype, context, values);
}

NDArray detail::converted(const void* values, DType type, const Shape& shape, DType dtype,
                          const Context& context) {
  NDArray result(shape, dtype, context);
  dispatch(type, [&]<class From>() {
    dispatch(dtype, [&]<class To>() {
      const From* from = static_cast<const From*>(values);
      To* to = result.data<To>();
      for (std::int64_t i = 0; i < result.size(); ++i) to[i] = convert<To>(from[i]);
    });
  });
  return result;
}

NDArray array(std::initializer_list<std::initializer_list<double>> rows, DType dtype,
              const Context& context) {
  if (rows.size() == 0) return NDArray({0}, dtype, context);
  std::vector<double> values;
  const std::size_t columns = rows.begin()->size();
  for (const auto& row : rows) {
    check(row.size() == columns, "nd::array: rows of ", columns, " and ", row.size(), " numbers");
    values.insert(values.end(), row.begin(), row.end());
  }
  return filled_by({static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(columns)},
                   dtype, context, values);
}

}  // namespace gluino::nd
