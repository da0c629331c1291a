#include <gluino/base/error.h>
#include <gluino/graph/symbol/cut_subgraph.h>
#include <gluino/graph/symbol/indexed_graph.h>
#include <gluino/graph/symbol/make_node.h>
#include <gluino/ops/movement/reshape.h>

#include <map>
#include <set>
#include <unordered_map>
#include <utility>

namespace gluino::graph {
namespace {

std::vector<NodeEntry> entries_of(const std::vector<Symbol>& symbols) {
  std::vector<NodeEntry> entries;
  for (const Symbol& symbol : symbols) {
    check(symbol.num_outputs() == 1, "subgraph: expected symbols of one output, got one of ",
          symbol.num_outputs());
    entries.push_back(symbol.entries()[0]);
  }
  return entries;
}

class Cut {
 public:
  Cut(const std::vector<Symbol>& arguments, std::string name) : name_(std::move(name)) {
    for (const Symbol& argument : arguments) {
      const NodeEntry& entry = argument.entries()[0];
      arguments_[entry.node.get()] = entry;
      taken_.insert(entry.node->name);
      outside_[entry.node.get()] = argument;
    }
  }

  CutSubgraph run(const std::vector<NodeEntry>& outputs) {
    for (const auto& item : IndexedGraph(outputs).items) {
      if (belongs(*item.node)) copy(*item.node);
    }
    std::vector<NodeEntry> moved_outputs;
    moved_outputs.reserve(outputs.size());
    for (const NodeEntry& output : outputs) moved_outputs.push_back(moved(output));
    CutSubgraph cut{.symbol = with_outputs_of_nodes(Symbol(std::move(moved_outputs))),
                    .inputs = {}};
    const IndexedGraph graph(cut.symbol.entries());
    for (const int i : graph.variables) {
      cut.inputs.push_back(outside_.at(graph.items[static_cast<std::size_t>(i)].node));
    }
    return cut;
  }

 private:
  // Computed by the function itself.
  bool belongs(const Node& node) const {
    if (node.is_variable()) return false;
    const auto found = node.attrs.find(kSubgraphAttribute);
    return found != node.attrs.end() && found->second == name_;
  }

  void copy(const Node& node) {
    auto made = std::make_shared<Node>();
    made->op = node.op;
    made->options = node.options;
    made->name = node.name;
    made->attrs = node.attrs;
    for (const NodeEntry& input : node.inputs) made->inputs.push_back(moved(input));
    copies_[&node] = std::move(made);
  }

  NodeEntry moved(const NodeEntry& entry) {
    const Node* node = entry.node.get();
    if (const auto found = copies_.find(node); found != copies_.end()) {
      return {found->second, entry.index, entry.version};
    }
    if (const auto found = arguments_.find(node); found != arguments_.end()) return entry;
    NodeEntry& place = captured_[{node, entry.index}];
    if (place.node == nullptr) place = captured(entry);
    return {place.node, 0, entry.version};
  }

  NodeEntry captured(const NodeEntry& entry) {
    const bool variable = entry.node->is_variable();
    std::string name = entry.node->output_name(entry.index);
    for (int i = 1; !taken_.insert(name).second; ++i) {
      name = str(entry.node->output_name(entry.index), "_", i);
    }
    const auto made = make_variable(name, variable ? entry.node->attrs : Attributes());
    outside_[made.get()] = Symbol({{entry.node, entry.index}});
    return {made};
  }

  std::string name_;
  std::unordered_map<const Node*, NodeEntry> arguments_;
  std::unordered_map<const Node*, std::shared_ptr<Node>> copies_;
  std::map<std::pair<const Node*, int>, NodeEntry> captured_;
  std::set<std::string> taken_;
  std::unordered_map<const Node*, Symbol> outside_;
};

}  // namespace

CutSubgraph cut_subgraph(const std::vector<Symbol>& outputs, const std::vector<Symbol>& arguments,
                         const std::string& name) {
  return Cut(arguments, name).run(entries_of(outputs));
}

Symbol with_outputs_of_nodes(const Symbol& symbol) {
  std::set<std::pair<const Node*, int>> given;
  std::vector<NodeEntry> outputs;
  for (const NodeEntry& entry : symbol.entries()) {
    const bool own = given.emplace(entry.node.get(), entry.index).second;
    const bool copied = entry.node->is_variable() || !own;
    // The same name whenever the same is traced.
    const std::string name = str("copy", outputs.size());
    outputs.push_back(copied ? ops::identity(Symbol({entry}), name).entries()[0] : entry);
  }
  return Symbol(std::move(outputs));
}

}  // namespace gluino::graph
