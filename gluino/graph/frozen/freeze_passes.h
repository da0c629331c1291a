#pragma once

#include <gluino/graph/passes/passes.h>
#include <gluino/graph/symbol/symbol.h>

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// Rewritings of a graph whose parameters will not change again; the room's own. Unlike those of
/// passes.h they may change the variables, and know no shapes but those of parameters.
namespace gluino::graph {

/// What Convolution and FullyConnected read.
enum LayerInput { kData, kWeight, kBias };

/// A graph, and the arrays of those of its variables that are known.
struct KnownGraph {
  Symbol symbol;
  ArrayMap params;

  /// A variable for an array that passes have made; named `name`, with a number if there is one.
  NodeEntry add(const std::string& name, const NDArray& array);
};

/// The graph in which `replace` was asked about each operator's item, inputs first: what its first
/// output has become, or nothing to keep the node. `moved` gives what an entry has become.
using ReplaceEntry = std::function<std::optional<NodeEntry>(const IndexedGraph::Item& item,
                                                            const PassGraph::Moved& moved)>;
Symbol with_replaced(const PassGraph& graph, const ReplaceEntry& replace);

/// A copy of an item's node with the inputs that it has now.
std::shared_ptr<Node> moved_node(const IndexedGraph::Item& item, const PassGraph::Moved& moved);

/// Away with the arrays that the graph needs no more.
void drop_unused(KnownGraph& graph);

/// Shapes and types throughout, for inputs such as `like`.
EntryTypes types_for(const KnownGraph& graph, const std::vector<std::string>& inputs,
                     std::span<const NDArray> like);

/// Dropout and other nodes that pass their data on outside of training go; losses read no label.
void drop_training(KnownGraph& graph);
/// What depends on known arrays alone becomes a known array.
void fold_constants(KnownGraph& graph);
/// Batch normalisation by known statistics, of what a convolution or a fully connected layer with
/// known weights gives, becomes a part of those weights.
void fold_batch_norm(KnownGraph& graph);
/// Fully connected layers and convolutions read weights in the order of the kernel, where that pays
/// for so many rows or images. `packed` keeps them by their names, for graphs of other shapes.
void pack_weights(KnownGraph& graph, const EntryTypes& types, ArrayMap& packed);

}  // namespace gluino::graph
