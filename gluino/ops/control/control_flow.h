#pragma once

#include <gluino/ops/control/subgraphs.h>

#include <cstdint>
#include <memory>

/// The options of the operators that loops and branches are in graphs. Their names, and the order
/// of the graphs, are those of MXNet's files. A "location" says which input of a subgraph, or of
/// the node, something is.
namespace gluino {

/// One graph, the body: slices and states to outputs and states. The node's inputs are the data,
/// the states, and what remains.
struct ForeachOptions {
  int num_outputs = 0;
  /// How many of the outputs are stacked; the others are the states.
  int num_out_data = 0;
  /// Inputs of the body.
  Locations in_data_locs{};
  Locations in_state_locs{};
  Locations remain_locs{};
  std::shared_ptr<const Subgraphs> subgraphs{};

  /// What forward keeps for the gradient.
  struct State;
  std::shared_ptr<State> state{};
};

/// Two graphs, the condition and the body.
struct WhileLoopOptions {
  int num_outputs = 0;
  int num_out_data = 0;
  std::int64_t max_iterations = 0;
  /// Per input of the condition, and of the body, which of the node's inputs it is.
  Locations cond_input_locs{};
  Locations func_input_locs{};
  /// Per loop variable, which input of the body it is.
  Locations func_var_locs{};
  std::shared_ptr<const Subgraphs> subgraphs{};

  struct State;
  std::shared_ptr<State> state{};
};

/// Three graphs: the condition, and what is computed where it holds or not.
struct CondOptions {
  int num_outputs = 0;
  /// Per input of each graph, which of the node's inputs it is.
  Locations cond_input_locs{};
  Locations then_input_locs{};
  Locations else_input_locs{};
  std::shared_ptr<const Subgraphs> subgraphs{};

  struct State;
  std::shared_ptr<State> state{};
};

}  // namespace gluino
