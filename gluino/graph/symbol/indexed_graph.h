#pragma once

#include <gluino/base/export.h>
#include <gluino/graph/symbol/node.h>

#include <span>
#include <vector>

namespace gluino {

/// The nodes that lead to some outputs as a row, inputs before their users, and the edges as
/// numbers. It points to the nodes and does not keep them.
struct GLUINO_API IndexedGraph {
  struct Item {
    const Node* node = nullptr;
    /// The number of the node's first output; the others follow.
    int first_entry = 0;
    /// Per input, the number of the output that it is.
    std::vector<int> inputs;
    /// Of a variable: changed by an operator.
    bool is_state = false;
  };

  enum class Order {
    depth_first,  ///< of a walk from the outputs, inputs from the first on: MXNet's, and in files
    recorded,     ///< the same, but traced nodes in the order in which they ran
  };
  explicit IndexedGraph(std::span<const NodeEntry> outputs, Order order = Order::depth_first);

  std::vector<Item> items;
  /// Per entry, the item that it is an output of.
  std::vector<int> owner;
  /// The entries of the outputs.
  std::vector<int> heads;
  /// The items that are variables, and among them those that are states or not.
  std::vector<int> variables, arguments, states;

  int num_entries() const { return static_cast<int>(owner.size()); }
  /// Which output of its node an entry is.
  int output_of(int entry) const {
    return entry -
           items[static_cast<std::size_t>(owner[static_cast<std::size_t>(entry)])].first_entry;
  }
};

}  // namespace gluino
