#pragma once

namespace gluino {

/// Where a call stands in its source, as std::source_location, which clang 14 does not have. As the
/// default of a parameter it is the place of the call:
///
///     void f(const SourceLocation& where = SourceLocation::current());
struct SourceLocation {
  const char* file = "";
  int line = 0;

  static constexpr SourceLocation current(const char* file = __builtin_FILE(),
                                          int line = __builtin_LINE()) {
    return {file, line};
  }
};

}  // namespace gluino
