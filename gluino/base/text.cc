#include <gluino/base/error.h>
#include <gluino/base/text.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <locale>
#include <numeric>
#include <sstream>
#include <vector>

namespace gluino {

std::string detail::text_of(std::initializer_list<TextPart> parts) {
  std::ostringstream out;
  out.imbue(std::locale::classic());
  for (const TextPart& part : parts) part.write(out, part.value);
  return out.str();
}

std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char byte : text) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  }
  return hash;
}

bool has_byte_order_mark(std::string_view text, std::string_view source) {
  check(!text.starts_with("\xFF\xFE") && !text.starts_with("\xFE\xFF"), source,
        ": expected text in UTF-8, found UTF-16");
  return text.starts_with("\xEF\xBB\xBF");
}

std::string fixed(double value, int digits) {
  if (std::isnan(value)) return "nan";
  constexpr std::size_t kMostBeforeThePoint = 310;
  std::string text(kMostBeforeThePoint + static_cast<std::size_t>(digits) + 1, '\0');
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value,
                                 std::chars_format::fixed, digits);
  text.resize(static_cast<std::size_t>(end.ptr - text.data()));
  return text;
}

namespace {

template <class T>
std::string repr(T value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  std::array<char, 64> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                 std::chars_format::scientific);
  return python_notation({buffer.data(), end.ptr});
}

}  // namespace

std::string python_repr(double value) { return repr(value); }
std::string python_repr(float value) { return repr(value); }

std::string python_notation(std::string_view scientific) {
  const std::size_t e = scientific.find('e');
  int exponent = 0;
  const std::size_t plus = scientific[e + 1] == '+' ? 1 : 0;
  std::from_chars(scientific.data() + e + 1 + plus, scientific.data() + scientific.size(),
                  exponent);
  constexpr int kLeast = -4;
  constexpr int kMost = 16;
  if (exponent < kLeast || exponent >= kMost) return std::string(scientific);
  const std::string sign(scientific.starts_with('-') ? 1 : 0, '-');
  std::string digits;
  for (const char c : scientific.substr(0, e)) {
    if (c >= '0' && c <= '9') digits.push_back(c);
  }
  if (exponent < 0) {
    return str(sign, "0.", std::string(static_cast<std::size_t>(-exponent - 1), '0'), digits);
  }
  const auto whole = static_cast<std::size_t>(exponent) + 1;
  if (digits.size() < whole + 1) digits.resize(whole + 1, '0');
  return str(sign, digits.substr(0, whole), ".", digits.substr(whole));
}

std::string zero_padded(std::int64_t number, std::size_t width) {
  const std::string text = std::to_string(number);
  return std::string(width - std::min(width, text.size()), '0') + text;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Rows of the table of distances between the beginnings of both.
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before.swap(last);
    last.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row.back();
}

std::string lower_case(std::string text) {
  for (char& letter : text) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return text;
}

}  // namespace gluino
