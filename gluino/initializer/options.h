#pragma once

#include <map>
#include <set>
#include <string>

namespace gluino::init {

/// Reads an initializer's options from text; `who` begins the errors' messages.
class OptionReader {
 public:
  OptionReader(std::string who, const std::map<std::string, std::string>& options);

  std::string text(const std::string& name, const std::string& otherwise);
  /// Throws Error when the text is no number.
  double number(const std::string& name, double otherwise);
  /// Throws Error when an option was given that nobody asked for.
  void done() const;

 private:
  std::string who_;
  const std::map<std::string, std::string>& options_;
  std::set<std::string> known_;
};

}  // namespace gluino::init
