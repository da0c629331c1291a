#include <gluino/base/error.h>
#include <gluino/base/text.h>
#include <gluino/graph/symbol/indexed_graph.h>
#include <gluino/graph/symbol/make_node.h>
#include <gluino/graph/symbol/naming.h>
#include <gluino/graph/symbol/symbol.h>

#include <algorithm>
#include <iterator>
#include <ostream>
#include <unordered_map>
#include <utility>

namespace gluino {
namespace {

std::vector<std::string> names_of(const IndexedGraph& graph, const std::vector<int>& items) {
  std::vector<std::string> names;
  names.reserve(items.size());
  for (const int i : items) names.push_back(graph.items[static_cast<std::size_t>(i)].node->name);
  return names;
}

// A copy of the graph in which some variables are other entries.
class Composition {
 public:
  explicit Composition(std::span<const NodeEntry> outputs) : graph_(outputs) {}

  void replace(const std::string& argument, const Symbol& by) {
    check(by.num_outputs() == 1, "composition: the symbol for ", argument, " has ",
          by.num_outputs(), " outputs, expected one");
    bool found = false;
    for (const int i : graph_.variables) {
      const Node* node = graph_.items[static_cast<std::size_t>(i)].node;
      if (node->name != argument) continue;
      replaced_[node] = by.entries()[0];
      found = true;
    }
    check(found, "composition: there is no argument \"", argument, "\"; there are ",
          join(names_of(graph_, graph_.variables)));
  }

  std::vector<NodeEntry> copy(std::span<const NodeEntry> outputs, std::string_view name) {
    for (const auto& item : graph_.items) {
      // Variables are kept as they are, so that symbols that share one go on sharing it.
      if (item.node->is_variable()) continue;
      auto made = std::make_shared<Node>();
      made->op = item.node->op;
      made->options = item.node->options;
      made->name = item.node->name;
      made->attrs = item.node->attrs;
      for (const NodeEntry& input : item.node->inputs) made->inputs.push_back(moved(input));
      copies_[item.node] = std::move(made);
    }
    std::vector<NodeEntry> result;
    for (const NodeEntry& output : outputs) {
      result.push_back(moved(output));
      if (!name.empty() && copies_.contains(output.node.get())) result.back().node->name = name;
    }
    return result;
  }

 private:
  NodeEntry moved(const NodeEntry& entry) const {
    if (const auto found = replaced_.find(entry.node.get()); found != replaced_.end()) {
      return found->second;
    }
    if (const auto found = copies_.find(entry.node.get()); found != copies_.end()) {
      return {found->second, entry.index, entry.version};
    }
    return entry;
  }

  IndexedGraph graph_;
  std::unordered_map<const Node*, NodeEntry> replaced_;
  std::unordered_map<const Node*, std::shared_ptr<Node>> copies_;
};

}  // namespace

GradReq GradReqs::of(const std::string& name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? all_ : found->second;
}

std::string Symbol::name() const {
  if (outputs_.empty()) return {};
  for (const NodeEntry& output : outputs_) {
    if (output.node != outputs_[0].node) return {};
  }
  return outputs_[0].node->name;
}

std::vector<std::string> Symbol::list_arguments() const {
  const IndexedGraph graph(outputs_);
  return names_of(graph, graph.arguments);
}

std::vector<std::string> Symbol::list_auxiliary_states() const {
  const IndexedGraph graph(outputs_);
  return names_of(graph, graph.states);
}

std::vector<std::string> Symbol::list_arguments_fixed_at_one() const {
  const IndexedGraph graph(outputs_);
  std::vector<int> readers(graph.owner.size());
  std::vector<int> fixers(graph.owner.size());
  for (const int head : graph.heads) ++readers[static_cast<std::size_t>(head)];
  for (const IndexedGraph::Item& item : graph.items) {
    for (std::size_t i = 0; i < item.inputs.size(); ++i) {
      const auto entry = static_cast<std::size_t>(item.inputs[i]);
      ++readers[entry];
      fixers[entry] +=
          item.node->op->is_fixed_at_one(item.node->options.get(), static_cast<int>(i)) ? 1 : 0;
    }
  }
  std::vector<int> chosen;
  std::copy_if(graph.arguments.begin(), graph.arguments.end(), std::back_inserter(chosen),
               [&](int i) {
                 const auto entry =
                     static_cast<std::size_t>(graph.items[static_cast<std::size_t>(i)].first_entry);
                 return fixers[entry] > 0 && fixers[entry] == readers[entry];
               });
  return names_of(graph, chosen);
}

std::vector<std::string> Symbol::list_inputs() const {
  const IndexedGraph graph(outputs_);
  return names_of(graph, graph.variables);
}

std::vector<std::string> Symbol::list_outputs() const {
  std::vector<std::string> names;
  names.reserve(outputs_.size());
  for (const NodeEntry& output : outputs_) names.push_back(output.node->output_name(output.index));
  return names;
}

Symbol Symbol::operator[](std::size_t index) const {
  check(index < outputs_.size(), "symbol: there is no output ", index, ", there are ",
        outputs_.size());
  return Symbol({outputs_[index]});
}

Symbol Symbol::operator[](const std::string& output) const {
  const auto names = list_outputs();
  std::vector<NodeEntry> found;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == output) found.push_back(outputs_[i]);
  }
  if (found.size() == 1) return Symbol(std::move(found));
  fail("symbol: ", found.empty() ? "no output is" : "several outputs are", " named \"", output,
       "\"; there are ", join(names));
}

