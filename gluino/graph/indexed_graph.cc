#include <gluino/graph/indexed_graph.h>

#include <unordered_map>

namespace gluino {
namespace {

// Calls visit(node) once for each node, inputs first.
template <class F>
void walk(std::span<const NodeEntry> outputs, F visit) {
  struct Open {
    const Node* node;
    std::size_t next_input;
  };
  std::unordered_map<const Node*, bool> seen;
  std::vector<Open> stack;
  for (const NodeEntry& output : outputs) {
    if (!seen.emplace(output.node.get(), true).second) continue;
    stack.push_back({output.node.get(), 0});
    while (!stack.empty()) {
      Open& top = stack.back();
      if (top.next_input == top.node->inputs.size()) {
        visit(*top.node);
        stack.pop_back();
        continue;
      }
      const Node* input = top.node->inputs[top.next_input++].node.get();
      if (seen.emplace(input, true).second) stack.push_back({input, 0});
    }
  }
}

}  // namespace

IndexedGraph::IndexedGraph(std::span<const NodeEntry> outputs) {
  std::unordered_map<const Node*, int> places;
  walk(outputs, [&](const Node& node) {
    const int place = static_cast<int>(items.size());
    places.emplace(&node, place);
    Item item;
    item.node = &node;
    item.first_entry = num_entries();
    item.inputs.reserve(node.inputs.size());
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      Item& input = items[static_cast<std::size_t>(places.at(node.inputs[i].node.get()))];
      item.inputs.push_back(input.first_entry + node.inputs[i].index);
      const bool changed = node.op->is_state(node.options.get(), static_cast<int>(i));
      if (changed && input.node->is_variable()) input.is_state = true;
    }
    owner.insert(owner.end(), static_cast<std::size_t>(node.num_outputs()), place);
    if (node.is_variable()) variables.push_back(place);
    items.push_back(std::move(item));
  });
  for (const NodeEntry& output : outputs) {
    heads.push_back(items[static_cast<std::size_t>(places.at(output.node.get()))].first_entry +
                    output.index);
  }
  for (const int variable : variables) {
    (items[static_cast<std::size_t>(variable)].is_state ? states : arguments).push_back(variable);
  }
}

}  // namespace gluino
