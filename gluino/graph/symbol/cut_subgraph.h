#pragma once

#include <gluino/graph/symbol/symbol.h>

#include <string>
#include <vector>

/// How a graph is cut out of the one that it was made in; the room's own.
namespace gluino::graph {

/// The attribute of all nodes that are made for a subgraph: its name.
constexpr const char* kSubgraphAttribute = "__subgraph_name__";

struct CutSubgraph {
  /// On variables of its own, each with another name.
  Symbol symbol;
  /// Per variable, in the order of list_inputs, what it is outside; for one of the arguments,
  /// itself.
  std::vector<Symbol> inputs;
};

/// What leads to `outputs` through nodes of the subgraph `name`. `arguments` are variables that
/// were made for it; all other variables, and nodes that were there before, become inputs.
CutSubgraph cut_subgraph(const std::vector<Symbol>& outputs, const std::vector<Symbol>& arguments,
                         const std::string& name);

/// The same outputs, each of a node of its own that is no variable: copies where they are not.
Symbol with_outputs_of_nodes(const Symbol& symbol);

}  // namespace gluino::graph
