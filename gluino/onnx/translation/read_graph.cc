#include <gluino/onnx/translation/read_graph.h>
#include <gluino/onnx/translation/translations.h>

#include <algorithm>

namespace gluino::onnx {
namespace {

class GraphReader {
 public:
  GraphReader(ValueTable& values, int opset) : values_(values), opset_(opset) {}

  void read(const DocumentNode& node) {
    const ImportNode imported(node, values_, opset_);
    const bool is_onnx = node.domain.empty() || node.domain == "ai.onnx";
    imported.expect(is_onnx, "has no form here; it is of the domain ", node.domain);
    const Translations::Reader* reader = Translations::table().reader(node.op_type);
    if (reader == nullptr) {
      const std::string why = Translations::table().why_not(node.op_type);
      imported.refuse("has no form here", why.empty() ? "" : ": " + why);
    }
    Symbols outputs;
    try {
      outputs = (*reader)(imported);
      imported.check_all_is_read();
    } catch (const Error& error) {
      if (std::string_view(error.what()).starts_with(values_.source())) throw;
      imported.refuse(error.what());
    }
    imported.expect(outputs.size() >= count_wanted(node), "gives ", outputs.size(),
                    " outputs here, the file reads ", count_wanted(node));
    const bool from_file = follows_from_file(node, outputs);
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      if (!node.outputs[i].empty()) keep(node.outputs[i], outputs[i], from_file, imported);
    }
  }

 private:
  void keep(const std::string& name, const Symbol& output, bool from_file, const ImportNode& node) {
    node.expect(!values_.has(name), "the value \"", name, "\" is there already");
    node.name_as_file(output);
    if (!from_file) return values_.set(name, output);
    try {
      values_.keep(name, output);
    } catch (const Error& error) {
      node.refuse(error.what());
    }
  }

  static std::size_t count_wanted(const DocumentNode& node) {
    std::size_t count = node.outputs.size();
    while (count > 0 && node.outputs[count - 1].empty()) --count;
    return count;
  }

  // Whether nothing that the network is given leads there, but for its shapes.
  bool follows_from_file(const DocumentNode& node, const Symbols& outputs) const {
    const auto follows = [&](const Symbol& output) { return values_.follows_from_shapes(output); };
    return !node.outputs.empty() && !outputs.empty() &&
           std::all_of(outputs.begin(), outputs.end(), follows);
  }

  ValueTable& values_;
  int opset_;
};

}  // namespace

void read_nodes(const DocumentGraph& graph, ValueTable& values, int opset) {
  GraphReader reader(values, opset);
  for (const DocumentNode& node : graph.nodes) reader.read(node);
}

const DocumentGraph& ImportNode::graph(const char* name) const {
  const auto* inner = attribute_if<InnerGraph>(name);
  expect(inner != nullptr, name, ": the attribute is missing");
  return *inner->graph;
}

std::vector<ImportNode::GraphValue> ImportNode::read_graph(
    const char* name, const std::vector<GraphValue>& inputs) const {
  const DocumentGraph& inner = graph(name);
  expect(inner.inputs.size() == inputs.size(), name, ": expected a graph of ", inputs.size(),
         " inputs, got one of ", inner.inputs.size());
  ValueTable values(values_);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::string& input = inner.inputs[i].name;
    expect(!values.has(input), name, ": there are two inputs \"", input, "\"");
    if (inputs[i].constant.defined()) {
      values.set_constant(input, inputs[i].constant);
    } else {
      values.set(input, inputs[i].symbol);
    }
  }
  for (const auto& [initializer, array] : inner.initializers) {
    expect(!values.has(initializer), name, ": \"", initializer, "\" is an input and a constant");
    values.set_constant(initializer, array);
  }
  read_nodes(inner, values, opset_);
  std::vector<GraphValue> outputs;
  for (const DocumentValue& output : inner.outputs) {
    const NDArray* const constant = values.constant(output.name);
    outputs.push_back({.symbol = values.symbol(output.name),
                       .constant = constant == nullptr ? NDArray() : *constant});
  }
  return outputs;
}

}  // namespace gluino::onnx
