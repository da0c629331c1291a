#pragma once

#include <gluino/base/export.h>

#include <locale>
#include <sstream>
#include <stdexcept>
#include <string>

namespace gluino {

/// The one exception of the library. what() is a sentence for people: what was expected, what was
/// found, and where.
class GLUINO_API Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Writes its arguments one after the other, as operator<< does, into one string; numbers as in the
/// classic locale, whatever the global one is.
template <class... Parts>
std::string str(const Parts&... parts) {
  std::ostringstream out;
  out.imbue(std::locale::classic());
  (out << ... << parts);
  return out.str();
}

template <class... Parts>
[[noreturn]] void fail(const Parts&... parts) {
  throw Error(str(parts...));
}

/// Throws Error with the message made of `parts` unless `ok`. The message is only built on failure.
template <class... Parts>
void check(bool ok, const Parts&... parts) {
  if (!ok) [[unlikely]] {
    fail(parts...);
  }
}

}  // namespace gluino
