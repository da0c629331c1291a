#pragma once

#include <gluino/ops/core/op.h>

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <typeindex>
#include <utility>
#include <vector>

namespace gluino {

namespace detail {
GLUINO_API Op& register_op(std::string name, std::type_index options_type);
GLUINO_API void register_alias(Op& op, const std::string& alias);
}  // namespace detail

/// Names as a definition lists them, {"data", "weight"}, or as something else made them.
class NameList {
 public:
  NameList() = default;
  GLUINO_API NameList(std::initializer_list<const char*> names);
  NameList(std::initializer_list<std::string> names) : names_(names) {}
  NameList(std::vector<std::string> names) : names_(std::move(names)) {}

  std::vector<std::string> take() && { return std::move(names_); }
  bool empty() const { return names_.empty(); }

 private:
  std::vector<std::string> names_;
};

/// The part of an operator's definition that is the same whatever its options are, compiled once.
class GLUINO_API OpDefinitionBase {
 protected:
  OpDefinitionBase(std::string_view name, std::type_index options_type);

  void set_aliases(NameList names);
  void set_inputs(NameList names);
  void set_variadic(std::string_view stem);
  void set_outputs(NameList names, int visible);
  void set_looked_up(std::initializer_list<int> numbers);
  void add_parameters(NameList names);
  void add_states(NameList names);
  void add_input_attribute(int input, std::string_view key, std::string_view value);
  void add_tolerated(const std::string& name, NameList values);
  void add_each_tolerated(NameList names);
  /// The option defined last is one of these texts; value(options) gives it.
  void add_choices(NameList choices, std::function<const std::string&(const void*)> value);
  Field& add_field(std::string_view name, std::string_view text, std::string default_value);

  Op& op_;
};

}  // namespace gluino
