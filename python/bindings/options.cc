#include "options.h"

#include <gluino/base/convert.h>

#include <charconv>
#include <limits>
#include <string_view>

namespace gluino::python {
namespace {

template <class T>
T number_in(const std::string& text) {
  T value{};
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  check(error == std::errc() && rest == end, "expected a number, got \"", text, '"');
  return value;
}

// Whether two texts stand for the same: "0", "0.0" and "False" do.
bool mean_the_same(const std::string& a, const std::string& b) {
  const auto plain = [](const std::string& text) -> std::string {
    if (text == "False" || text == "false") return "0";
    if (text == "True" || text == "true") return "1";
    return text;
  };
  const std::string left = plain(a);
  const std::string right = plain(b);
  if (left == right) return true;
  double x = 0;
  double y = 0;
  const auto reads = [](const std::string& text, double& value) {
    return std::from_chars(text.data(), text.data() + text.size(), value).ptr ==
           text.data() + text.size();
  };
  return !left.empty() && !right.empty() && reads(left, x) && reads(right, y) && x == y;
}

}  // namespace

std::optional<std::string> Options::find(const char* name) {
  known_.insert(name);
  if (!given_.contains(name)) return {};
  return attribute_text(nb::object(given_[name]).ptr());
}

void Options::take_not_there(const char* name, const std::string& unless) {
  const std::optional<std::string> text = find(name);
  check(!text || mean_the_same(*text, unless), "NotImplementedError: ", owner_, ": ", name, " = ",
        text.value_or(""), " is not there yet; it may only be ", unless.empty() ? "empty" : unless);
}

void Options::ignore(std::initializer_list<const char*> names) {
  known_.insert(names.begin(), names.end());
}

void Options::finish() const {
  for (const auto& [key, value] : given_) {
    const auto name = nb::cast<std::string>(key);
    if (known_.contains(name)) continue;
    std::string all;
    for (const std::string& one : known_) all += (all.empty() ? "" : ", ") + one;
    fail(owner_, ": there is no option ", name, "; it takes ", all);
  }
}

void Options::read(const std::string& text, bool& target) {
  const std::optional<bool> truth = truth_of(text);
  check(truth.has_value(), "expected True or False, got \"", text, '"');
  target = *truth;
}

void Options::read(const std::string& text, double& target) { target = number_in<double>(text); }

void Options::read(const std::string& text, std::int64_t& target) {
  target = number_in<std::int64_t>(text);
}

void Options::read(const std::string& text, int& target) { target = number_in<int>(text); }

void Options::read(const std::string& text, float& target) { target = number_in<float>(text); }

std::vector<std::string> Options::row_of(const std::string& text) {
  std::vector<std::string> numbers(1);
  for (const char c : text) {
    if (c == ',') {
      numbers.emplace_back();
    } else if (std::string_view("()[] ").find(c) == std::string_view::npos) {
      numbers.back() += c;
    }
  }
  if (numbers.back().empty()) numbers.pop_back();  // "(1,)" and "()"
  return numbers;
}

void Options::read(const std::string& text, DType& target) {
  if (text != "None") target = parse_dtype(text);
}

}  // namespace gluino::python
