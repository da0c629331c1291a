#pragma once

#include <gluino/base/export.h>

#include <string>

namespace gluino {

/// A number as NumPy writes it: "-12." and "5", or with an exponent "1." "5" "-05".
struct Decimal {
  std::string whole;     ///< sign and digits before the point
  std::string fraction;  ///< digits after the point, none at its end a zero
  int exponent = 0;      ///< of scientific notation
};

/// The fewest digits that tell `value` from its neighbours of type T, rounded to `precision` digits
/// after the point (ties to even);
/// before the point all digits of the value itself. T: float, double, Half, BFloat16; `value` is
/// finite.
template <class T>
Decimal positional(T value, int precision);

/// The same with one digit before the point and an exponent.
template <class T>
Decimal scientific(T value, int precision);

/// With exactly `precision` digits after the point: those of the value itself where the shortest
/// form has fewer.
template <class T>
Decimal scientific_filled(T value, int precision);

/// "e-05": two digits of exponent, or `digits` if that is more.
std::string exponent_text(int exponent, int digits = 2);

}  // namespace gluino
