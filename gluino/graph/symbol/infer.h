#pragma once

#include <gluino/graph/symbol/indexed_graph.h>
#include <gluino/graph/symbol/symbol.h>

#include <cstdint>
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

/// The shapes alone, whatever the types are, of which nothing is said.
std::vector<Shape> infer_entry_shapes(const IndexedGraph& graph, const Shapes& shapes,
                                      bool partial);

/// The types of all entries that follow from those of some variables; nothing where none does.
std::vector<std::optional<DType>> infer_known_types(const IndexedGraph& graph, const DTypes& types);

/// Rules may list the places of an axis: none is asked about longer ones.
inline constexpr std::int64_t kLongestAxis = 10'000'000;

/// The largest whole number that the options name, without its sign.
std::int64_t largest_named(const Node& node);

/// Takes what `other` knows of a shape and `shape` does not. False when they contradict each other.
bool merge(Shape& shape, const Shape& other);

/// Finds the sizes of a node's outputs and parameters that do not depend on those that are not
/// known: they are the same whatever stands there. True when something new was found.
bool infer_sizes_at(const IndexedGraph::Item& item, std::vector<Shape>& shapes);

/// Of a node whose only data input has sizes that are not known (-1): finds them where one of its
/// outputs is known and no other sizes give that. Where the node changes the number of axes, that
/// is found of one size, and of nodes that keep all elements. Of one that reorders axes, or adds
/// some of 1, nothing of the data need be known. True when something was found.
bool infer_data_at(const IndexedGraph::Item& item, std::vector<Shape>& shapes);

/// Of a node with two inputs, of which the first is known and the second has one size that is not:
/// finds it where the node takes one of the first input's sizes there, and none beside it, as a
/// product of matrices does. True when it was found.
bool infer_factor_at(const IndexedGraph::Item& item, std::vector<Shape>& shapes);

/// Finds what is known of the output's sizes of a node that broadcasts inputs of which not all
/// sizes are known: the number of axes, and each size that an input has, other than 1. True when
/// something new was found.
bool infer_broadcast_at(const IndexedGraph::Item& item, std::vector<Shape>& shapes);

/// By argument, output and auxiliary state, in the symbol's order.
struct KnownTypes {
  std::vector<std::optional<DType>> arguments, outputs, auxiliary_states;
};

/// The types of a symbol's entries that follow from those of some variables; nothing where none
/// does. Throws Error for a name that the symbol does not have.
GLUINO_API KnownTypes known_types(const Symbol& symbol, const DTypes& types);

}  // namespace gluino::graph
