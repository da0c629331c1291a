#pragma once

#include <gluino/base/export.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <ostream>
#include <string>
#include <string_view>

/// Texts that no locale changes, neither std::locale::global nor setlocale.
namespace gluino {

namespace detail {

/// One of the things that a text is made of, by its address, so that the function that writes them
/// is there once, not once for every combination of their types.
struct TextPart {
  const void* value;
  void (*write)(std::ostream& out, const void* value);

  template <class T>
  explicit TextPart(const T& part)
      : value(&part),
        write([](std::ostream& out, const void* of) { out << *static_cast<const T*>(of); }) {}
  /// Letters up to a zero, however long their array.
  template <std::size_t N>
  explicit TextPart(const char (&letters)[N]) : value(letters), write(write_letters) {}

 private:
  static void write_letters(std::ostream& out, const void* letters) {
    out << static_cast<const char*>(letters);
  }
};

GLUINO_API std::string text_of(std::initializer_list<TextPart> parts);

}  // namespace detail

/// Writes its arguments one after the other, as operator<< does, into one string; numbers as in the
/// classic locale, whatever the global one is.
template <class... Parts>
std::string str(const Parts&... parts) {
  return detail::text_of({detail::TextPart(parts)...});
}

/// FNV-1a with 64 bits, the same on all machines: tells texts apart that differ by chance, not by
/// intent.
GLUINO_API std::uint64_t fnv1a(std::string_view text);

/// Whether a text begins with UTF-8's byte-order mark, of three bytes, as spreadsheets write it.
/// Throws Error, naming `source`, when it begins with UTF-16's.
GLUINO_API bool has_byte_order_mark(std::string_view text, std::string_view source);

/// The texts of a range one after the other: "a, b, c".
template <class Texts>
std::string join(const Texts& texts, const char* separator = ", ") {
  std::string all;
  const char* before = "";
  for (const auto& text : texts) {
    all.append(before).append(text);
    before = separator;
  }
  return all;
}

/// The number with `digits` behind the point, as "%.*f" gives it in the classic locale; "nan",
/// "inf" and "-inf" for what is no number.
GLUINO_API std::string fixed(double value, int digits);

/// The number as Python's repr writes it: the fewest digits that read back as the same float or
/// double, with a point or an exponent: "1.0", "0.1", "1e-05", "nan".
GLUINO_API std::string python_repr(double value);
GLUINO_API std::string python_repr(float value);
/// The same of the digits of a finite number: sign, one digit, perhaps a point and more, "e", and
/// an exponent of two digits or more: "-1.5e+00".
GLUINO_API std::string python_notation(std::string_view scientific);

/// The number, not below 0, with zeros in front of it up to `width` digits, as "%0*d" gives it.
GLUINO_API std::string zero_padded(std::int64_t number, std::size_t width);

/// How many changes make `b` of `a`: letters left out, put in, replaced, or swapped with the next.
GLUINO_API std::size_t edit_distance(std::string_view a, std::string_view b);

/// The text with a to z for A to Z; other letters stay.
GLUINO_API std::string lower_case(std::string text);

}  // namespace gluino
