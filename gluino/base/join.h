#pragma once

#include <string>

namespace gluino {

/// The texts of a range one after the other: "a, b, c".
template <class Texts>
std::string join(const Texts& texts, const char* separator = ", ") {
  std::string all;
  const char* before = "";
  for (const auto& text : texts) {
    all.append(before).append(text);
    before = separator;
  }
  return all;
}

}  // namespace gluino
