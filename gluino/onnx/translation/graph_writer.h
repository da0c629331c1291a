#pragma once

#include <gluino/graph/symbol/indexed_graph.h>
#include <gluino/graph/symbol/infer.h>
#include <gluino/onnx/translation/export_node.h>

#include <array>
#include <string>
#include <vector>

/// How the nodes of a graph of ours are written, of the network's own and of those inside of nodes;
/// the room's own.
namespace gluino::onnx {

class GraphWriter {
 public:
  /// What a variable is called in the file, and its elements where it is a parameter.
  struct Variable {
    std::string name;
    const NDArray* array = nullptr;
  };

  /// `variables` are in the graph's order; `found` holds for two choices of sizes that are not
  /// known. All of it has to stay.
  GraphWriter(const IndexedGraph& graph, const std::vector<Variable>& variables,
              const std::array<graph::EntryTypes, 2>& found, DocumentBuilder& builder);

  /// Throws Error, naming node and operator, for what has no form in ONNX.
  void write();
  /// Without a name where ONNX has no such output.
  std::vector<ExportNode::Value> outputs() const;

 private:
  ExportNode::Value value_of(int entry) const;
  void write(const IndexedGraph::Item& item);

  const IndexedGraph& graph_;
  const std::array<graph::EntryTypes, 2>& found_;
  graph::EntryTypes merged_;
  DocumentBuilder& builder_;
  /// Per entry what the value is called in the file, and the elements of parameters, as the
  /// operators that read them take them.
  std::vector<Variable> values_;
};

/// What a file says of a value.
DocumentValue described(const std::string& name, const ExportNode::Value& value);

}  // namespace gluino::onnx
