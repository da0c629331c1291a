#pragma once

#include <gluino/graph/symbol/symbol.h>
#include <gluino/ops/control/contrib.h>

/// Loops and branches as nodes of a graph, as MXNet's mx.sym.contrib. The functions are called
/// once, on symbols; what they compute becomes a graph inside of the node, and what they take from
/// outside, variables or other nodes, its inputs.
namespace gluino::sym::contrib {

using Symbols = OneOrMore<Symbol>;
using Step = LoopStep<Symbol>;

/// See nd::contrib::foreach. Throws Error where the body does not read all of data and states, or
/// gives another number of states.
GLUINO_API Step foreach (const ForeachBody<Symbol>& body, const Symbols& data,
                         const Symbols& init_states, NodeName name = {});

/// See nd::contrib::while_loop; the outputs always have max_iterations rows, zeros behind the last
/// step. Throws Error without max_iterations, where the function does not read all variables, or
/// gives another number of them.
GLUINO_API Step while_loop(const LoopCondition<Symbol>& cond, const LoopFunction<Symbol>& func,
                           const Symbols& loop_vars, const WhileLoopLimits& limits,
                           NodeName name = {});

/// See nd::contrib::cond. Throws Error where the branches give different numbers of outputs.
GLUINO_API Symbols cond(const Symbol& pred, const Branch<Symbol>& then_func,
                        const Branch<Symbol>& else_func, NodeName name = {});

}  // namespace gluino::sym::contrib
