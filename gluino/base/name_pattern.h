#pragma once

#include <gluino/base/export.h>

#include <regex>
#include <string>

namespace gluino {

/// A regular expression for names, matched from their beginning, as Python's re.match does.
class GLUINO_API NamePattern {
 public:
  /// Throws Error, beginning with `who`, when the text is no regular expression.
  NamePattern(const std::string& text, const std::string& who);

  /// Throws Error for names of more than 4,096 letters: the matcher's stack grows with them.
  bool matches(const std::string& name) const;

 private:
  std::regex regex_;
  std::string who_;
};

}  // namespace gluino
