#pragma once

#include <gluino/ops/core/op.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gluino {

struct Node;

/// Whether a run of the node draws random numbers, itself or in a graph inside of it: in training,
/// or in any mode if that is not said.
bool draws_numbers(const Node& node, std::optional<bool> training = {});

/// One output of a node: what flows along an edge of a graph.
struct NodeEntry {
  std::shared_ptr<Node> node;
  int index = 0;
  /// How often the variable had been changed before this use; kept because files have it.
  int version = 0;
};

/// A variable or one use of an operator. Nodes are shared by all symbols that lead to them, and do
/// not change once a symbol refers to them, except for their attributes.
struct GLUINO_API Node {
  Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  /// Frees what leads to it without recursion: a graph may be a million nodes deep.
  ~Node();

  bool is_variable() const { return op == nullptr; }
  int num_outputs() const;
  int num_visible_outputs() const;
  /// "fc1_output"; of several outputs "split0_output0"; of a variable its name.
  std::string output_name(int index) const;
  /// What monitors and hooks call an input: "fc1_weight", "relu0_input0".
  std::string told_input(int index) const;

  /// Null for a variable.
  const Op* op = nullptr;
  std::shared_ptr<const void> options;
  std::string name;
  /// What files hold: the operator's options as text, and the attributes that users gave.
  Attributes attrs;
  std::vector<NodeEntry> inputs;
  /// Of a node that was traced: when it ran, counted from 1; states and random numbers have to be
  /// used in that order. 0: not known.
  std::uint64_t recorded = 0;
};

}  // namespace gluino
