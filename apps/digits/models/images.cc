#include <apps/digits/models/images.h>
#include <gluino/base/text.h>

#include <algorithm>

namespace digits {
namespace {

// Whole numbers, each one more than the one before.
bool count_up(const std::vector<std::string>& names) {
  const auto is_number = [](const std::string& name) {
    constexpr std::size_t kMostDigits = 9;
    return !name.empty() && name.size() <= kMostDigits &&
           name.find_first_not_of("0123456789") == std::string::npos;
  };
  if (!std::all_of(names.begin(), names.end(), is_number)) return false;
  for (std::size_t i = 1; i < names.size(); ++i) {
    if (std::stoll(names[i]) != std::stoll(names[i - 1]) + 1) return false;
  }
  return true;
}

}  // namespace

std::vector<std::string> digit_names() {
  std::vector<std::string> names;
  names.reserve(kClasses);
  for (int digit = 0; digit < kClasses; ++digit) names.push_back(std::to_string(digit));
  return names;
}

gluino::Shape shape_of_one(const ImageKind& kind) { return {1, 1, kind.rows, kind.columns}; }

bool shows_digits(const ImageKind& kind) { return kind == ImageKind{}; }

std::string class_list(const ImageKind& kind) {
  const std::vector<std::string>& names = kind.classes;
  if (names.size() > 2 && count_up(names)) return names.front() + " to " + names.back();
  constexpr std::size_t kMost = 12;
  if (names.size() <= kMost) return gluino::join(names);
  const auto half = static_cast<std::ptrdiff_t>(kMost / 2);
  return gluino::join(std::vector<std::string>(names.begin(), names.begin() + half)) + ", ..., " +
         gluino::join(std::vector<std::string>(names.end() - half, names.end()));
}

}  // namespace digits
