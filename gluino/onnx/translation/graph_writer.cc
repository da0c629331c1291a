#include <gluino/graph/symbol/callable.h>
#include <gluino/onnx/translation/dynamic_shapes.h>
#include <gluino/onnx/translation/export_graph.h>
#include <gluino/onnx/translation/graph_writer.h>
#include <gluino/onnx/translation/translations.h>

#include <algorithm>

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

ExportGraph::ExportGraph(const ExportNode& around)
    : graph_(std::make_shared<DocumentGraph>()),
      builder_(around.builder(), *graph_),
      node_(around, builder_) {
  graph_->graph_name = builder_.unused_name("graph");
}

ExportNode::Value ExportGraph::take(const std::string& stem, const ExportNode::Value& like) {
  ExportNode::Value value = like;
  value.name = builder_.unused_name(stem);
  value.array = nullptr;
  graph_->inputs.push_back(described(value.name, value));
  return value;
}

void ExportGraph::give(const ExportNode::Value& value) {
  const auto gives = [&](const DocumentNode& node) {
    return std::find(node.outputs.begin(), node.outputs.end(), value.name) != node.outputs.end();
  };
  const auto is_given = [&](const DocumentValue& output) { return output.name == value.name; };
  // A value of the graph around, one that is given, or given twice, is no output: a copy of it is.
  const bool is_output = std::any_of(graph_->nodes.begin(), graph_->nodes.end(), gives) &&
                         std::none_of(graph_->outputs.begin(), graph_->outputs.end(), is_given);
  graph_->outputs.push_back(
      described(is_output ? value.name : node_.add("Identity", {value.name}), value));
}

std::string write_condition(ExportNode& e, const ExportNode::Value& number) {
  const std::string one =
      number.shape.ndim() == 0 ? number.name : e.add("Reshape", {number.name, e.ints({})});
  return number.dtype == boolean ? one : e.cast(one, boolean);
}

}  // namespace gluino::onnx
