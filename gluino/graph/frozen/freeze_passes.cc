#include <gluino/graph/frozen/freeze_passes.h>
#include <gluino/graph/symbol/make_node.h>

#include <algorithm>
#include <utility>

namespace gluino::graph {

NodeEntry KnownGraph::add(const std::string& name, const NDArray& array) {
  const auto names = symbol.list_inputs();
  const auto taken = [&](const std::string& text) {
    return params.contains(text) || std::find(names.begin(), names.end(), text) != names.end();
  };
  std::string free = name;
  for (int number = 0; taken(free); ++number) free = str(name, number);
  params[free] = array;
  return {make_variable(free, {}), 0};
}

void drop_unused(KnownGraph& graph) {
  ArrayMap used;
  for (const std::string& name : graph.symbol.list_inputs()) {
    const auto found = graph.params.find(name);
    if (found != graph.params.end()) used.insert(*found);
  }
  graph.params = std::move(used);
}

EntryTypes types_for(const KnownGraph& graph, const std::vector<std::string>& inputs,
                     std::span<const NDArray> like) {
  Shapes shapes;
  DTypes types;
  for (const std::string& name : graph.symbol.list_inputs()) {
    const auto found = graph.params.find(name);
    const auto place = std::find(inputs.begin(), inputs.end(), name) - inputs.begin();
    const NDArray& array =
        found == graph.params.end() ? like[static_cast<std::size_t>(place)] : found->second;
    shapes[name] = array.shape();
    types[name] = array.dtype();
  }
  return infer_entries(IndexedGraph(graph.symbol.entries()), shapes, types);
}

std::shared_ptr<Node> moved_node(const IndexedGraph::Item& item, const PassGraph::Moved& moved) {
  auto node = std::make_shared<Node>();
  node->op = item.node->op;
  node->options = item.node->options;
  node->name = item.node->name;
  node->attrs = item.node->attrs;
  for (const int input : item.inputs) node->inputs.push_back(moved(input));
  return node;
}

Symbol with_replaced(const PassGraph& graph, const ReplaceEntry& replace) {
  // The first outputs that are others' now; the nodes that stay are made anew by `rewritten`.
  std::map<int, NodeEntry> replaced;
  const Symbol rewritten = graph.rewritten(
      [&](const IndexedGraph::Item& item, const PassGraph::Moved& moved) -> std::shared_ptr<Node> {
        const PassGraph::Moved followed = [&](int entry) {
          const auto found = replaced.find(entry);
          return found == replaced.end() ? moved(entry) : found->second;
        };
        if (auto entry = replace(item, followed)) replaced[item.first_entry] = std::move(*entry);
        return moved_node(item, followed);
      });
  std::vector<NodeEntry> outputs = rewritten.entries();
  for (std::size_t h = 0; h < outputs.size(); ++h) {
    const auto found = replaced.find(graph.indexed().heads[h]);
    if (found != replaced.end()) outputs[h] = found->second;
  }
  return Symbol(std::move(outputs));
}

}  // namespace gluino::graph
