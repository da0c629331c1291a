#pragma once

#include <gluino/base/context.h>
#include <gluino/graph/run/executor.h>
#include <gluino/graph/symbol/symbol.h>
#include <gluino/ops/core/tensor.h>

#include <string>
#include <vector>

/// What a graph becomes when it is compiled: a row of steps over buffers; the room's own.
namespace gluino::graph {

/// Memory that some tensors of a plan have in common.
struct Buffer {
  std::size_t bytes = 0;
  /// Which array given from outside it is; -1: memory of the plan's own.
  int external = -1;
  /// The first and the last step that touch it.
  int first_step = -1;
  int last_step = -1;
  /// Where it stands in the plan's memory.
  std::size_t offset = 0;
};

/// A tensor as a step sees it. Buffer -1: nobody wants it, its data is null.
struct Slot {
  int buffer = -1;
  Shape shape;
  DType dtype = float32;
};

/// A range of Plan::slots.
struct SlotRange {
  int begin = 0;
  int count = 0;
};

struct Step {
  enum class Kind {
    forward,   ///< in -> out
    gradient,  ///< out_grad, in, out -> in_grad
    view,      ///< nothing to do: out (in_grad) is in (out_grad) under another shape
    copy,      ///< out = in
    zero,      ///< out = 0
    add,       ///< out = in[0] + in[1]
  };
  Kind kind = Kind::forward;
  /// The node that it belongs to; null for steps between nodes.
  const Node* node = nullptr;
  SlotRange in, out, out_grad, in_grad;
};

/// The arrays that a run gets from outside, by number: first the variables, then the outputs, the
/// gradients of the outputs, and the gradients of the variables.
struct Externals {
  int num_variables = 0;
  int num_outputs = 0;
  int variable(int i) const { return i; }
  int output(int i) const { return num_variables + i; }
  int out_grad(int i) const { return num_variables + num_outputs + i; }
  int in_grad(int i) const { return num_variables + 2 * num_outputs + i; }
  int count() const { return 2 * (num_variables + num_outputs); }
};

/// What becomes of an array that a run gets from outside.
struct ExternalUse {
  bool changed_by_forward = false;
  /// A variable or an output.
  bool read_by_gradient = false;
  bool changed_by_gradient = false;
};

struct Plan {
  /// Keeps the nodes that the steps point to.
  Symbol symbol;
  Context context;
  /// What products were to be computed in when it was compiled; see amp::init.
  DType products = float32;
  Externals externals;

  /// Per variable, in the order of Symbol::list_inputs, and per output.
  std::vector<Slot> variables;
  std::vector<Slot> outputs;
  std::vector<GradReq> requests;
  /// Per external.
  std::vector<ExternalUse> uses;
  /// Whether a step runs code of a user's; see Op::runs_user_code.
  bool runs_user_code = false;
  /// Whether forward, run again, computes the same and changes nothing else: no random numbers, no
  /// states.
  bool repeatable = true;

  std::vector<Step> forward;
  std::vector<Step> backward;
  std::vector<Slot> slots;
  std::vector<Buffer> buffers;
  MemoryPlan memory;

  bool has_gradient() const { return !backward.empty(); }
  const ExternalUse& use(int external) const { return uses[static_cast<std::size_t>(external)]; }
};

struct CompileOptions {
  Context context;
  /// Of the variables, in the order of Symbol::list_inputs, and what is wanted of their gradients.
  /// Without any wanted, what only a gradient needs is left out.
  std::vector<Shape> shapes;
  std::vector<DType> types;
  std::vector<GradReq> requests;
  /// Rewrite the graph into a faster one; see passes.h. Its sums may be added in another order.
  bool passes = true;
};

Plan compile(const Symbol& symbol, const CompileOptions& options);

/// Whether executors and cached operators ask for passes: yes, unless the environment has
/// GLUINO_GRAPH_PASSES=0, or a test says no.
bool& passes_enabled();

/// Places the plan's own buffers so that those alive at the same time do not meet, and sets
/// `memory`.
void plan_memory(Plan& plan);

}  // namespace gluino::graph
