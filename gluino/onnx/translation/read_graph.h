#pragma once

#include <gluino/onnx/format/document.h>
#include <gluino/onnx/translation/value_table.h>

/// How the nodes of a graph are read, of the file's own and of those inside of nodes; the room's
/// own.
namespace gluino::onnx {

/// Reads all nodes, whose values `values` has afterwards. Throws Error, naming file, node, operator
/// and attribute, for what has no form here.
void read_nodes(const DocumentGraph& graph, ValueTable& values, int opset);

}  // namespace gluino::onnx
