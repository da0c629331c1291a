#include <gluino/graph/symbol/callable.h>
#include <gluino/onnx/translation/dynamic_shapes.h>
#include <gluino/onnx/translation/graph_writer.h>
#include <gluino/onnx/translation/translations.h>

namespace gluino::onnx {

GraphWriter::GraphWriter(const IndexedGraph& graph, const std::vector<Variable>& variables,
                         const std::array<graph::EntryTypes, 2>& found, DocumentBuilder& builder)
    : graph_(graph),
      found_(found),
      merged_(merged(found)),
      builder_(builder),
      values_(merged_.shapes.size()) {
  for (std::size_t i = 0; i < variables.size(); ++i) {
    const auto& item = graph.items[static_cast<std::size_t>(graph.variables[i])];
    values_[static_cast<std::size_t>(item.first_entry)] = variables[i];
  }
}

void GraphWriter::write() {
  for (const auto& item : graph_.items) {
    if (!item.node->is_variable()) write(item);
  }
}

std::vector<ExportNode::Value> GraphWriter::outputs() const {
  std::vector<ExportNode::Value> outputs;
  outputs.reserve(graph_.heads.size());
  for (const int head : graph_.heads) outputs.push_back(value_of(head));
  return outputs;
}

ExportNode::Value GraphWriter::value_of(int entry) const {
  const auto at = static_cast<std::size_t>(entry);
  return {.name = values_[at].name,
          .shape = merged_.shapes[at],
          .dtype = merged_.types[at],
          .array = values_[at].array,
          .choices = {found_[0].shapes[at], found_[1].shapes[at]}};
}

void GraphWriter::write(const IndexedGraph::Item& item) {
  const Node& node = *item.node;
  const Translations::Writer* writer = Translations::table().writer(*node.op);
  check(writer != nullptr, "[", node.op->name, " ", node.name, "] has no form in ONNX");
  std::vector<ExportNode::Value> in, out;
  for (const int entry : item.inputs) in.push_back(value_of(entry));
  for (int i = 0; i < node.num_outputs(); ++i) out.push_back(value_of(item.first_entry + i));
  ExportNode exported(node, builder_, std::move(in), std::move(out));
  (*writer)(exported, node.options.get());
  for (const auto& [output, value] : exported.given()) {
    // What was made here is called as here; what is handed on keeps its name.
    values_[static_cast<std::size_t>(item.first_entry + output)].name =
        exported.has_made(value) ? builder_.rename(value, node.output_name(output)) : value;
  }
}

DocumentValue described(const std::string& name, const ExportNode::Value& value) {
  DocumentValue described{.name = name, .dtype = value.dtype};
  described.has_shape = value.shape.ndim_known();
  for (const std::int64_t size : value.shape) described.dimensions.push_back({.size = size});
  return described;
}

std::vector<ExportNode::Value> ExportNode::write(const Callable& graph,
                                                 const std::vector<Value>& inputs) {
  const Symbol& symbol = graph::symbol_of(graph);
  const IndexedGraph indexed(symbol.entries());
  expect(indexed.variables.size() == inputs.size(), "a graph inside has ", indexed.variables.size(),
         " inputs, got ", inputs.size());
  std::vector<GraphWriter::Variable> variables;
  std::array<Shapes, 2> shapes;
  DTypes types;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto& item = indexed.items[static_cast<std::size_t>(indexed.variables[i])];
    variables.push_back({inputs[i].name, inputs[i].array});
    types[item.node->name] = inputs[i].dtype;
    for (std::size_t k : {0, 1}) shapes[k][item.node->name] = inputs[i].choices[k];
  }
  const std::array<graph::EntryTypes, 2> found{graph::infer_entries(indexed, shapes[0], types),
                                               graph::infer_entries(indexed, shapes[1], types)};
  GraphWriter writer(indexed, variables, found, builder_);
  writer.write();
  std::vector<Value> outputs = writer.outputs();
  for (const Value& output : outputs) {
    expect(!output.name.empty(), "an output of a graph inside has none");
  }
  return outputs;
}

}  // namespace gluino::onnx
