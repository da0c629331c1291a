#include <gluino/graph/frozen/freeze_passes.h>
#include <gluino/graph/run/executor.h>

#include <utility>

namespace gluino::graph {
namespace {

// True for operators that give the same whenever they get the same.
bool is_function(const Op& op) { return !op.random && !op.with_state && !op.context_of; }

// Per entry: follows from known arrays by operators.
std::vector<bool> find_constants(const IndexedGraph& graph, const ArrayMap& params) {
  std::vector<bool> constant(static_cast<std::size_t>(graph.num_entries()));
  for (const auto& item : graph.items) {
    const Node& node = *item.node;
    bool all = node.is_variable() ? params.contains(node.name) : is_function(*node.op);
    for (const int input : item.inputs) all = all && constant[static_cast<std::size_t>(input)];
    for (int i = 0; i < node.num_outputs(); ++i) {
      constant[static_cast<std::size_t>(item.first_entry + i)] = all;
    }
  }
  return constant;
}

NDArray value_of(const NodeEntry& entry, const ArrayMap& params) {
  const Symbol symbol(std::vector<NodeEntry>{entry});
  ArrayMap used;
  for (const std::string& name : symbol.list_inputs()) used[name] = params.at(name);
  return symbol.eval(used)[0];
}

}  // namespace

void fold_constants(KnownGraph& graph) {
  const EntryTypes no_types;
  const Symbol before = graph.symbol;
  const PassGraph pass(before, no_types);
  const IndexedGraph& indexed = pass.indexed();
  const auto constant = find_constants(indexed, graph.params);
  const auto is_constant = [&](int entry) { return constant[static_cast<std::size_t>(entry)]; };
  // Only what others need is computed: the last values of what follows from parameters.
  std::vector<bool> needed(constant.size());
  for (const auto& item : indexed.items) {
    if (item.node->is_variable() || is_constant(item.first_entry)) continue;
    for (const int input : item.inputs) needed[static_cast<std::size_t>(input)] = true;
  }
  for (const int head : indexed.heads) needed[static_cast<std::size_t>(head)] = true;
  graph.symbol = with_replaced(
      pass,
      [&](const IndexedGraph::Item& item, const PassGraph::Moved&) -> std::optional<NodeEntry> {
        const int entry = item.first_entry;
        const Node& node = *item.node;
        if (!is_constant(entry) || !needed[static_cast<std::size_t>(entry)]) return std::nullopt;
        if (node.num_visible_outputs() != 1) return std::nullopt;
        const auto shared = std::make_shared<Node>();
        shared->op = node.op;
        shared->options = node.options;
        shared->name = node.name;
        shared->inputs = node.inputs;
        return graph.add(node.output_name(0), value_of({shared, 0}, graph.params));
      });
}

}  // namespace gluino::graph
