#pragma once

#include <gluino/ops/core/op.h>

#include <cstddef>
#include <initializer_list>
#include <memory>
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
  OpDefinitionBase(std::string_view name, std::type_index options_type,
                   std::shared_ptr<void> (*make_options)(),
                   std::shared_ptr<const void> (*copy_options)(const void* options));

  void set_aliases(NameList&& names);
  void set_inputs(NameList&& names);
  void set_variadic(std::string_view stem);
  void set_outputs(NameList&& names, int visible);
  void set_looked_up(std::initializer_list<int> numbers);
  void add_parameters(NameList&& names);
  void add_states(NameList&& names);
  void add_input_attribute(int input, std::string_view key, std::string_view value);
  void add_input_alias(int input, std::string_view name);
  void add_tolerated(const std::string& name, NameList&& values);
  void add_each_tolerated(NameList&& names);
  /// `place`: see Field.
  void add_field(std::string_view name, std::string_view text, const OptionType& type,
                 std::ptrdiff_t place, NameList&& choices);
  void add_sample(const void* options, const std::vector<SampleInput>& inputs);
  void set_forward(Op::Forward&& run);
  void set_backward(Op::Backward&& run, unsigned reads);

  Op& op_;
};

}  // namespace gluino
