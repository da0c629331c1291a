#pragma once

#include <gluino/ndarray/ndarray.h>
#include <gluino/ops/control/subgraphs.h>

#include <memory>
#include <vector>

/// How the nodes of loops run their body, step by step and back; the corner's own.
namespace gluino {

/// What a body reads and gives.
struct LoopBody {
  struct Input {
    enum class Kind {
      slice,     ///< row `index` of the steps' number of input `index` of the node
      variable,  ///< state `index`, as the step before gave it
      captured,  ///< input `index` of the node as it is
    };
    Kind kind = Kind::captured;
    int index = 0;
  };

  const Callable* graph = nullptr;
  /// Per input of the graph.
  std::vector<Input> inputs;
  /// Per state, the input of the node that it is before the first step.
  std::vector<int> first_states;
  int num_out_data = 0;

  int num_states() const { return static_cast<int>(first_states.size()); }
  /// The input of the node behind an input of the body.
  int node_input(std::size_t input) const {
    const Input& one = inputs[input];
    const bool variable = one.kind == Input::Kind::variable;
    return variable ? first_states[static_cast<std::size_t>(one.index)] : one.index;
  }
};

/// The axis of steps taken off: of one axis (1,) is left.
Shape without_steps(const Shape& shape);

/// Finds the types of the node's outputs, and of inputs that are not known.
void infer_loop_types(const LoopBody& body, std::span<std::optional<DType>> in,
                      std::span<std::optional<DType>> out);
/// Finds the shapes of a loop of `steps` (-1: not known yet), with the checks.
void infer_loop(const LoopBody& body, std::int64_t steps, Inference& inference);

/// The steps of one call. Keeps what they have computed where a gradient may be asked for; what it
/// needs is made once and used again by the next call.
class LoopRun {
 public:
  LoopRun(LoopBody body, const Context& context) : body_(std::move(body)), context_(context) {}

  void begin(const Call& call, bool keep);
  /// What state `state` is now.
  Tensor state(int state) const;
  void step(const Call& call);
  /// Gives out the states, and zeros for the steps that there were not.
  void end(const Call& call) const;
  int steps() const { return steps_; }
  const LoopBody& body() const { return body_; }

  void backward(const GradientCall& call);

 private:
  const NDArray& state_after(int step, int state) const;
  void make_states(const Call& call);
  CallableRun& run_of_step(std::span<const Tensor> in);
  void backward_step(const GradientCall& call, int step);
  Tensor gradient_place(const GradientCall& call, int step, std::size_t input);
  Tensor part(std::size_t input, const Tensor& like);
  Tensor gradient_of_state(int parity, int state) const;

  LoopBody body_;
  Context context_;
  bool keep_ = false;
  bool training_ = false;
  int steps_ = 0;
  /// Per step that is kept.
  std::vector<std::unique_ptr<CallableRun>> runs_;
  std::vector<std::vector<NDArray>> states_;
  /// The node's inputs behind the states.
  std::vector<Tensor> first_;
  /// Gradients of the states before and after a step take turns; and, by input of the body, parts
  /// of gradients that all steps add to, or that nobody wants.
  std::vector<NDArray> state_grads_[2];
  std::vector<NDArray> parts_;
  std::vector<Tensor> in_, out_;
};

}  // namespace gluino
