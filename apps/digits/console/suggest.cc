#include <apps/digits/console/suggest.h>
#include <gluino/base/text.h>

#include <algorithm>

namespace digits {

std::string nearest(std::string_view text, const std::vector<std::string>& names) {
  const auto best = std::min_element(names.begin(), names.end(), [&](const auto& a, const auto& b) {
    return gluino::edit_distance(text, a) < gluino::edit_distance(text, b);
  });
  return best == names.end() ? "" : *best;
}

std::string suggestion(std::string_view text, const std::vector<std::string>& names) {
  const std::string name = nearest(text, names);
  if (name.empty() || 2 * gluino::edit_distance(text, name) > text.size()) return "";
  return "; did you mean " + name + "?";
}

}  // namespace digits
