#pragma once

#include <gluino/graph/symbol/indexed_graph.h>
#include <gluino/graph/symbol/infer.h>

#include <array>
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

/// Shapes and types of all entries for two choices of sizes in the place of the unknown ones, since
/// rules for shapes want sizes. What differs between them depends on those. Sizes of one name are
/// the same. Throws Error as infer_entries does.
std::array<graph::EntryTypes, 2> infer_twice(const IndexedGraph& graph, const DynamicShapes& inputs,
                                             const Shapes& others, const DTypes& types,
                                             bool partial = false);

/// Both as one: -1 is a size that differs, thus depends on the inputs' unknown ones.
graph::EntryTypes merged(const std::array<graph::EntryTypes, 2>& choices);

/// The same as one: -1 is a size that depends on the inputs' unknown ones.
graph::EntryTypes infer_dynamic(const IndexedGraph& graph, const DynamicShapes& inputs,
                                const Shapes& others, const DTypes& types, bool partial = false);

}  // namespace gluino::onnx
