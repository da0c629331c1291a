#pragma once

#include <gluino/base/error.h>
#include <gluino/base/float16.h>

#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace gluino {

/// `value` as a To, defined for every value: to integers towards zero and, where it does not fit,
/// to the nearest end of their range (NaN to 0); to bool as "is not zero". From one integer type to
/// another it wraps around, as in C++.
template <class To, class From>
To convert(From value) {
  using Real = std::conditional_t<std::is_same_v<From, double>, double, float>;
  constexpr bool from_real = !std::is_integral_v<From>;
  if constexpr (std::is_same_v<To, bool> && from_real) {
    return static_cast<Real>(value) != 0;
  } else if constexpr (std::is_integral_v<To> && from_real) {
    const Real real = value;
    if (std::isnan(real)) return 0;
    // The largest integer itself may not be a Real; one more, a power of two, always is.
    const Real end = std::ldexp(Real(1), std::numeric_limits<To>::digits);
    if (real >= end) return std::numeric_limits<To>::max();
    if (real <= static_cast<Real>(std::numeric_limits<To>::min())) {
      return std::numeric_limits<To>::min();
    }
    return static_cast<To>(real);
  } else if constexpr (std::is_integral_v<To> || std::is_floating_point_v<To>) {
    return static_cast<To>(value);
  } else {
    return To(static_cast<float>(value));
  }
}

/// The number as an integer. Throws Error, beginning with `what`, unless it is whole and 64 bits
/// can hold it.
inline std::int64_t whole_number(double value, const std::string& what) {
  // 2^63 itself is no std::int64_t any more; a NaN is equal to nothing.
  check(value == std::trunc(value) && value >= -0x1p63 && value < 0x1p63, what,
        ": expected a whole number from -2^63 to 2^63 - 1, got ", value);
  return static_cast<std::int64_t>(value);
}

/// The truth that a text says as Python, JSON or C write it: "True", "true" or "1", "False",
/// "false" or "0"; nothing for all else.
inline std::optional<bool> truth_of(std::string_view text) {
  if (text == "True" || text == "true" || text == "1") return true;
  if (text == "False" || text == "false" || text == "0") return false;
  return {};
}

}  // namespace gluino
