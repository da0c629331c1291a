#include <gluino/base/error.h>
#include <gluino/base/text.h>
#include <gluino/ops/core/add_kernels.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/face_names.h>
#include <gluino/ops/core/formula.h>
#include <gluino/ops/core/op.h>
#include <gluino/ops/core/stored.h>

#include <algorithm>
#include <map>
#include <mutex>

namespace gluino {
namespace {

// By name; an alias refers to the operator of another name.
using Registry = std::map<std::string, std::shared_ptr<Op>, std::less<>>;

// Filled while the library is loaded, read-only from then on.
Registry& registry() {
  static Registry* ops = new Registry;
  return *ops;
}

// Kernels from other rooms for operators that are not defined yet.
struct Added {
  std::string op;
  std::type_index options_type;
  Device device;
  Op::Kernels kernels;
};

std::vector<Added>& waiting_kernels() {
  static auto* waiting = new std::vector<Added>;
  return *waiting;
}

void give_kernels(Op& op, Added added) {
  check(op.options_type == added.options_type, "kernels for operator ", op.name,
        " have options of another type");
  op.kernels[static_cast<std::size_t>(added.device == Device::gpu)] = std::move(added.kernels);
}

// The same of what they do with sparse arrays.
struct AddedStored {
  std::string op;
  std::type_index options_type;
  Op::Stored stored;
};

std::vector<AddedStored>& waiting_stored() {
  static auto* waiting = new std::vector<AddedStored>;
  return *waiting;
}

void give_stored(Op& op, AddedStored added) {
  check(op.options_type == added.options_type, "what operator ", op.name,
        " does with sparse arrays has options of another type");
  op.stored = std::move(added.stored);
}

// Tells of the names that the text becomes by two changes at most, and by no more than half of its
// letters.
std::string similar_names(std::string_view name, const std::vector<std::string>& known) {
  const std::size_t most = std::min<std::size_t>(2, name.size() / 2);
  std::string list;
  for (const std::string& each : known) {
    if (edit_distance(each, name) <= most) list += (list.empty() ? "" : ", ") + each;
  }
  return list.empty() ? "" : "; did you mean " + list + "?";
}

std::vector<std::string> operator_names() {
  std::vector<std::string> names;
  for (const auto& [name, op] : registry()) names.push_back(name);
  return names;
}

// Throws Error unless an attribute that is no option may stand in a file.
void check_tolerated(const Op& op, const std::string& key, const std::string& value) {
  const auto found = op.tolerated.find(key);
  if (found == op.tolerated.end()) {
    std::vector<std::string> names;
    names.reserve(op.fields.size());
    for (const Field& field : op.fields) names.push_back(field.name);
    fail("[", op.name, "] has no option \"", key,
         "\"; its options are: ", names.empty() ? "none" : join(names), similar_names(key, names));
  }
  const std::vector<std::string>& values = found->second;
  if (values.empty() || std::find(values.begin(), values.end(), value) != values.end()) return;
  std::string list;
  for (const std::string& each : values) list += (list.empty() ? "" : ", ") + each;
  fail("[", op.name, "] ", key, ": expected one of ", list, ", got \"", value, "\"");
}

// Gives the operators their names in np, npx and sparse. Where the operator itself is defined by
// that name, or is not there, there is nothing to give.
void give_face_names() {
  for (const FaceName& face : face_names()) {
    const auto op = registry().find(face.op);
    if (op == registry().end()) continue;
    if (registry().emplace(face.name, op->second).second) {
      op->second->aliases.emplace_back(face.name);
    }
  }
}

// The same once all are defined: the library is loaded when somebody asks for the first time.
Registry& complete_registry() {
  static std::once_flag given;
  std::call_once(given, give_face_names);
  return registry();
}

}  // namespace

Op& detail::register_op(std::string name, std::type_index options_type) {
  auto op = std::make_shared<Op>();
  op->name = name;
  op->hint = lower_case(name);
  op->options_type = options_type;
  const auto [place, added] = registry().emplace(std::move(name), std::move(op));
  check(added, "operator ", place->first, " is defined twice");
  for (Added& waiting : waiting_kernels()) {
    if (waiting.op == place->first) give_kernels(*place->second, std::move(waiting));
  }
  for (AddedStored& waiting : waiting_stored()) {
    if (waiting.op == place->first) give_stored(*place->second, std::move(waiting));
  }
  return *place->second;
}

Op& detail::op_being_defined(const std::string& name) { return *registry().at(name); }

void detail::register_alias(Op& op, const std::string& alias) {
  const bool added = registry().emplace(alias, registry().at(op.name)).second;
  check(added, "operator ", alias, " is defined twice");
}

bool detail::add_kernels(std::string_view op, std::type_index options_type, Device device,
                         Op::Kernels kernels) {
  Added added{std::string(op), options_type, device, std::move(kernels)};
  const auto found = registry().find(op);
  if (found != registry().end()) {
    give_kernels(*found->second, std::move(added));
  } else {
    waiting_kernels().push_back(std::move(added));  // rooms are loaded in no order
  }
  return true;
}

bool detail::add_stored(std::string_view op, std::type_index options_type, Op::Stored stored) {
  AddedStored added{std::string(op), options_type, std::move(stored)};
  const auto found = registry().find(op);
  if (found != registry().end()) {
    give_stored(*found->second, std::move(added));
  } else {
    waiting_stored().push_back(std::move(added));
  }
  return true;
}

const Op& Op::get(std::string_view name) {
  const Op* op = find(name);
  check(op != nullptr, "there is no operator \"", name, "\"",
        op ? "" : similar_names(name, operator_names()));
  return *op;
}

const Op* Op::find(std::string_view name) {
  const auto found = complete_registry().find(name);
  return found == registry().end() ? nullptr : found->second.get();
}

std::vector<const Op*> Op::all() {
  std::vector<const Op*> ops;
  for (const auto& [name, op] : complete_registry()) {
    if (op->name == name) ops.push_back(op.get());
  }
  return ops;
}

std::shared_ptr<const void> Op::parse_options(const Attributes& attributes) const {
  std::shared_ptr<void> options = default_options();
  for (const auto& attribute : attributes) {
    const std::string& key = attribute.first;
    const auto field = std::find_if(fields.begin(), fields.end(),
                                    [&](const Field& candidate) { return candidate.name == key; });
    if (field == fields.end() && take_other) {
      take_other(options.get(), key, attribute.second);
      continue;
    }
    if (field == fields.end()) {
      check_tolerated(*this, key, attribute.second);
      continue;
    }
    try {
      field->read(options.get(), attribute.second);
    } catch (const Error& error) {
      fail("[", name, "] ", key, ": ", error.what());
    }
  }
  for (const Field& field : fields) {
    check(!field.required || attributes.contains(field.name), "[", name, "] needs the option \"",
          field.name, "\": ", field.doc);
  }
  check_options(options.get());
  return options;
}

bool Op::takes_attribute(const std::string& key) const {
  return take_other || tolerated.contains(key) ||
         std::any_of(fields.begin(), fields.end(),
                     [&](const Field& field) { return field.name == key; });
}

Attributes Op::format_options(const void* options) const {
  Attributes attributes = give_other ? give_other(options) : Attributes();
  for (const Field& field : fields) {
    std::string text = field.write(options);
    if (field.required || text != field.default_value) attributes[field.name] = std::move(text);
  }
  return attributes;
}

void Op::check_options(const void* options) const {
  for (const Field& field : fields) {
    try {
      field.check_choice(options);
    } catch (const Error& error) {
      fail("[", name, "] ", error.what());
    }
  }
}

int Op::num_outputs_in_files(const void* options) const {
  if (outputs_in_files) return outputs_in_files(options);
  return visible_outputs ? visible_outputs(options) : num_visible;
}

int Op::num_inputs(const void* options) const {
  if (inputs_by) {
    const auto named = static_cast<int>(inputs_by(options).size());
    return variadic && named == 0 ? -1 : named;
  }
  if (variadic) return -1;
  return static_cast<int>(all_inputs.size()) - (omits_last && omits_last(options) ? 1 : 0);
}

std::vector<std::string> Op::input_names(const void* options, int count) const {
  std::vector<std::string> names;
  if (inputs_by) names = inputs_by(options);
  if (!names.empty() || (inputs_by && !variadic)) return names;
  if (variadic) {
    for (int i = 0; i < count; ++i) names.push_back(all_inputs[0] + std::to_string(i));
    return names;
  }
  names = all_inputs;
  if (omits_last && omits_last(options)) names.erase(names.begin() + first_state - 1);
  return names;
}

std::string Op::told_input(const void* options, int input, int count) const {
  if (!nameless) {
    const std::vector<std::string> names = input_names(options, count);
    const auto i = static_cast<std::size_t>(input);
    if (i < names.size()) return names[i];
  }
  return "input" + std::to_string(input);
}

bool Op::is_state(const void* options, int input) const {
  if (is_state_by) return is_state_by(options, input);
  if (variadic) return false;
  if (states_by) return input >= num_inputs(options) - states_by(options);
  return input >= first_state - (omits_last && omits_last(options) ? 1 : 0);
}

bool Op::has_states() const {
  return states_by || is_state_by ||
         (!variadic && first_state < static_cast<int>(all_inputs.size()));
}

bool Op::passes_gradient_to(const void* options, int input) const {
  return !is_state(options, input) && !looks_up(options, input);
}

bool Op::looks_up(const void* options, int input) const {
  if (looks_up_by) return looks_up_by(options, input);
  const auto index = static_cast<std::size_t>(input);
  return index < looked_up.size() && looked_up[index];
}

bool Op::gradient_reads_input(const void* options, int input) const {
  if (reads_input_by) return reads_input_by(options, input);
  return (reads_of(options) & inputs) != 0;
}

bool Op::gradient_reads_any_input(const void* options) const {
  return reads_input_by || (reads_of(options) & inputs) != 0;
}

bool Op::gradient_reads_any_output(const void* options) const {
  return reads_output_by || (reads_of(options) & outputs) != 0;
}

bool Op::gradient_reads_output(const void* options, int output) const {
  if (reads_output_by) return reads_output_by(options, output);
  return (reads_of(options) & outputs) != 0;
}

}  // namespace gluino