Symbol Symbol::get_internals() const {
  const IndexedGraph graph(outputs_);
  // Handles for the nodes: each is held by an output or by a node that uses it.
  std::unordered_map<const Node*, std::shared_ptr<Node>> handles;
  for (const NodeEntry& output : outputs_) handles[output.node.get()] = output.node;
  for (const auto& item : graph.items) {
    for (const NodeEntry& input : item.node->inputs) handles[input.node.get()] = input.node;
  }
  std::vector<NodeEntry> entries;
  for (const auto& item : graph.items) {
    for (int i = 0; i < item.node->num_visible_outputs(); ++i) {
      entries.push_back({handles.at(item.node), i});
    }
  }
  return Symbol(std::move(entries));
}

Symbol Symbol::get_children() const {
  std::vector<NodeEntry> entries;
  const Node* last = nullptr;
  for (const NodeEntry& output : outputs_) {
    if (output.node.get() == last) continue;
    last = output.node.get();
    entries.insert(entries.end(), last->inputs.begin(), last->inputs.end());
  }
  return Symbol(std::move(entries));
}

Symbol Symbol::operator()(const std::map<std::string, Symbol>& inputs, NodeName name) const {
  Composition composition(outputs_);
  for (const auto& [argument, symbol] : inputs) composition.replace(argument, symbol);
  return Symbol(composition.copy(outputs_, name.text));
}

Symbol Symbol::operator()(const std::vector<Symbol>& inputs, NodeName name) const {
  const auto names = list_arguments();
  check(inputs.size() <= names.size(), "composition: the symbol has ", names.size(),
        " arguments, got ", inputs.size(), " symbols");
  std::map<std::string, Symbol> by_name;
  for (std::size_t i = 0; i < inputs.size(); ++i) by_name[names[i]] = inputs[i];
  return (*this)(by_name, name);
}

std::optional<std::string> Symbol::attr(const std::string& key) const {
  const Attributes attributes = list_attr();
  const auto found = attributes.find(sym::hidden_key(key));
  if (found == attributes.end()) return std::nullopt;
  return found->second;
}

Attributes Symbol::list_attr() const {
  check(defined(), "symbol: this handle refers to nothing");
  return outputs_[0].node->attrs;
}

std::map<std::string, Attributes> Symbol::attr_dict() const {
  std::map<std::string, Attributes> all;
  for (const auto& item : IndexedGraph(outputs_).items) {
    if (!item.node->attrs.empty()) all[item.node->name] = item.node->attrs;
  }
  return all;
}

void Symbol::set_attr(const Attributes& attributes) const {
  for (const NodeEntry& output : outputs_) {
    for (const auto& [key, value] : attributes) {
      const std::string hidden = sym::hidden_key(key);
      const Node& node = *output.node;
      check(node.is_variable() || !node.op->takes_attribute(hidden), "set_attr: \"", key,
            "\" is an option of ", node.name, ", which is fixed");
      output.node->attrs[hidden] = value;
    }
  }
}

std::string Symbol::debug_str() const {
  std::string text = "Symbol Outputs:\n";
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    text += str("\toutput[", i, "]=", outputs_[i].node->name, "(", outputs_[i].index, ")\n");
  }
  for (const auto& item : IndexedGraph(outputs_).items) {
    const Node& node = *item.node;
    if (node.is_variable()) {
      text += str("Variable:", node.name, "\n");
      continue;
    }
    text += str("--------------------\nOp:", node.op->name, ", Name=", node.name, "\nInputs:\n");
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const NodeEntry& input = node.inputs[i];
      text += str("\targ[", i, "]=", input.node->name, "(", input.index, ")");
      text += input.node->is_variable() ? str(" version=", input.version, "\n") : "\n";
    }
    if (!node.attrs.empty()) text += "Attrs:\n";
    for (const auto& [key, value] : node.attrs) text += str("\t", key, "=", value, "\n");
  }
  return text;
}

std::ostream& operator<<(std::ostream& out, const Symbol& symbol) {
  const std::string name = symbol.name();
  if (!name.empty()) return out << "<Symbol " << name << ">";
  out << "<Symbol group [";
  const char* comma = "";
  for (const NodeEntry& entry : symbol.entries()) {
    out << comma << entry.node->name;
    comma = ", ";
  }
  return out << "]>";
}

}  // namespace gluino
