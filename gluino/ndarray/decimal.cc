#include <gluino/base/error.h>
#include <gluino/base/float16.h>
#include <gluino/base/text.h>
#include <gluino/ndarray/decimal.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace gluino {
namespace {

// Significant digits without zeros at the end; the first one counts 10^exponent.
struct Digits {
  std::string text;
  int exponent = 0;
};

// Room for any double in fixed notation, which the callers keep to few digits after the point.
using Buffer = std::array<char, 512>;

Digits parse_scientific(std::string_view text) {
  Digits digits;
  const std::size_t e = text.find('e');
  for (const char c : text.substr(0, e)) {
    if (c != '.') digits.text += c;
  }
  while (digits.text.size() > 1 && digits.text.back() == '0') digits.text.pop_back();
  digits.exponent = std::stoi(std::string(text.substr(e + 1)));
  return digits;
}

Digits rounded(double magnitude, int precision) {
  Buffer buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), magnitude,
                                 std::chars_format::scientific, precision)
                       .ptr;
  return parse_scientific({buffer.data(), end});
}

// Enough digits to tell any two 16-bit numbers apart.
constexpr int kMaxPrecision = 8;

// The next larger number with `precision` digits after the first.
Digits next_up(const Digits& digits, int precision) {
  std::string text = digits.text;
  text.resize(static_cast<std::size_t>(precision) + 1, '0');
  const std::string up = std::to_string(std::stoll(text) + 1);
  return parse_scientific(
      str(up, "e", digits.exponent + static_cast<int>(up.size() - text.size())));
}

template <class T>
bool reads_back(const Digits& digits, T value) {
  const std::string text =
      str(digits.text, "e", digits.exponent + 1 - static_cast<int>(digits.text.size()));
  double back = 0;
  std::from_chars(text.data(), text.data() + text.size(), back);
  return T(static_cast<float>(back)).bits() == value.bits();
}

template <class T>
Digits shortest(T magnitude) {
  if constexpr (std::is_floating_point_v<T>) {
    Buffer buffer;
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), magnitude,
                                   std::chars_format::scientific)
                         .ptr;
    return parse_scientific({buffer.data(), end});
  } else {
    // 16-bit numbers need at most five digits; the first count that reads back is the least. Above
    // a power of two there is more room than below, so the next number up may do where the nearest
    // does not.
    const double exact = static_cast<float>(magnitude);
    for (int precision = 0;; ++precision) {
      const Digits nearest = rounded(exact, precision);
      const Digits above = next_up(nearest, precision);
      if (precision == kMaxPrecision || reads_back(nearest, magnitude)) return nearest;
      if (reads_back(above, magnitude)) return above;
    }
  }
}

template <class T>
T magnitude_of(T value) {
  return static_cast<T>(
      std::fabs(static_cast<std::conditional_t<std::is_same_v<T, double>, double, float>>(value)));
}

template <class T>
std::string sign_of(T value) {
  return std::signbit(static_cast<double>(value)) ? "-" : "";
}

}  // namespace

template <class T>
Decimal positional(T value, int precision) {
  const Digits digits = shortest(magnitude_of(value));
  const int needed = static_cast<int>(digits.text.size()) - 1 - digits.exponent;
  Decimal result{.whole = sign_of(value), .fraction = ""};
  if (needed > 0 && needed <= precision) {
    std::string text = digits.text;
    if (digits.exponent < 0) text.insert(0, static_cast<std::size_t>(-digits.exponent), '0');
    const auto point = text.size() - static_cast<std::size_t>(needed);
    result.whole += text.substr(0, point);
    result.fraction = text.substr(point);
    return result;
  }
  // Before the point all digits are those of the value itself.
  Buffer buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                                 std::fabs(static_cast<double>(value)), std::chars_format::fixed,
                                 needed > 0 ? precision : 0)
                       .ptr;
  const std::string_view text(buffer.data(), end);
  const std::size_t point = std::min(text.find('.'), text.size());
  result.whole += text.substr(0, point);
  if (point < text.size()) result.fraction = text.substr(point + 1);
  while (!result.fraction.empty() && result.fraction.back() == '0') result.fraction.pop_back();
  return result;
}

template <class T>
Decimal scientific(T value, int precision) {
  Digits digits = shortest(magnitude_of(value));
  if (static_cast<int>(digits.text.size()) - 1 > precision) {
    digits = rounded(std::fabs(static_cast<double>(value)), precision);
  }
  return {.whole = sign_of(value) + digits.text[0],
          .fraction = digits.text.substr(1),
          .exponent = digits.exponent};
}

template <class T>
Decimal scientific_filled(T value, int precision) {
  Digits digits = shortest(magnitude_of(value));
  if (static_cast<int>(digits.text.size()) - 1 != precision) {
    digits = rounded(std::fabs(static_cast<double>(value)), precision);
  }
  std::string fraction = digits.text.substr(1);
  fraction.resize(static_cast<std::size_t>(precision), '0');
  return {.whole = sign_of(value) + digits.text[0],
          .fraction = std::move(fraction),
          .exponent = digits.exponent};
}

std::string exponent_text(int exponent, int digits) {
  const auto width = static_cast<std::size_t>(digits < 2 ? 2 : digits);
  return (exponent < 0 ? "e-" : "e+") + zero_padded(std::abs(exponent), width);
}

template Decimal positional(float, int);
template Decimal positional(double, int);
template Decimal positional(Half, int);
template Decimal positional(BFloat16, int);
template Decimal scientific(float, int);
template Decimal scientific_filled(float, int);
template Decimal scientific(double, int);
template Decimal scientific_filled(double, int);
template Decimal scientific(Half, int);
template Decimal scientific_filled(Half, int);
template Decimal scientific(BFloat16, int);
template Decimal scientific_filled(BFloat16, int);

}  // namespace gluino
