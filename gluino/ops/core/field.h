#pragma once

#include <gluino/base/context.h>
#include <gluino/base/dtype.h>
#include <gluino/base/export.h>
#include <gluino/base/shape.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace gluino {

/// Text forms of the types that an operator's options may have, as MXNet's JSON files write them:
/// "True", "(2, 2)", "0.9", "None". `parse_value` throws Error saying what was expected.
void parse_value(const std::string& text, bool& value);
void parse_value(const std::string& text, int& value);
void parse_value(const std::string& text, std::int64_t& value);
void parse_value(const std::string& text, float& value);
void parse_value(const std::string& text, double& value);
void parse_value(const std::string& text, std::string& value);
void parse_value(const std::string& text, Shape& value);
void parse_value(const std::string& text, DType& value);
void parse_value(const std::string& text, Context& value);
std::string format_value(bool value);
std::string format_value(int value);
std::string format_value(std::int64_t value);
std::string format_value(float value);
std::string format_value(double value);
std::string format_value(const std::string& value);
std::string format_value(const Shape& value);
std::string format_value(DType value);
std::string format_value(const Context& value);

template <class T>
void parse_value(const std::string& text, std::optional<T>& value) {
  if (text == "None") {
    value.reset();
  } else {
    parse_value(text, value.emplace());
  }
}

template <class T>
std::string format_value(const std::optional<T>& value) {
  return value ? format_value(*value) : "None";
}

/// Rows of numbers: "(0.1, 0.2)".
void parse_value(const std::string& text, std::vector<double>& value);
std::string format_value(const std::vector<double>& value);

/// Rows that may hold None, as the bounds of a slice: "(None, 3)".
void parse_value(const std::string& text, std::vector<std::optional<std::int64_t>>& value);
std::string format_value(const std::vector<std::optional<std::int64_t>>& value);

/// How the values of one type are read from and written to text.
struct OptionType {
  void (*parse)(const std::string& text, void* value);
  std::string (*format)(const void* value);
  bool is_text;
};

template <class T>
inline constexpr OptionType option_type{
    .parse = [](const std::string& text,
                void* value) { parse_value(text, *static_cast<T*>(value)); },
    .format = [](const void* value) { return format_value(*static_cast<const T*>(value)); },
    .is_text = std::is_same_v<T, std::string>};

/// One option of an operator: its name, its documentation, where it stands in the operator's
/// options struct, to which `options` points, and how it is read from and written to text.
struct GLUINO_API Field {
  std::string name;
  std::string doc;
  /// The text of the value that a default-made options struct holds.
  std::string default_value;
  const OptionType* type = nullptr;
  /// In bytes from the beginning of the struct.
  std::ptrdiff_t place = 0;
  /// True when a call by name must give it.
  bool required = false;
  /// The values allowed, when they can be listed.
  std::vector<std::string> choices;

  void read(void* options, const std::string& text) const {
    type->parse(text, static_cast<char*>(options) + place);
  }
  std::string write(const void* options) const {
    return type->format(static_cast<const char*>(options) + place);
  }
  /// Throws Error when the option is text, has choices, and holds none of them.
  void check_choice(const void* options) const;
};

}  // namespace gluino
