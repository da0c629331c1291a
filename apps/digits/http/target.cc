#include <apps/digits/http/http_message.h>
#include <apps/digits/http/target.h>
#include <gluino/base/text.h>

#include <charconv>

namespace digits::serving {
namespace {

std::string decoded(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    unsigned value = 0;
    const char* begin = text.data() + i + 1;
    const bool fits = i + 2 < text.size();
    if (!fits || std::from_chars(begin, begin + 2, value, 16).ptr != begin + 2) {
      throw Refusal(400, "expected two hexadecimal digits behind each % of the target");
    }
    result += static_cast<char>(value);
    i += 2;
  }
  return result;
}

// The part before `separator`, which is taken away from `text` with it.
std::string_view cut(std::string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return part;
}

}  // namespace

std::optional<std::string_view> Target::parameter(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return {};
}

Target parse_target(std::string_view text) {
  // A proxy may send the whole URL.
  bool is_whole_url = false;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (gluino::lower_case(std::string(text.substr(0, scheme.size()))) != scheme) continue;
    text.remove_prefix(std::min(text.find_first_of("/?", scheme.size()), text.size()));
    is_whole_url = true;
    break;
  }
  // A URL may end with its host, or go on with its query.
  const bool has_path = text.starts_with('/');
  if (!has_path && !is_whole_url) throw Refusal(400, "expected a target that begins with /");
  if (has_path) text.remove_prefix(1);
  std::string_view path = cut(text, '?');
  Target target;
  while (!path.empty()) target.path.push_back(decoded(cut(path, '/')));
  while (!text.empty()) {
    std::string_view value = cut(text, '&');
    const std::string_view name = cut(value, '=');
    target.query.emplace_back(decoded(name), decoded(value));
  }
  return target;
}

}  // namespace digits::serving
