#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace digits::serving {

/// RFC 4648, with padding.
std::string to_base64(std::string_view bytes);
/// Nothing where the text is not that.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace digits::serving
