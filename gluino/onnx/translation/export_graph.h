#pragma once

#include <gluino/onnx/translation/export_node.h>

#include <memory>
#include <string>

/// Graphs inside of nodes that are being written; the room's own.
namespace gluino::onnx {

/// A graph inside of a node: what it is given, what computes there, and what it gives. It reads the
/// values around it, too.
class ExportGraph {
 public:
  explicit ExportGraph(const ExportNode& around);

  /// Adds to the graph, under the names of the node around.
  ExportNode& node() { return node_; }
  /// Something that the node gives the graph, of such a shape and type.
  ExportNode::Value take(const std::string& stem, const ExportNode::Value& like);
  void give(const ExportNode::Value& value);
  InnerGraph done() { return {graph_}; }

 private:
  std::shared_ptr<DocumentGraph> graph_;
  DocumentBuilder builder_;
  ExportNode node_;
};

/// One truth value without axes, as ONNX' conditions are, of a number.
std::string write_condition(ExportNode& e, const ExportNode::Value& number);

}  // namespace gluino::onnx
