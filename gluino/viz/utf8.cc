#include <gluino/viz/utf8.h>

#include <algorithm>

namespace gluino::viz {
namespace {

constexpr char32_t kNoCharacter = 0xFFFD;
constexpr std::string_view kNoCharacterBytes = "\xEF\xBF\xBD";

bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7f && c < 0xa0); }
bool is_surrogate(char32_t c) { return c >= 0xD800 && c < 0xE000; }
// Neither is a character of XML.
bool is_beyond(char32_t c) { return c == 0xFFFE || c == 0xFFFF || c > 0x10FFFF; }

char32_t decode(std::string_view bytes) {
  constexpr unsigned kFirstBits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
  char32_t value = static_cast<unsigned char>(bytes[0]) & kFirstBits[bytes.size()];
  for (const char c : bytes.substr(1)) {
    value = value << 6 | (static_cast<unsigned char>(c) & 0x3fU);
  }
  return value;
}

}  // namespace

std::size_t character_length(std::string_view text, std::size_t i) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[k]); };
  const unsigned first = byte(i);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() - i < length) return 0;
  for (std::size_t k = 1; k < length; ++k) {
    if ((byte(i + k) & 0xC0U) != 0x80U) return 0;
  }
  const char32_t value = decode(text.substr(i, length));
  const bool is_shortest = length == 2 || value >= (length == 3 ? 0x800U : 0x10000U);
  return is_shortest && !is_surrogate(value) && !is_beyond(value) ? length : 0;
}

std::u32string characters(std::string_view text) {
  std::u32string result;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = character_length(text, i);
    const char32_t c = length == 0 ? kNoCharacter : decode(text.substr(i, length));
    result += is_control(c) ? kNoCharacter : c;
    i += std::max<std::size_t>(length, 1);
  }
  return result;
}

std::string escaped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = character_length(text, i);
    const char c = text[i];
    if (length == 0 || is_control(decode(text.substr(i, length)))) {
      result += kNoCharacterBytes;
    } else if (c == '&') {
      result += "&amp;";
    } else if (c == '<') {
      result += "&lt;";
    } else if (c == '>') {
      result += "&gt;";
    } else if (c == '"') {
      result += "&quot;";
    } else if (c == '\'') {
      result += "&#39;";
    } else {
      result += text.substr(i, length);
    }
    i += std::max<std::size_t>(length, 1);
  }
  return result;
}

}  // namespace gluino::viz
