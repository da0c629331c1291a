#include <gluino/base/error.h>
#include <gluino/base/json_text.h>
#include <gluino/graph/symbol/json_document.h>

#include <limits>
#include <nlohmann/json.hpp>

namespace gluino::graph {
namespace {

using nlohmann::json;

// Graphs inside of graphs say no version; the first to have them had today's form.
constexpr int kVersionOfSubgraphs = 10300;

const json& member(const json& object, const char* key, const std::string& where) {
  const auto found = object.find(key);
  check(found != object.end(), where, "\"", key, "\" is missing");
  return *found;
}

const json& array_member(const json& object, const char* key, const std::string& where) {
  const json& value = member(object, key, where);
  check(value.is_array(), where, "\"", key, "\": expected an array, got ", value.type_name());
  return value;
}

std::string text(const json& value, const std::string& where) {
  check(value.is_string(), where, "expected a string, got ", value.type_name());
  return value.get<std::string>();
}

int number(const json& value, const std::string& where) {
  check(value.is_number_integer(), where, "expected a whole number, got ", value.type_name());
  const auto wide = value.get<std::int64_t>();
  check(wide >= 0 && wide <= std::numeric_limits<int>::max(), where, "number ", wide,
        " is out of range");
  return static_cast<int>(wide);
}

// [node, output, version], the last of them since 0.9.
DocumentEntry entry(const json& value, const std::string& where) {
  check(value.is_array() && (value.size() == 2 || value.size() == 3), where,
        "expected an entry [node, output, version], got ", value.dump().substr(0, 40));
  return {number(value[0], where), number(value[1], where),
          value.size() == 3 ? number(value[2], where) : 0};
}

// "param" and "attr" until 0.8, "attr" until 0.12, "attrs" since.
Attributes attributes(const json& node, const std::string& where) {
  Attributes all;
  for (const char* key : {"param", "attr", "attrs"}) {
    const auto found = node.find(key);
    if (found == node.end()) continue;
    check(found->is_object(), where, "\"", key, "\": expected an object, got ", found->type_name());
    for (const auto& [name, value] : found->items()) {
      all[name] = text(value, str(where, key, " \"", name, "\": "));
    }
  }
  return all;
}

// Graphs inside of nodes say nothing of shapes themselves.
json as_in_np_shape(json graphs) {
  for (json& graph : graphs) {
    if (graph.is_object()) graph["attrs"]["is_np_shape"] = {"int", 1};
  }
  return graphs;
}

DocumentNode node(const json& value, std::size_t index, bool is_np_shape) {
  std::string where = str("node ", index, ": ");
  check(value.is_object(), where, "expected an object, got ", value.type_name());
  DocumentNode node;
  node.op = text(member(value, "op", where), where + "\"op\": ");
  node.name = text(member(value, "name", where), where + "\"name\": ");
  where = str("node ", index, " (", node.name, "): ");
  node.attrs = attributes(value, where);
  for (const json& input : array_member(value, "inputs", where)) {
    node.inputs.push_back(entry(input, where + "inputs: "));
  }
  // Its options hold them as text.
  if (const auto graphs = value.find("subgraphs"); graphs != value.end()) {
    check(graphs->is_array(), where, "\"subgraphs\": expected an array, got ", graphs->type_name());
    const json& told = is_np_shape ? as_in_np_shape(*graphs) : *graphs;
    if (!graphs->empty()) node.attrs["subgraphs"] = told.dump();
  }
  const auto source = value.find("backward_source_id");
  check(source == value.end() || *source == -1, where,
        "it is part of a gradient, which graphs had before 0.9; only forward graphs are read");
  return node;
}

int version_of(const json& root) {
  const auto attrs = root.find("attrs");
  if (attrs == root.end() || !attrs->is_object()) return 800;
  const auto version = attrs->find("mxnet_version");
  if (version == attrs->end()) return 800;
  check(version->is_array() && version->size() == 2,
        "attrs: \"mxnet_version\": expected [\"int\", number], got ",
        version->dump().substr(0, 40));
  return number((*version)[1], "attrs: \"mxnet_version\": ");
}

// ["int", 1] among the attributes.
bool is_np_shape(const json& root) {
  const auto attrs = root.find("attrs");
  if (attrs == root.end() || !attrs->is_object()) return false;
  const auto said = attrs->find("is_np_shape");
  return said != attrs->end() && said->is_array() && said->size() == 2 && (*said)[1] == 1;
}

json parse(const std::string& source) {
  check_json_depth(source);
  try {
    return json::parse(source);
  } catch (const json::exception& error) {
    // The library's sentence begins with its own name and number in brackets.
    const std::string message = error.what();
    const auto bracket = message.find("] ");
    fail("this is no JSON: ", bracket == std::string::npos ? message : message.substr(bracket + 2));
  }
}

Document document_of(const json& root) {
  check(root.is_object(), "expected an object with \"nodes\" and \"heads\", got ",
        root.type_name());
  Document document;
  document.version = version_of(root);
  document.is_np_shape = is_np_shape(root);
  const json& nodes = array_member(root, "nodes", "");
  document.nodes.reserve(nodes.size());
  for (const json& value : nodes) {
    document.nodes.push_back(node(value, document.nodes.size(), document.is_np_shape));
  }
  for (const json& value : array_member(root, "heads", "")) {
    document.heads.push_back(entry(value, "heads: "));
  }
  for (const json& value : array_member(root, "arg_nodes", "")) {
    document.arg_nodes.push_back(number(value, "arg_nodes: "));
  }
  if (root.contains("node_row_ptr")) {
    document.node_row_ptr.emplace();
    for (const json& value : array_member(root, "node_row_ptr", "")) {
      document.node_row_ptr->push_back(number(value, "node_row_ptr: "));
    }
  }
  return document;
}

}  // namespace

Document parse_document(const std::string& source) { return document_of(parse(source)); }

std::vector<Document> parse_subgraphs(const std::string& source) {
  const json root = parse(source);
  check(root.is_array(), "subgraphs: expected an array of graphs, got ", root.type_name());
  std::vector<Document> documents;
  for (const json& graph : root) {
    documents.push_back(document_of(graph));
    documents.back().version = kVersionOfSubgraphs;
  }
  return documents;
}

}  // namespace gluino::graph
