#pragma once

#include <gluino/base/export.h>
#include <gluino/base/text.h>

#include <initializer_list>
#include <stdexcept>

namespace gluino {

/// The one exception of the library. what() is a sentence for people: what was expected, what was
/// found, and where.
class GLUINO_API Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

namespace detail {
[[noreturn, gnu::cold]] inline void fail_with(std::initializer_list<TextPart> parts) {
  throw Error(text_of(parts));
}
}  // namespace detail

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
