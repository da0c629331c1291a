#pragma once

#include <gluino/graph/passes/known_operators.h>
#include <gluino/graph/symbol/infer.h>
#include <gluino/graph/symbol/symbol.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// Rewritings of a graph between its inference and its steps; the room's own.
namespace gluino::graph {

/// What a pass may ask about the graph that it rewrites.
class PassGraph {
 public:
  PassGraph(const Symbol& symbol, const EntryTypes& types);

  const IndexedGraph& indexed() const { return graph_; }
  const Shape& shape(int entry) const { return types_.shapes[static_cast<std::size_t>(entry)]; }
  DType dtype(int entry) const { return types_.types[static_cast<std::size_t>(entry)]; }
  /// How many nodes read an entry, and outputs are it.
  int uses(int entry) const { return uses_[static_cast<std::size_t>(entry)]; }
  /// The operator's item whose first output an input is, if nobody else reads that.
  const IndexedGraph::Item* only_producer(const IndexedGraph::Item& item, std::size_t input) const;
  /// The same, if it is the operator with options of the type O.
  template <class O>
  const IndexedGraph::Item* only_producer(const IndexedGraph::Item& item, std::size_t input) const {
    const IndexedGraph::Item* producer = only_producer(item, input);
    return producer != nullptr && options_if<O>(*producer->node) ? producer : nullptr;
  }

  /// The graph in which `replace` was asked about each operator's item, inputs first: it gives the
  /// node that stands for it, or null to keep it. `moved` gives what an entry has become.
  using Moved = std::function<NodeEntry(int entry)>;
  using Replace =
      std::function<std::shared_ptr<Node>(const IndexedGraph::Item& item, const Moved& moved)>;
  Symbol rewritten(const Replace& replace) const;

 private:
  const Symbol& symbol_;
  IndexedGraph graph_;
  const EntryTypes& types_;
  std::vector<int> uses_;
};

/// One rewriting: what it is called, and what it does to a graph. What a device's kernels have no
/// use for is not done there.
struct Pass {
  const char* name;
  Symbol (*run)(const PassGraph& graph);
  Device device = Device::cpu;
};

/// A node of the operator with options of the type O that reads what `item` read.
template <class O>
std::shared_ptr<Node> node_reading(const IndexedGraph::Item& item, const O& options,
                                   std::string name, const PassGraph::Moved& moved) {
  auto node = node_of(options, std::move(name));
  node->recorded = item.node->recorded;
  for (const int input : item.inputs) node->inputs.push_back(moved(input));
  return node;
}

/// Whether the definition of an operator's node says that of it; see Op.
using Property = Rule<bool(const void* options)> Op::*;
bool has(const Node& node, Property property);

/// Which act_type of Activation an operator's node computes; else nothing.
std::string activation_of(const Node& node);

/// The options of an item that is known to have them.
template <class O>
const O& options_of(const IndexedGraph::Item& item) {
  return *static_cast<const O*>(item.node->options.get());
}

/// All passes, in the order in which they run.
const std::vector<Pass>& passes();

/// True for maximum pooling of windows side by side of images, none over the edge.
bool pools_side_by_side(const PoolingOptions& options, const Shape& data);

/// Convolution, its activation and maximum Pooling become one operator.
Symbol fuse_convolution_pooling(const PassGraph& graph);

/// -pick(log_softmax(data), label), which is gluon's SoftmaxCrossEntropyLoss, becomes one operator.
Symbol fuse_softmax_cross_entropy(const PassGraph& graph);

/// FullyConnected and its activation become one operator.
Symbol fuse_fully_connected_activation(const PassGraph& graph);

/// Convolution and its activation become one operator.
Symbol fuse_convolution_activation(const PassGraph& graph);

/// Images between operators that can read strips of samples lie so.
Symbol choose_layouts(const PassGraph& graph);

/// BatchNorm and its activation become one operator.
Symbol fuse_batch_norm_activation(const PassGraph& graph);

}  // namespace gluino::graph
