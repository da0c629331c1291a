#pragma once

#include <gluino/base/export.h>

#include <cstddef>
#include <initializer_list>
#include <ostream>
#include <stdexcept>
#include <string>

namespace gluino {

/// The one exception of the library. what() is a sentence for people: what was expected, what was
/// found, and where.
class GLUINO_API Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

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
[[noreturn, gnu::cold]] GLUINO_API void fail_with(std::initializer_list<TextPart> parts);

}  // namespace detail

/// Writes its arguments one after the other, as operator<< does, into one string; numbers as in the
/// classic locale, whatever the global one is.
template <class... Parts>
std::string str(const Parts&... parts) {
  return detail::text_of({detail::TextPart(parts)...});
}

template <class... Parts>
[[noreturn, gnu::cold]] void fail(const Parts&... parts) {
  detail::fail_with({detail::TextPart(parts)...});
}

/// Throws Error with the message made of `parts` unless `ok`. The message is only built on failure.
template <class... Parts>
void check(bool ok, const Parts&... parts) {
  if (!ok) [[unlikely]] {
    fail(parts...);
  }
}

}  // namespace gluino
