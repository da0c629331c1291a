#pragma once

#include <gluino/graph/symbol/symbol.h>

#include <cstddef>
#include <memory>
#include <string>

/// How nodes come to be; the room's own.
namespace gluino::graph {

std::shared_ptr<Node> make_variable(std::string name, Attributes attributes);

/// Says how many inputs a node has, for operators of whose files MXNet wants to know it.
void count_inputs(Node& node, std::size_t count);

/// A node of `op`. Inputs that are not defined, and those missing at the end, become variables
/// named "<node>_<input>". Throws Error for inputs of several outputs, or too many.
std::shared_ptr<Node> make_node(const Op& op, std::shared_ptr<const void> options,
                                Attributes attributes, std::span<const Symbol> in,
                                std::string name);

}  // namespace gluino::graph
