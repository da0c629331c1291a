#include <gluino/base/convert.h>
#include <gluino/base/parallel.h>
#include <gluino/ndarray/creation.h>
#include <gluino/ndarray/number_row.h>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>
#include <type_traits>

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

constexpr std::int64_t kGrain = 32768;

template <class T>
void fill_row(const NumberRow& row, T* out, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) out[i] = convert<T>(row[i]);
}

template <std::floating_point T>
void fill_row(const NumberRow& row, T* out, std::int64_t n) {
  parallel_for(n, kGrain, [=](std::int64_t begin, std::int64_t end) {
    for (; begin < end; begin += kGrain) {
      // Places of 32 bits become real numbers in vectors, of 64 bits in few instruction sets.
      const auto first = static_cast<double>(begin);
      const auto count = static_cast<std::int32_t>(std::min(kGrain, end - begin));
      for (std::int32_t i = 0; i < count; ++i) {
        out[begin + i] = static_cast<T>(row.at(first + i));
      }
    }
  });
}

// Whether all numbers of a row lie from `least` to `most`, and float64 has them exactly.
bool lies_between(const NumberRow& row, std::int64_t n, double least, double most) {
  constexpr double kExact = 0x1p52;
  const auto lies = [=](double value) {
    return std::abs(value) < kExact && value >= least && value <= most;
  };
  return n > 0 && lies(row[0]) && lies(row[n - 1]) && std::abs(row.step()) < kExact;
}

template <class T>
concept WholeNumber = std::integral<T> && !std::is_same_v<T, bool>;

// Whole numbers by themselves, wrapping around on the way to a result that does not.
template <WholeNumber T>
void fill_row(const NumberRow& row, T* out, std::int64_t n) {
  using Limits = std::numeric_limits<T>;
  if (!lies_between(row, n, static_cast<double>(Limits::min()),
                    static_cast<double>(Limits::max()))) {
    for (std::int64_t i = 0; i < n; ++i) out[i] = convert<T>(row[i]);
    return;
  }
  using U = std::make_unsigned_t<T>;
  const auto first = static_cast<U>(static_cast<std::int64_t>(row[0]));
  const auto step = static_cast<U>(static_cast<std::int64_t>(row.step()));
  parallel_for(n, kGrain, [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      out[i] = static_cast<T>(static_cast<U>(first + step * static_cast<U>(i)));
    }
  });
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
  const NumberRow row(start, step, dtype);
  dispatch(dtype, [&]<class T>() { fill_row(row, result.data<T>(), result.size()); });
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
