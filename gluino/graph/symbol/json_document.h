#pragma once

#include <gluino/graph/symbol/symbol.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

/// What stands in a file of a graph, before any meaning is read into it; the room's own.
namespace gluino::graph {

struct DocumentEntry {
  int node = 0;
  int output = 0;
  int version = 0;
};

struct DocumentNode {
  std::string op;
  std::string name;
  Attributes attrs;
  std::vector<DocumentEntry> inputs;
};

struct Document {
  std::vector<DocumentNode> nodes;
  std::vector<DocumentEntry> heads;
  std::vector<int> arg_nodes;
  std::optional<std::vector<int>> node_row_ptr;
  /// As major * 10000 + minor * 100 + patch; 800 where the file does not say.
  int version = 800;
  /// Written where arrays may have no axes.
  bool is_np_shape = false;
};

/// Reads the forms of all versions. Throws Error, naming what is wrong.
Document parse_document(const std::string& json);
/// The graphs inside of a node: an array of documents, of a version that had them.
std::vector<Document> parse_subgraphs(const std::string& json);

/// Brings a document of an earlier version into the present form: names of attributes, inputs that
/// were not written, defaults that have changed.
void upgrade(Document& document);

}  // namespace gluino::graph
