#include <gluino/module/python_format.h>

#include <array>
#include <cmath>
#include <cstdio>

namespace gluino::mod {

std::string fixed(double value, int digits) {
  if (std::isnan(value)) return "nan";
  std::array<char, 400> text;  // the largest double has 309 digits before the point
  const int length = std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace gluino::mod
