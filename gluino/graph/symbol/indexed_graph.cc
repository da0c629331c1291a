#include <gluino/graph/symbol/indexed_graph.h>

#include <algorithm>
#include <cstdint>
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

std::vector<const Node*> depth_first(std::span<const NodeEntry> outputs) {
  std::vector<const Node*> nodes;
  walk(outputs, [&](const Node& node) { nodes.push_back(&node); });
  return nodes;
}

// Whether all inputs stand before their users.
bool is_runnable(const std::vector<const Node*>& nodes) {
  std::unordered_map<const Node*, bool> seen;
  for (const Node* node : nodes) {
    for (const NodeEntry& input : node->inputs) {
      if (!seen.contains(input.node.get())) return false;
    }
    seen[node] = true;
  }
  return true;
}

// The nodes in the order in which they were traced. One that was not traced, but made of others
// since, follows its inputs. Graphs put together of several traces stay as they are.
std::vector<const Node*> as_recorded(const std::vector<const Node*>& nodes) {
  std::unordered_map<const Node*, std::uint64_t> times;
  for (const Node* node : nodes) {
    std::uint64_t& time = times[node] = node->recorded;
    if (time != 0) continue;
    for (const NodeEntry& input : node->inputs) time = std::max(time, times.at(input.node.get()));
  }
  auto sorted = nodes;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](const Node* a, const Node* b) { return times.at(a) < times.at(b); });
  return is_runnable(sorted) ? sorted : nodes;
}

}  // namespace

IndexedGraph::IndexedGraph(std::span<const NodeEntry> outputs, Order order) {
  std::unordered_map<const Node*, int> places;
  std::vector<const Node*> nodes = depth_first(outputs);
  if (order == Order::recorded) nodes = as_recorded(nodes);
  for (const Node* each : nodes) {
    const Node& node = *each;
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
  }
  for (const NodeEntry& output : outputs) {
    heads.push_back(items[static_cast<std::size_t>(places.at(output.node.get()))].first_entry +
                    output.index);
  }
  for (const int variable : variables) {
    (items[static_cast<std::size_t>(variable)].is_state ? states : arguments).push_back(variable);
  }
}

}  // namespace gluino
