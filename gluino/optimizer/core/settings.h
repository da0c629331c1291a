#pragma once

#include <gluino/base/text.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gluino {

/// What something follows, by name, as texts that differ where the values do.
using Settings = std::vector<std::pair<std::string, std::string>>;

inline std::string setting_text(double value) { return python_repr(value); }
inline std::string setting_text(std::int64_t value) { return str(value); }
inline std::string setting_text(bool value) { return value ? "true" : "false"; }
inline std::string setting_text(const std::string& value) { return value; }
inline std::string setting_text(const std::optional<double>& value) {
  return value ? python_repr(*value) : "none";
}

}  // namespace gluino
