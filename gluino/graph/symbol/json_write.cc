#include <gluino/base/error.h>
#include <gluino/base/file.h>
#include <gluino/graph/symbol/callable.h>
#include <gluino/graph/symbol/indexed_graph.h>
#include <gluino/graph/symbol/symbol.h>

/// Graphs as MXNet 1.9.1 writes them, down to its spaces and line ends, so that a file that is
/// loaded and saved stays the same.
namespace gluino {
namespace {

constexpr int kVersion = 10901;
// Rows longer than this stand one entry to a line.
constexpr std::size_t kShortRow = 10;

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    switch (c) {
      case '\r':
        result += "\\r";
        break;
      case '\n':
        result += "\\n";
        break;
      case '\t':
        result += "\\t";
        break;
      case '\\':
        result += "\\\\";
        break;
      case '"':
        result += "\\\"";
        break;
      default:
        result += c;
    }
  }
  return result + "\"";
}

// "[a, b]", or one to a line, `indent` spaces deep.
std::string row(const std::vector<std::string>& entries, std::size_t indent) {
  const bool lines = entries.size() > kShortRow;
  const std::string gap = lines ? str("\n", std::string(indent + 2, ' ')) : "";
  std::string text = "[";
  for (std::size_t i = 0; i < entries.size(); ++i) {
    text.append(i == 0 ? "" : ", ").append(gap).append(entries[i]);
  }
  return str(text, lines ? str("\n", std::string(indent, ' ')) : "", "]");
}

template <class Numbers>
std::string number_row(const Numbers& numbers) {
  std::vector<std::string> entries;
  entries.reserve(numbers.size());
  for (const auto number : numbers) entries.push_back(std::to_string(number));
  return row(entries, 2);
}

std::string attributes(const Attributes& attrs) {
  if (attrs.size() == 1) {
    return str("{", quoted(attrs.begin()->first), ": ", quoted(attrs.begin()->second), "}");
  }
  std::string text = "{";
  const char* comma = "";
  for (const auto& [key, value] : attrs) {
    text += str(comma, "\n        ", quoted(key), ": ", quoted(value));
    comma = ", ";
  }
  return text + "\n      }";
}

std::string entry(const IndexedGraph& graph, int number, int version) {
  return str("[", graph.owner[static_cast<std::size_t>(number)], ", ", graph.output_of(number),
             ", ", version, "]");
}

std::string node_text(const IndexedGraph& graph, const IndexedGraph::Item& item) {
  const Node& node = *item.node;
  if (!node.is_variable() && node.op->name.starts_with("_fused") && node.op->fields.empty()) {
    fail(
        "symbol: ", node.name, " is a ", node.op->name,
        ", which only compiled graphs have and no file can hold; save the network that it was made "
        "from");
  }
  std::string text =
      str("    {\n      \"op\": ", quoted(node.is_variable() ? "null" : node.op->name),
          ", \n      \"name\": ", quoted(node.name));
  Attributes attrs = node.attrs;
  const bool has_graphs = !node.is_variable() && node.op->subgraphs != nullptr;
  if (has_graphs) attrs.erase("subgraphs");
  if (!attrs.empty()) text += ", \n      \"attrs\": " + attributes(attrs);
  std::vector<std::string> inputs;
  inputs.reserve(item.inputs.size());
  for (std::size_t i = 0; i < item.inputs.size(); ++i) {
    inputs.push_back(entry(graph, item.inputs[i], node.inputs[i].version));
  }
  text += ", \n      \"inputs\": " + row(inputs, 6);
  if (has_graphs) {
    text += ", \n      \"subgraphs\": " + node.op->subgraphs(node.options.get())->text(6);
  }
  return text + "\n    }";
}

// Nodes and outputs, up to what a whole file says of itself.
std::string graph_text(const std::vector<NodeEntry>& outputs) {
  const IndexedGraph graph(outputs);
  std::string text = "{\n  \"nodes\": [\n";
  std::vector<int> row_ptr = {0};
  for (const auto& item : graph.items) {
    if (row_ptr.size() > 1) text += ", \n";
    text += node_text(graph, item);
    const Node& node = *item.node;
    row_ptr.push_back(row_ptr.back() +
                      (node.is_variable() ? 1 : node.op->num_outputs_in_files(node.options.get())));
  }
  std::vector<std::string> heads;
  heads.reserve(outputs.size());
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    heads.push_back(entry(graph, graph.heads[i], outputs[i].version));
  }
  return str(text, "\n  ], \n  \"arg_nodes\": ", number_row(graph.variables),
             ", \n  \"node_row_ptr\": ", number_row(row_ptr), ", \n  \"heads\": ", row(heads, 2));
}

}  // namespace

std::string graph::subgraph_text(const Symbol& symbol) {
  return graph_text(symbol.entries()) + "\n}";
}

std::string Symbol::tojson() const {
  check(defined(), "symbol: this handle refers to nothing");
  return str(graph_text(outputs_), ", \n  \"attrs\": {\"mxnet_version\": [\"int\", ", kVersion,
             "]}\n}");
}

void Symbol::save(const std::string& path) const { write_file(path, tojson()); }

}  // namespace gluino
