#include <gluino/base/error.h>
#include <gluino/base/file.h>
#include <gluino/base/memory.h>
#include <gluino/graph/symbol/callable.h>
#include <gluino/graph/symbol/json_document.h>
#include <gluino/graph/symbol/make_node.h>

#include <algorithm>
#include <memory>
#include <unordered_map>

namespace gluino {
namespace {

using graph::Document;
using graph::DocumentEntry;
using graph::DocumentNode;

// Builds the nodes of a document, in the order in which they stand, so that a node can only use
// earlier ones: what is read has no cycles.
class Builder {
 public:
  /// `max_outputs`: a node may claim many outputs in few letters, all nodes together no more than
  /// this.
  Builder(const Document& document, std::size_t max_outputs)
      : document_(document), outputs_left_(max_outputs) {}

  Symbol build() {
    check_arguments();
    check_row_ptr();
    // Variables first: those that an upgrade has added stand behind their users.
    nodes_.resize(document_.nodes.size());
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (document_.nodes[i].op == "null") add_variable(i);
    }
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (document_.nodes[i].op != "null") add_operator(i);
    }
    std::vector<NodeEntry> outputs;
    outputs.reserve(document_.heads.size());
    for (const DocumentEntry& head : document_.heads) outputs.push_back(entry("heads", head));
    check(!outputs.empty(), "\"heads\" is empty: the graph has no outputs");
    return Symbol(std::move(outputs));
  }

 private:
  std::string where(std::size_t index) const {
    return str("node ", index, " (", document_.nodes[index].name, ")");
  }

  void check_arguments() const {
    std::vector<bool> listed(document_.nodes.size(), false);
    for (const int i : document_.arg_nodes) {
      const auto index = static_cast<std::size_t>(i);
      check(index < listed.size(), "arg_nodes names node ", i, ", but there are ", listed.size());
      check(document_.nodes[index].op == "null", "arg_nodes names ", where(index),
            ", which is no variable");
      check(!listed[index], "arg_nodes names ", where(index), " twice");
      listed[index] = true;
    }
    for (std::size_t i = 0; i < listed.size(); ++i) {
      check(listed[i] || document_.nodes[i].op != "null", where(i),
            " is a variable that arg_nodes does not name");
    }
  }

  void check_row_ptr() const {
    if (!document_.node_row_ptr) return;
    const auto& row_ptr = *document_.node_row_ptr;
    const bool grows = std::is_sorted(row_ptr.begin(), row_ptr.end());
    // An upgrade may have added variables.
    check(!row_ptr.empty() && row_ptr[0] == 0 && grows &&
              row_ptr.size() <= document_.nodes.size() + 1,
          "node_row_ptr: expected growing counts of outputs, one for each of ",
          document_.nodes.size(), " nodes and one more");
  }

  void add_variable(std::size_t index) {
    const DocumentNode& node = document_.nodes[index];
    check(!node.name.empty(), "node ", index, " is a variable without a name");
    check(node.inputs.empty(), where(index), " is a variable, but has inputs");
    const auto [first, added] = names_.emplace(node.name, index);
    check(added, "nodes ", first->second, " and ", index, " are variables of one name, \"",
          node.name, "\"");
    nodes_[index] = graph::make_variable(node.name, node.attrs);
  }

  void add_operator(std::size_t index) {
    const DocumentNode& from = document_.nodes[index];
    const Op* op = Op::find(from.op);
    if (op == nullptr) {
      try {
        Op::get(from.op);
      } catch (const Error& error) {
        fail(where(index), ": ", error.what());
      }
    }
    auto node = std::make_shared<Node>();
    node->op = op;
    node->name = from.name;
    node->attrs = from.attrs;
    node->options = options(index, *op);
    const int expected = inputs_expected(index, *node);
    const int given = static_cast<int>(from.inputs.size());
    check(expected < 0 || expected == given, where(index), ": ", op->name, " expects ", expected,
          " inputs, the file has ", given);
    for (const DocumentEntry& input : from.inputs) {
      node->inputs.push_back(entry(where(index), input));
    }
    graph::count_inputs(*node, node->inputs.size());
    if (op->subgraphs) node->attrs["subgraphs"] = op->subgraphs(node->options.get())->text();
    const auto outputs = static_cast<std::size_t>(node->num_outputs());
    check(outputs <= outputs_left_, where(index), ": ", outputs,
          " outputs are more than a file of this size can use");
    outputs_left_ -= outputs;
    nodes_[index] = std::move(node);
  }

  // Reads the graphs inside of the node, if there are any.
  int inputs_expected(std::size_t index, const Node& node) const {
    try {
      return node.op->num_inputs(node.options.get());
    } catch (const Error& error) {
      fail(where(index), ": ", error.what());
    }
  }

  std::shared_ptr<const void> options(std::size_t index, const Op& op) const {
    const DocumentNode& node = document_.nodes[index];
    Attributes options;
    for (const auto& [key, value] : node.attrs) {
      const bool hidden = key.starts_with("__") && key.ends_with("__");
      // What a program named plainly, as it may where there are no options.
      const bool own = op.fields.empty() && !op.tolerated.contains(key);
      if (!hidden && !own) options[key] = value;
    }
    std::string count;
    if (op.variadic) {
      if (const auto given = options.extract("num_args")) count = given.mapped();
    }
    const auto read = [&] {
      try {
        return op.parse_options(options);
      } catch (const Error& error) {
        fail(where(index), ": ", error.what());
      }
    }();
    // Where the options name the inputs, MXNet has written the number that the program gave.
    check(count.empty() || op.num_inputs(read.get()) >= 0 ||
              count == std::to_string(node.inputs.size()),
          where(index), ": num_args: the file says ", count, ", but there are ", node.inputs.size(),
          " inputs");
    return read;
  }

  NodeEntry entry(const std::string& user, const DocumentEntry& entry) const {
    const auto index = static_cast<std::size_t>(entry.node);
    check(index < nodes_.size(), user, " refers to node ", entry.node, ", but there are ",
          nodes_.size());
    check(nodes_[index] != nullptr, user, " refers to ", where(index),
          ", which stands after it; a graph may not lead back to itself");
    check(entry.output < nodes_[index]->num_outputs(), user, " refers to output ", entry.output,
          " of ", where(index), ", which has ", nodes_[index]->num_outputs());
    return {nodes_[index], entry.output, entry.version};
  }

  const Document& document_;
  std::size_t outputs_left_;
  std::vector<std::shared_ptr<Node>> nodes_;
  std::unordered_map<std::string, std::size_t> names_;
};

}  // namespace

Symbol sym::load_json(const std::string& json, const std::string& source) {
  try {
    return needing_memory("the graph", [&] {
      Document document = graph::parse_document(json);
      graph::upgrade(document);
      return Builder(document, json.size()).build();
    });
  } catch (const Error& error) {
    fail(source, ": ", error.what());
  }
}

namespace {

std::vector<std::shared_ptr<const Callable>> read_subgraphs(const std::string& text) {
  std::vector<std::shared_ptr<const Callable>> graphs;
  for (Document& document : graph::parse_subgraphs(text)) {
    graph::upgrade(document);
    graphs.push_back(graph::make_callable(Builder(document, text.size()).build()));
  }
  return graphs;
}

const bool registered = Subgraphs::read_by(read_subgraphs);

}  // namespace

Symbol sym::fromjson(const std::string& json) { return load_json(json); }

Symbol sym::load(const std::string& path) { return load_json(read_file(path), path); }

}  // namespace gluino
