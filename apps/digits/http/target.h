#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace digits::serving {

/// What a request asks for: "/v2/models/a%20b?look=1" is the path "v2", "models", "a b" with the
/// query look = 1.
struct Target {
  std::vector<std::string> path;
  std::vector<std::pair<std::string, std::string>> query;

  /// The value of the first parameter with that name.
  std::optional<std::string_view> parameter(std::string_view name) const;
};

/// Throws Refusal on what is neither a path nor an http URL, or has a broken %-escape.
Target parse_target(std::string_view text);

}  // namespace digits::serving
