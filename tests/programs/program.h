#pragma once

#include <gluino/gluino.h>
#include <gluino/ops/core/op.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ops/samples.h"

/// Random programs: small networks of the registry's operators that are run in every way that the
/// library has, and must give the same numbers in each.
///
///   analysis.h   what can be said of one without running it
///   generate.h   draws a program from a seed; what may be called is asked of the registry
///   themes.h     what programs are made of
///   ways.h       the ways of running one (eagerly, hybridized, bound, ...), each a file run_*.cc
///   compare.h    what differs between a way and the eager run
///   shrink.h     the smallest program that still shows it
///   print.h      the same as a test in C++
///   hunt.h       all of it, for many seeds: what programs_test.cc and `make fuzz` call
///
/// GLUINO_PROGRAMS=N and GLUINO_PROGRAM_SEED=S in the environment say how many programs a test
/// runs, and the seed of the first.
///
/// A finding is printed with its seed and as a test that can be pasted into programs_test.cc:
///
///     TEST(Programs, Seed17) {
///       Program p(float32);
///       const Value x0 = p.parameter({3, 4});
///       const Value x1 = p.call("relu", {}, {x0});
///       p.heads = {x1};
///       p.script = {{.backwards = 2}};
///       EXPECT_EQ(difference(p, {.way = "bound", .threads = 1, .passes = false}), "");
///     }
namespace gluino::programs {

/// An output of one of a program's nodes.
struct Value {
  int node = -1;
  int output = 0;
  friend bool operator==(const Value&, const Value&) = default;
};

enum class Kind {
  data,       ///< an array that every step gives anew
  parameter,  ///< an array of the program's own
  constant,   ///< the same, which never has a gradient
  state,      ///< what operators change: a running mean
  call,       ///< of an operator
  reshape,    ///< NDArray::reshape, with its codes
  slice,      ///< NDArray::slice
  at,         ///< NDArray::operator[]
  detach,     ///< NDArray::detach
  assign,     ///< NDArray::assign of other numbers, which changes its input in place
};

inline bool is_variable(Kind kind) { return kind <= Kind::state; }

/// The scopes of autograd that may stand around a node.
enum class Mode { record, pause, train, predict };

/// How a variable is made.
struct VariableOptions {
  Fill fill{};
  GradReq req = GradReq::write;
  /// Of data: the first axis is the batch, which steps may make longer or shorter.
  bool batched = false;
  /// Which numbers it holds; -1: those of the node's number.
  int seed = -1;
};

struct Node {
  Kind kind = Kind::data;
  /// Of a variable; of a reshape the codes.
  Shape shape{};
  VariableOptions variable{};
  const Op* op = nullptr;
  std::shared_ptr<const void> options{};
  std::vector<Value> inputs{};
  /// Of a slice; of an element, begin.
  std::int64_t begin = 0;
  std::int64_t end = 0;
  /// From the outermost on.
  std::vector<Mode> modes{};
};

/// One forward of a program, and what follows it.
struct Step {
  /// How many rows the batch has; 0: as many as the program's.
  std::int64_t rows = 0;
  /// Which numbers the data are.
  unsigned draw = 0;
  bool training = true;
  /// How often backward runs; all but the last keep the graph. 0: nothing is recorded.
  int backwards = 1;
  /// Random head gradients, not ones.
  bool heads_given = false;
  /// Products round their operands, as under amp::init.
  bool bfloat16_products = false;
  /// Data of one shape and request are one array.
  bool one_array = false;
  /// After backward the parameters take a step against their gradients; 0: they do not.
  double learning_rate = 0;
  /// From this step on the parameter of this node has this multiplier of the rate, or request.
  int tuned = -1;
  double lr_mult = 1;
  std::optional<GradReq> grad_req{};
};

/// Nodes in the order in which they run, what is wanted of them, and how it is run.
class Program {
 public:
  explicit Program(DType type = float32) : dtype(type) {}

  Value data(const Shape& shape, const VariableOptions& options = {});
  Value parameter(const Shape& shape, const VariableOptions& options = {});
  /// Their gradient is never asked for.
  Value constant(const Shape& shape, VariableOptions options = {});
  Value state(const Shape& shape, VariableOptions options = {});
  Value call(const std::string& op, const Attributes& attributes, const std::vector<Value>& inputs,
             const std::vector<Mode>& modes = {});
  Value reshape(Value x, const Shape& codes, const std::vector<Mode>& modes = {});
  Value slice(Value x, std::int64_t begin, std::int64_t end, const std::vector<Mode>& modes = {});
  Value at(Value x, std::int64_t index, const std::vector<Mode>& modes = {});
  Value detach(Value x, const std::vector<Mode>& modes = {});
  /// `seed` says which numbers, as of a variable.
  void assign(Value x, int seed, const std::vector<Mode>& modes = {Mode::pause});
  Value add(Node node);

  const Node& node(Value value) const { return nodes[static_cast<std::size_t>(value.node)]; }
  int size() const { return static_cast<int>(nodes.size()); }

  DType dtype;
  std::vector<Node> nodes;
  /// The results: outputs of calls and views.
  std::vector<Value> heads;
  std::vector<Step> script{Step()};
};

/// Where all arrays are made: cpu(0), unless a trial says another place.
Context& place();

/// The numbers that a variable holds at first, or that `step` gives it.
NDArray draw(const Program& program, int node, const Step& step = {});
/// Numbers that a gradient's place holds before anything is computed.
NDArray rubbish(const Program& program, int node, const Shape& shape);

/// The values of all nodes' outputs, by node.
using Values = std::vector<std::vector<NDArray>>;

/// Runs the nodes of a program in their order, in the modes of this thread. `variables` has an
/// array for each node that is one. Where `held` is given, nodes that are not `moving` have its
/// values.
Values replay(const Program& program, const std::vector<NDArray>& variables,
              const Values* held = nullptr, const std::vector<bool>& moving = {});
/// The results among all values.
std::vector<NDArray> heads_of(const Program& program, const Values& values);

/// Runs one node on its inputs, inside of its scopes.
std::vector<NDArray> run_node(const Node& node, const std::vector<NDArray>& inputs);
/// The numbers that a node writes into an array.
NDArray numbers_of(const Node& assign, const NDArray& target);

/// The nodes of one kind.
std::vector<int> nodes_of(const Program& program, Kind kind);
/// The name of a variable in graphs and files.
std::string name_of(int node);
int node_of(const std::string& name);

}  // namespace gluino::programs
