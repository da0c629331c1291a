#include <gluino/base/text.h>

#include <charconv>
#include <cmath>

namespace gluino {

std::string fixed(double value, int digits) {
  if (std::isnan(value)) return "nan";
  constexpr std::size_t kMostBeforeThePoint = 310;
  std::string text(kMostBeforeThePoint + static_cast<std::size_t>(digits) + 1, '\0');
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value,
                                 std::chars_format::fixed, digits);
  text.resize(static_cast<std::size_t>(end.ptr - text.data()));
  return text;
}

std::string lower_case(std::string text) {
  for (char& letter : text) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return text;
}

}  // namespace gluino
