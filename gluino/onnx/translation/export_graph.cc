#include <gluino/onnx/translation/export_graph.h>
#include <gluino/onnx/translation/graph_writer.h>

#include <algorithm>

namespace gluino::onnx {

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
