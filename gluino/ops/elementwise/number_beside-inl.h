#pragma once

#include <gluino/base/convert.h>
#include <gluino/base/dtype.h>
#include <gluino/base/error.h>
#include <gluino/ops/core/temporary.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>

/// The number of a call beside an array, whose type it gets.
namespace gluino::binary_definition {

/// What becomes of a number that the array's type, one of whole numbers, does not hold.
enum class Beyond {
  /// It is an Error.
  refused,
  /// It counts modulo the size of the type, as sums and products in that type do.
  wraps,
  /// It is compared as it is.
  compared
};

/// Whether the whole part of a number is an element of type T.
template <class T>
bool holds(double number) {
  using Limits = std::numeric_limits<T>;
  const double whole = std::trunc(number);
  return whole >= static_cast<double>(Limits::min()) && whole < std::ldexp(1.0, Limits::digits);
}

/// The number as an element: towards zero where T is a type of whole numbers, as in MXNet. Throws
/// Error where it is beyond T; `op` is the operator's name.
template <class T>
T number_as(double number, Beyond beyond, const std::string& op) {
  if constexpr (!std::is_integral_v<T> || std::is_same_v<T, bool>) {
    return convert<T>(number);
  } else {
    const bool fits = holds<T>(number) || (beyond == Beyond::wraps && holds<std::int64_t>(number));
    check(fits, "[", op, "] scalar: ", number, " does not fit ", dtype_of<T>::value,
          ", the type of the array; convert that with astype");
    return static_cast<T>(static_cast<std::int64_t>(number));
  }
}

/// Whether a number has no element of type T to stand for it.
template <class T>
bool is_beyond(double number) {
  if constexpr (std::is_same_v<T, bool>) {
    return number != 0 && number != 1;
  } else if constexpr (std::is_integral_v<T>) {
    return !holds<T>(number);
  } else {
    return false;
  }
}

/// compare(x, number, y, n) in float64 for such a number. One that is too large is infinite there,
/// since float64 does not tell all elements of int64 apart.
template <class T, class Compare>
void compare_in_float64(const T* x, double number, T* y, std::int64_t n, Compare compare) {
  if (!std::isnan(number) && !holds<T>(number)) {
    number = std::copysign(std::numeric_limits<double>::infinity(), number);
  }
  const Temporary<double> memory(n);
  double* const values = memory.data();
  for (std::int64_t i = 0; i < n; ++i) values[i] = static_cast<double>(x[i]);
  compare(values, number, values, n);
  for (std::int64_t i = 0; i < n; ++i) y[i] = static_cast<T>(values[i]);
}

}  // namespace gluino::binary_definition
