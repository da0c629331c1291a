#include <gluino/base/convert.h>
#include <gluino/base/error.h>
#include <gluino/base/text.h>
#include <gluino/ops/core/field.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

namespace gluino {
namespace {

template <class T>
void parse_number(const std::string& text, T& value, const char* kind) {
  const char* begin = text.data() + (text.starts_with('+') && !text.starts_with("+-") ? 1 : 0);
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(begin, end, value);
  check(result.ec == std::errc() && result.ptr == end && begin != end, "expected ", kind,
        ", got \"", text, "\"");
}

// The shortest text that reads back as the same number.
template <class T>
std::string format_number(T value) {
  std::array<char, 64> buffer{};
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), result.ptr};
}

// A single element may stand without brackets.
template <class T>
void parse_row(const std::string& text, std::vector<T>& value) {
  if (!text.empty() && text.find_first_of("()[], ") == std::string::npos) {
    value.resize(1);
    return parse_value(text, value.front());
  }
  const bool closed = text.size() >= 2 && ((text.front() == '(' && text.back() == ')') ||
                                           (text.front() == '[' && text.back() == ']'));
  check(closed, "expected a tuple, got \"", text, "\"");
  value.clear();
  std::string item;
  for (const char c : text.substr(1, text.size() - 2) + ",") {
    if (c == ',') {
      if (!item.empty()) parse_value(item, value.emplace_back());
      item.clear();
    } else if (c != ' ') {
      item += c;
    }
  }
}

template <class T>
std::string format_row(const std::vector<T>& value) {
  std::string text = "(";
  for (std::size_t i = 0; i < value.size(); ++i) {
    text += (i == 0 ? "" : ", ") + format_value(value[i]);
  }
  return text + (value.size() == 1 ? ",)" : ")");
}

}  // namespace

void parse_value(const std::string& text, bool& value) {
  const std::optional<bool> truth = truth_of(text);
  check(truth.has_value(), "expected True or False, got \"", text, "\"");
  value = *truth;
}
void parse_value(const std::string& text, int& value) {
  parse_number(text, value, "a whole number");
}
void parse_value(const std::string& text, std::int64_t& value) {
  parse_number(text, value, "a whole number");
}
void parse_value(const std::string& text, float& value) { parse_number(text, value, "a number"); }
void parse_value(const std::string& text, double& value) { parse_number(text, value, "a number"); }
void parse_value(const std::string& text, std::string& value) { value = text; }
void parse_value(const std::string& text, Shape& value) { value = Shape::parse(text); }
void parse_value(const std::string& text, DType& value) { value = parse_dtype(text); }
void parse_value(const std::string& text, Context& value) { value = Context::parse(text); }

void parse_value(const std::string& text, std::vector<std::optional<std::int64_t>>& value) {
  parse_row(text, value);
}
void parse_value(const std::string& text, std::vector<double>& value) { parse_row(text, value); }

std::string format_value(bool value) { return value ? "True" : "False"; }
std::string format_value(int value) { return std::to_string(value); }
std::string format_value(std::int64_t value) { return std::to_string(value); }
std::string format_value(float value) { return format_number(value); }
std::string format_value(double value) { return format_number(value); }
std::string format_value(const std::string& value) { return value; }
// Unlike Shape::to_string, which writes unknown sizes as "?": here -1 is an axis or a code.
std::string format_value(const Shape& value) {
  std::string text = "(";
  for (const std::int64_t number : value) {
    text += (text.size() == 1 ? "" : ", ") + std::to_string(number);
  }
  return text + (value.ndim() == 1 ? ",)" : ")");
}

std::string format_value(DType value) { return to_string(value); }
std::string format_value(const Context& value) { return value.to_string(); }

std::string format_value(const std::vector<std::optional<std::int64_t>>& value) {
  return format_row(value);
}
std::string format_value(const std::vector<double>& value) { return format_row(value); }

void Field::check_choice(const void* options) const {
  if (choices.empty() || !type->is_text) return;
  const std::string given = write(options);
  if (std::ranges::find(choices, given) != choices.end()) return;
  fail(name, ": expected one of ", join(choices), ", got \"", given, "\"");
}

}  // namespace gluino
