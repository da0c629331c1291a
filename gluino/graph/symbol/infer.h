#pragma once

#include <gluino/graph/symbol/indexed_graph.h>
#include <gluino/graph/symbol/symbol.h>

#include <optional>
#include <vector>

/// Shapes and types throughout a graph; the room's own.
namespace gluino::graph {

/// Per entry of the graph.
struct EntryTypes {
  std::vector<Shape> shapes;
  std::vector<DType> types;
};

/// Finds shapes and types of all entries from those of some variables, and from what the variables'
/// attributes say. Throws Error where they contradict each other and, unless `partial`, when a
/// shape stays unknown.
EntryTypes infer_entries(const IndexedGraph& graph, const Shapes& shapes, const DTypes& types,
                         bool partial = false);

/// The types of all entries that follow from those of some variables; nothing where none does.
std::vector<std::optional<DType>> infer_known_types(const IndexedGraph& graph, const DTypes& types);

}  // namespace gluino::graph
