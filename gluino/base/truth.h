#pragma once

#include <optional>
#include <string_view>

namespace gluino {

/// The truth that a text says as Python, JSON or C write it: "True", "true" or "1", "False",
/// "false" or "0"; nothing for all else.
inline std::optional<bool> truth_of(std::string_view text) {
  if (text == "True" || text == "true" || text == "1") return true;
  if (text == "False" || text == "false" || text == "0") return false;
  return {};
}

}  // namespace gluino
