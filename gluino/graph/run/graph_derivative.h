#pragma once

#include <gluino/graph/symbol/symbol.h>
#include <gluino/ops/core/op.h>

#include <span>
#include <vector>

namespace gluino::graph {

/// The gradients of a graph by operators: it runs once more, operator by operator, and then its
/// derivatives from the last to the first, so that whoever records hears of all of them. `inputs`
/// are the values of the variables, with what is remembered about them. Throws Error, naming the
/// operator, where one has no derivative, or drew random numbers, which do not come again.
std::vector<NDArray> graph_derivative(const Symbol& symbol, std::span<const NDArray> inputs,
                                      const DerivativeCall& call);

}  // namespace gluino::graph
