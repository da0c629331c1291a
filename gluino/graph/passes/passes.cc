#include <gluino/graph/passes/passes.h>

#include <unordered_map>
#include <utility>

namespace gluino::graph {

PassGraph::PassGraph(const Symbol& symbol, const EntryTypes& types)
    : symbol_(symbol), graph_(symbol.entries()), types_(types) {
  uses_.assign(static_cast<std::size_t>(graph_.num_entries()), 0);
  for (const auto& item : graph_.items) {
    for (const int entry : item.inputs) ++uses_[static_cast<std::size_t>(entry)];
  }
  for (const int entry : graph_.heads) ++uses_[static_cast<std::size_t>(entry)];
}

const IndexedGraph::Item* PassGraph::only_producer(const IndexedGraph::Item& item,
                                                   std::size_t input) const {
  const int entry = item.inputs[input];
  const auto owner = static_cast<std::size_t>(graph_.owner[static_cast<std::size_t>(entry)]);
  const IndexedGraph::Item& producer = graph_.items[owner];
  const bool fits =
      !producer.node->is_variable() && graph_.output_of(entry) == 0 && uses(entry) == 1;
  return fits ? &producer : nullptr;
}

Symbol PassGraph::rewritten(const Replace& replace) const {
  std::vector<NodeEntry> entries(static_cast<std::size_t>(graph_.num_entries()));
  const auto moved = [&](int entry) { return entries[static_cast<std::size_t>(entry)]; };
  // Handles of the variables: each is held by a node that uses it, or is an output.
  std::unordered_map<const Node*, std::shared_ptr<Node>> handles;
  for (const NodeEntry& output : symbol_.entries()) handles[output.node.get()] = output.node;
  for (const auto& item : graph_.items) {
    for (const NodeEntry& input : item.node->inputs) handles[input.node.get()] = input.node;
  }
  for (const auto& item : graph_.items) {
    std::shared_ptr<Node> node;
    if (item.node->is_variable()) {
      node = handles.at(item.node);
    } else if (node = replace(item, moved); node == nullptr) {
      node = std::make_shared<Node>();
      node->op = item.node->op;
      node->options = item.node->options;
      node->name = item.node->name;
      node->attrs = item.node->attrs;
      node->recorded = item.node->recorded;
      for (std::size_t i = 0; i < item.inputs.size(); ++i) {
        NodeEntry input = moved(item.inputs[i]);
        input.version = item.node->inputs[i].version;
        node->inputs.push_back(std::move(input));
      }
    }
    // Nodes that stay as they are belong to other threads, too.
    if (node.get() != item.node && node->recorded == 0) node->recorded = item.node->recorded;
    for (int i = 0; i < item.node->num_outputs(); ++i) {
      entries[static_cast<std::size_t>(item.first_entry + i)] = {node, i};
    }
  }
  std::vector<NodeEntry> outputs;
  outputs.reserve(graph_.heads.size());
  for (const int head : graph_.heads) outputs.push_back(moved(head));
  return Symbol(std::move(outputs));
}

bool has(const Node& node, Property property) {
  const auto& says = node.op->*property;
  return says && says(node.options.get());
}

std::string activation_of(const Node& node) {
  return node.op->activation ? node.op->activation(node.options.get()) : "";
}

const std::vector<Pass>& passes() {
  static const std::vector<Pass> all = {
      {"fuse_convolution_pooling", fuse_convolution_pooling},
      {"fuse_convolution_activation", fuse_convolution_activation},
      {"fuse_fully_connected_activation", fuse_fully_connected_activation},
      {"fuse_batch_norm_activation", fuse_batch_norm_activation},
      {"fuse_softmax_cross_entropy", fuse_softmax_cross_entropy},
      {"choose_layouts", choose_layouts},
  };
  return all;
}

}  // namespace gluino::graph
