#include <gluino/graph/symbol/json_document.h>
#include <gluino/graph/symbol/naming.h>
#include <gluino/ops/core/face_names.h>

#include <algorithm>

namespace gluino::graph {
namespace {

constexpr int kMissingInputs = 900;
constexpr int kArgAxis = 905;

bool is_hidden_name(const std::string& key) { return sym::hidden_key(key) != key; }

// "lr_mult" becomes "__lr_mult__"; "weight_lr_mult" of an operator goes to its input "weight".
void upgrade_attributes(Document& document, DocumentNode& node, const Op* op,
                        const std::vector<std::string>& input_names) {
  Attributes kept;
  for (const auto& [key, value] : node.attrs) {
    if (op != nullptr && op->takes_attribute(key)) {
      kept[key] = value;
      continue;
    }
    if (is_hidden_name(key)) {
      kept[sym::hidden_key(key)] = value;
      continue;
    }
    bool moved = false;
    for (std::size_t i = 0; i < input_names.size() && i < node.inputs.size(); ++i) {
      const std::string& input = input_names[i];
      if (!key.starts_with(input + "_") || !is_hidden_name(key.substr(input.size() + 1))) continue;
      const auto place = static_cast<std::size_t>(node.inputs[i].node);
      if (place < document.nodes.size() && document.nodes[place].op == "null") {
        document.nodes[place].attrs[sym::hidden_key(key.substr(input.size() + 1))] = value;
      }
      moved = true;
    }
    if (!moved) kept[key] = value;
  }
  node.attrs = std::move(kept);
}

// The names of the inputs that a node of a file has, empty when its options cannot be read: what is
// wrong with them is said later.
std::vector<std::string> input_names(const Op& op, const DocumentNode& node) {
  Attributes options;
  for (const auto& [key, value] : node.attrs) {
    if (op.takes_attribute(key)) options[key] = value;
  }
  options.erase("num_args");
  try {
    return op.input_names(op.parse_options(options).get(), static_cast<int>(node.inputs.size()));
  } catch (const Error&) {
    return {};
  }
}

// Files before 0.9 do not have the inputs that are states, nor some others that nobody gave.
// The variables made for them stand at the end until all nodes were seen.
void add_missing_inputs(Document& document, std::size_t index,
                        const std::vector<std::string>& names) {
  for (std::size_t i = document.nodes[index].inputs.size(); i < names.size(); ++i) {
    const int place = static_cast<int>(document.nodes.size());
    DocumentNode variable;
    variable.op = "null";
    variable.name = document.nodes[index].name + "_" + names[i];
    document.nodes.push_back(std::move(variable));
    document.nodes[index].inputs.push_back({place, 0, 0});
    document.arg_nodes.push_back(place);
  }
}

// MXNet's operators of one name that by mode or by an option are two of ours.
void choose_operator(const Document& document, DocumentNode& node) {
  if (document.is_np_shape) node.op = name_in_np_shape(node.op);
  const auto dim = node.attrs.find("dim");
  if (node.op == "Concat" && dim != node.attrs.end() && dim->second == "None") {
    node.op = "_npi_concatenate";
    node.attrs["axis"] = "None";
    node.attrs.erase("dim");
  }
}

}  // namespace

void upgrade(Document& document) {
  const std::size_t count = document.nodes.size();
  for (std::size_t i = 0; i < count; ++i) {
    choose_operator(document, document.nodes[i]);
    const Op* op = document.nodes[i].op == "null" ? nullptr : Op::find(document.nodes[i].op);
    // Nodes with graphs have today's form; to read those twice at every level would take forever.
    const bool unnamed = op == nullptr || op->variadic || op->subgraphs;
    const auto names = unnamed ? std::vector<std::string>{} : input_names(*op, document.nodes[i]);
    DocumentNode node = document.nodes[i];
    upgrade_attributes(document, node, op, names);
    document.nodes[i] = std::move(node);
    if (op == nullptr) continue;
    if (document.version < kMissingInputs) add_missing_inputs(document, i, names);
    const bool arg_reduction = op->name == "argmin" || op->name == "argmax";
    if (document.version < kArgAxis && arg_reduction) {
      const auto axis = document.nodes[i].attrs.find("axis");
      if (axis != document.nodes[i].attrs.end() && axis->second == "-1") {
        document.nodes[i].attrs.erase(axis);
      }
    }
  }
}

}  // namespace gluino::graph
