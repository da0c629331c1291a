#pragma once

#include <gluino/graph/symbol/indexed_graph.h>
#include <gluino/graph/symbol/infer.h>

#include <map>
#include <string>
#include <vector>

/// Shapes of a graph some of whose sizes are not known: the room's own.
namespace gluino::onnx {

/// What is known of an input: sizes of -1 have the name at their place, or none.
struct DynamicShape {
  Shape shape;
  std::vector<std::string> names{};

  bool is_dynamic() const { return shape.ndim_known() && !shape.known(); }
};
using DynamicShapes = std::map<std::string, DynamicShape>;

/// Shapes and types of all entries; -1 is a size that depends on the inputs' unknown ones. Rules
/// for shapes want sizes, so the graph is inferred twice, for different sizes in the place of the
/// unknown ones: what differs depends on them. Sizes of one name are the same. Throws Error as
/// infer_entries does.
graph::EntryTypes infer_dynamic(const IndexedGraph& graph, const DynamicShapes& inputs,
                                const Shapes& others, const DTypes& types, bool partial = false);

}  // namespace gluino::onnx
