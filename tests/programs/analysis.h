#pragma once

#include <vector>

#include "programs/program.h"

/// What can be said of a program without running it.
namespace gluino::programs {

/// What autograd knows of a program.
struct Flow {
  /// By node: it was recorded, and depends on a variable that wants a gradient. That is 0 where an
  /// operator without a gradient cuts the way.
  std::vector<bool> recorded;
  /// By node: gradients come to it from a head.
  std::vector<bool> reached;
  /// By head.
  std::vector<bool> differentiable;
};
Flow flow_of(const Program& program);

/// What the scopes around a node make of a step's mode.
struct Effective {
  bool recording = true;
  bool training = true;
};
Effective effective(const std::vector<Mode>& modes, Effective mode);

/// True when what an operator computes depends on whether it trains.
bool depends_on_mode(const Node& node);
/// True when some node draws random numbers.
bool is_random(const Program& program);
/// The program in the order in which a graph runs: from the heads, inputs before their users.
Program in_graph_order(const Program& program);
bool is_in_graph_order(const Program& program);
/// True when several nodes read one state.
bool shares_states(const Program& program);
/// True when another order of its nodes gives other numbers.
bool depends_on_order(const Program& program);
/// True when scopes stand around nodes.
bool has_scopes(const Program& program);
/// True when arrays are changed in place.
bool has_assigns(const Program& program);
/// True when some step gives one array for several data.
bool shares_data(const Program& program);
/// True when parameters, or what is wanted of them, change between the steps.
bool learns(const Program& program);
/// By node: it leads to a head.
std::vector<bool> alive_nodes(const Program& program);
/// The nodes for which `kept` is true, which must be all that they read.
Program with_nodes(const Program& program, const std::vector<bool>& kept);
/// The program without nodes that lead to no head.
Program without_dead_nodes(const Program& program);

}  // namespace gluino::programs
