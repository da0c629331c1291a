#pragma once

#include <gluino/graph/symbol/symbol.h>
#include <gluino/ops/control/subgraphs.h>

#include <memory>
#include <string>

/// Graphs inside of nodes; the room's own.
namespace gluino::graph {

/// A graph that operators may run. Its inputs are the symbol's list_inputs; no two may have one
/// name. It compiles for each set of shapes, types and place, and keeps a bounded number.
std::shared_ptr<const Callable> make_callable(const Symbol& symbol);

/// What such a graph was made of. Throws Error for what is none.
const Symbol& symbol_of(const Callable& callable);

/// What stands in a file below a node, as Subgraphs has it: without what a whole file says of
/// itself.
std::string subgraph_text(const Symbol& symbol);

}  // namespace gluino::graph
