#include <gluino/base/error.h>
#include <gluino/base/text.h>
#include <gluino/graph/symbol/make_node.h>
#include <gluino/graph/symbol/naming.h>
#include <gluino/ops/control/subgraphs.h>
#include <gluino/ops/core/data_inputs.h>

#include <algorithm>
#include <utility>

namespace gluino {
namespace {

NodeEntry only_entry(const Op& op, const std::string& node, std::size_t input, const Symbol& in) {
  check(in.num_outputs() == 1, "[", op.name, " ", node, "] input ", input, " is a symbol of ",
        in.num_outputs(), " outputs (", in.name(), "); take one of them by its index");
  return in.entries()[0];
}

// The inputs by name, with the missing ones as variables that carry the node's attributes, as in
// MXNet.
void add_inputs(Node& node, std::span<const Symbol> in) {
  const Op& op = *node.op;
  const auto names = op.input_names(node.options.get(), static_cast<int>(in.size()));
  // A bias that the options leave out may be handed on as a symbol that refers to nothing.
  while (in.size() > names.size() && !in.back().defined()) in = in.first(in.size() - 1);
  check(in.size() <= names.size(), "[", op.name, " ", node.name, "] expected at most ",
        names.size(), " inputs, got ", in.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    NodeEntry entry;
    if (i < in.size() && in[i].defined()) {
      entry = only_entry(op, node.name, i, in[i]);
    } else {
      const int count = static_cast<int>(names.size());
      check(!op.variadic || i >= in.size() ||
                static_cast<int>(i) >= num_data_of(op, node.options.get(), count),
            "[", op.name, " ", node.name, "] input ", i, " refers to no symbol");
      entry.node = graph::make_variable(node.name + "_" + names[i], node.attrs);
    }
    if (entry.node->is_variable()) {
      for (const auto& [input, key, value] : op.input_attributes) {
        if (input == static_cast<int>(i)) entry.node->attrs.emplace(key, value);
      }
      if (op.is_state(node.options.get(), static_cast<int>(i))) entry.version = 1;
    }
    node.inputs.push_back(std::move(entry));
  }
}

// The inputs of an operator that takes any number of them, where a call says how many: behind those
// given come variables named like those that a call of another operator leaves out.
std::vector<Symbol> counted_inputs(const Op& op, const void* options, const Attributes& attributes,
                                   const std::vector<Symbol>& given, const std::string& node,
                                   const Attributes& theirs) {
  int count = 0;
  parse_value(attributes.at("num_args"), count);
  constexpr int kMost = 1 << 16;
  check(count >= 0 && count <= kMost, "[", op.name, " ", node, "] num_args: expected 0 to ", kMost,
        ", got ", count);
  std::vector<Symbol> inputs = given;
  const auto names = op.input_names(options, count);
  for (std::size_t i = inputs.size(); i < names.size(); ++i) {
    inputs.push_back(Symbol({{graph::make_variable(node + "_" + names[i], theirs)}}));
  }
  return inputs;
}

// Adds the attributes of all scopes that are not there yet. A reader of files, MXNet too, takes a
// plain name for an option wherever the operator has any.
void add_scopes(const Op& op, Attributes& attributes) {
  for (const auto& [key, value] : sym::AttrScope::current()) {
    if (!attributes.emplace(key, value).second) continue;
    check(op.fields.empty() || (key.starts_with("__") && key.ends_with("__")), "[", op.name,
          "] has no option \"", key, "\"; an attribute of one's own is named \"__", key,
          "__\" where an operator has options");
  }
}

// The symbol of all visible outputs of a node.
Symbol outputs_of(const std::shared_ptr<Node>& node) {
  std::vector<NodeEntry> outputs(static_cast<std::size_t>(node->num_visible_outputs()));
  int index = 0;
  for (NodeEntry& output : outputs) output = {node, index++};
  return Symbol(std::move(outputs));
}

}  // namespace

std::shared_ptr<Node> graph::make_variable(std::string name, Attributes attributes) {
  auto node = std::make_shared<Node>();
  node->name = std::move(name);
  node->attrs = std::move(attributes);
  return node;
}

void graph::count_inputs(Node& node, std::size_t count) {
  if (!node.op->tolerated.contains("num_args")) return;
  // Its own options say it.
  if (node.op->variadic && node.op->inputs_by && node.op->num_data == 0) return;
  // Its graphs count, too.
  const Subgraphs* inner = node.op->subgraphs ? node.op->subgraphs(node.options.get()) : nullptr;
  const std::size_t graphs = inner == nullptr ? 0 : inner->graphs().size();
  node.attrs["num_args"] = std::to_string(count + graphs);
}

std::shared_ptr<Node> graph::make_node(const Op& op, std::shared_ptr<const void> options,
                                       Attributes attributes, std::span<const Symbol> in,
                                       std::string name) {
  auto node = std::make_shared<Node>();
  node->op = &op;
  node->options = std::move(options);
  node->name = std::move(name);
  node->attrs = std::move(attributes);
  add_inputs(*node, in);
  count_inputs(*node, node->inputs.size());
  return node;
}

Symbol apply(const Op& op, const void* options, std::span<const Symbol> in, NodeName name) {
  op.check_options(options);
  Attributes attributes = op.format_options(options);
  add_scopes(op, attributes);
  return outputs_of(graph::make_node(op, op.copy_options(options), std::move(attributes), in,
                                     sym::NameManager::current().get(name.text, op.hint)));
}

Symbol sym::var(const std::string& name, const VarOptions& options) {
  check(!name.empty(), "sym::var: a variable needs a name");
  Attributes attributes = AttrScope::current();
  for (const auto& [key, value] : options.attr) attributes[hidden_key(key)] = value;
  if (options.shape.ndim_known()) attributes["__shape__"] = format_value(options.shape);
  if (options.dtype) attributes["__dtype__"] = std::to_string(static_cast<int>(*options.dtype));
  if (options.lr_mult) attributes["__lr_mult__"] = format_value(*options.lr_mult);
  if (options.wd_mult) attributes["__wd_mult__"] = format_value(*options.wd_mult);
  if (!options.init.empty()) {
    const bool in_files_form = options.init.front() == '[';
    attributes["__init__"] = in_files_form ? options.init : "[\"" + options.init + "\", {}]";
  }
  return Symbol({{graph::make_variable(name, std::move(attributes))}});
}

Symbol sym::Variable(const std::string& name, const VarOptions& options) {
  return var(name, options);
}

Symbol sym::Group(const std::vector<Symbol>& symbols) {
  std::vector<NodeEntry> outputs;
  for (const Symbol& symbol : symbols) {
    check(symbol.defined(), "sym::Group: one of the symbols refers to nothing");
    outputs.insert(outputs.end(), symbol.entries().begin(), symbol.entries().end());
  }
  check(!outputs.empty(), "sym::Group: expected at least one symbol");
  return Symbol(std::move(outputs));
}

Symbol sym::invoke(const std::string& name, const std::vector<Symbol>& in,
                   const Attributes& attributes, NodeName node) {
  const Op& op = Op::get(name);
  Attributes given = attributes;
  if (op.tolerated.contains("num_args")) given.erase("num_args");
  const auto options = op.parse_options(given);
  Attributes text = given;
  add_scopes(op, text);
  std::string called = NameManager::current().get(node.text, op.hint);
  // Of operators with graphs it counts these, too.
  const bool counted = op.variadic && !op.subgraphs && attributes.contains("num_args");
  return outputs_of(graph::make_node(
      op, options, text,
      counted ? counted_inputs(op, options.get(), attributes, in, called, text) : in, called));
}

Symbol sym::invoke(const std::string& name, const std::map<std::string, Symbol>& in,
                   const Attributes& attributes, NodeName node) {
  const Op& op = Op::get(name);
  const auto names =
      op.input_names(op.parse_options(attributes).get(), static_cast<int>(in.size()));
  std::vector<Symbol> row(names.size());
  for (const auto& [input, symbol] : in) {
    const auto place = std::find(names.begin(), names.end(), input);
    check(place != names.end(), "[", op.name, "] has no input \"", input, "\"");
    row[static_cast<std::size_t>(place - names.begin())] = symbol;
  }
  return invoke(name, row, attributes, node);
}

}  // namespace gluino
