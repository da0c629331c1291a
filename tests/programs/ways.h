#pragma once

#include <gluino/amp/amp.h>

#include <map>
#include <string>
#include <vector>

#include "programs/program.h"

namespace gluino::programs {

/// A number that a run shows: "step 0, output 1", "step 2, gradient of x3".
struct Seen {
  std::string what;
  NDArray value;
};
using Outcome = std::vector<Seen>;

/// A way of running a program.
struct Way {
  std::string name{};
  /// Gives the bits of an eager run, as long as no pass rewrites the graph.
  bool exact = true;
  /// Runs the nodes in the order of the graph, not in that of the program.
  bool in_graph_order = false;
  /// Else, how far it may be off, as a share of the largest number, beside rounding; and how much a
  /// change of the data and parameters does it no wrong. 0: rounding alone.
  double tolerance = 0;
  double shake = 0;
  /// Whether it can run such a program at all.
  bool (*takes)(const Program& program) = nullptr;
  /// Whether an Error is as good an answer as the numbers: a graph may refuse scopes inside.
  bool (*may_refuse)(const Program& program) = [](const Program& /*program*/) { return false; };
  /// Runs the script. What it does not show, a gradient that the way does not compute, is not
  /// compared. Throws Error where the library does.
  Outcome (*run)(const Program& program) = nullptr;
};

/// All ways; the first is the eager run with which the others are compared.
const std::vector<Way>& ways();
/// Throws Error for an unknown name.
const Way& way_of(const std::string& name);

// What a run shows, under the same names in every way.
void see_output(Outcome& outcome, std::size_t step, std::size_t head, const NDArray& value);
void see_gradient(Outcome& outcome, std::size_t step, int backward, int node, const NDArray& value);
void see_value(Outcome& outcome, std::size_t step, int node, const NDArray& value);

/// The precision of products that a step asks for, while its forward runs.
class Products {
 public:
  explicit Products(const Step& step)
      : scope_(step.bfloat16_products ? bfloat16 : float32, {.emulate = true}) {}

 private:
  amp::Scope scope_;
};

/// The head gradients of a step: one per head, not defined() for ones.
std::vector<NDArray> head_gradients(const Step& step, const std::vector<NDArray>& heads);

/// What a way that calls something with arrays has to say; run_arrays does the rest.
class Network {
 public:
  Network() = default;
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;
  virtual ~Network() = default;
  /// The array of a variable that is no data, with a place for its gradient where it wants one.
  virtual NDArray hold(int node, const NDArray& value, GradReq req);
  /// The heads; `variables` holds an array per node that is a variable.
  virtual std::vector<NDArray> forward(const std::vector<NDArray>& variables) = 0;
  /// Called before each step but the first; may give `variables` other arrays.
  virtual void between(std::size_t /*step*/, std::vector<NDArray>& /*variables*/) {}
  /// Changes what a step says about one parameter.
  virtual void tune(const Step& step, const NDArray& variable);
  /// Takes a step against the gradients of the parameters in `nodes`.
  virtual void learn(const Step& step, const std::vector<int>& nodes,
                     const std::vector<NDArray>& variables);
  /// Whether a second backward may be refused.
  virtual bool may_refuse_second_backward() const { return false; }

 private:
  std::map<int, double> lr_mult_;
  std::map<int, GradReq> requests_;
};
Outcome run_arrays(const Program& program, Network& network);

/// The program as a graph: variables named by name_of, one output per head. Not defined() when its
/// scopes mean something that a graph cannot say.
Symbol to_symbol(const Program& program);
/// True when a graph says the same as the program, in the modes of its script.
bool is_symbolic(const Program& program);

/// True when forward does what a trace may refuse.
bool is_not_a_graph(const Program& program);

// The ways, each in the file of its name.
Way eager_way();
Way traced_way();
Way hybridized_way();
Way toggled_way();
Way bound_way();
Way saved_way();
Way module_way();
Way frozen_way();
Way reloaded_way();
Way capturing_way();
Way moved_way();
Way copies_way();
Way quantized_way();

}  // namespace gluino::programs
