#pragma once

#include <gluino/graph/symbol/symbol.h>
#include <gluino/ndarray/shared.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace gluino {

/// Bytes of the arrays inside a compiled graph: what they would take each on its own, and what they
/// take since they share memory.
struct MemoryPlan {
  std::size_t naive_bytes = 0;
  std::size_t planned_bytes = 0;
};

/// A symbol bound to arrays: compiled for their shapes, it runs forward and backward without
/// allocating or inferring anything. Copies are handles of the same executor.
class GLUINO_API Executor {
 public:
  using MonitorCallback = std::function<void(const std::string& name, const NDArray& value)>;

  /// Computes the outputs from the arrays bound. Throws Error when an operator fails.
  const std::vector<NDArray>& forward(bool is_train = false) const;
  /// Copies arrays into the arguments named first. Throws Error for unknown names and other shapes.
  const std::vector<NDArray>& forward(bool is_train, const ArrayMap& inputs) const;
  /// Computes the gradients of the last forward(true), as each argument's request says. Outputs
  /// that are losses (SoftmaxOutput) need no head gradient; for others it is ones where none is
  /// given. Throws Error without such a forward, or when an array that the gradient reads was
  /// changed since.
  void backward(const std::vector<NDArray>& out_grads = {}) const {
    backward(out_grads, BackwardOptions());
  }
  struct BackwardOptions {
    /// Keeps what forward has computed for another backward. Else it is written over: a second
    /// backward computes it anew, or throws Error where random numbers or states would differ.
    bool retain_graph = false;
    /// Also after a forward(false), with the gradients of what that computed, as MXNet's executors
    /// do. Refused otherwise: a forgotten is_train would train without dropout and statistics.
    bool of_inference = false;
  };
  void backward(const std::vector<NDArray>& out_grads, const BackwardOptions& options) const;
  /// The same. `settled` is called with the number of each argument whose gradient is wanted, as
  /// soon as that is complete and nothing later reads the argument: the caches still hold both, and
  /// the argument may be updated.
  using SettledCallback = std::function<void(std::size_t argument)>;
  void backward(const std::vector<NDArray>& out_grads, const SettledCallback& settled) const;

  /// In the order of list_arguments and list_auxiliary_states. A gradient not wanted is not
  /// defined().
  const std::vector<NDArray>& arg_arrays() const;
  const std::vector<NDArray>& grad_arrays() const;
  const std::vector<NDArray>& aux_arrays() const;
  const std::vector<NDArray>& outputs() const;
  /// The same by name. Gradients only where wanted.
  const ArrayMap& arg_dict() const;
  const ArrayMap& grad_dict() const;
  const ArrayMap& aux_dict() const;
  ArrayMap output_dict() const;

  /// Overwrites arguments and auxiliary states by name. Throws Error for unknown names, unless
  /// `allow_extra_params`.
  void copy_params_from(const ArrayMap& arg_params, const ArrayMap& aux_params = {},
                        bool allow_extra_params = false) const;

  struct ReshapeOptions {
    /// Allow arguments that are not named to change their shapes.
    bool partial_shaping = false;
    /// Allow arrays to grow.
    bool allow_up_sizing = false;
  };
  /// An executor for other input shapes that shares all arrays whose shapes stay the same, and the
  /// monitor. Throws Error when the options do not allow a change.
  Executor reshape(const Shapes& shapes, const ReshapeOptions& options) const;
  Executor reshape(const Shapes& shapes) const { return reshape(shapes, ReshapeOptions()); }

  /// From now on forward calls `callback` with each node's outputs ("fc1_output") and backward with
  /// the gradients of each node's inputs ("fc1_backward_weight"), while they hold. With monitor_all
  /// also with the node's inputs as MXNet calls them ("fc1_data", "relu1_input0") and variables
  /// ("data"). An empty function ends it.
  void set_monitor_callback(MonitorCallback callback, bool monitor_all = false) const;

  /// What became of the graph: the steps with the nodes that each stands for (several, where a pass
  /// has made them one), the kernels' ways and layouts, the memory, and the median time of each in
  /// `runs` runs. Images between operators may lie in strips of samples, (strips, C, H, W,
  /// samples). With gradients wanted these are training steps: gradients are overwritten and states
  /// move on.
  std::string explain(int runs = 10) const;

  /// True for handles of one executor.
  bool same_as(const Executor& other) const { return impl_ == other.impl_; }

  const Symbol& symbol() const;
  const Context& context() const;
  MemoryPlan memory() const;

 private:
  friend class Symbol;
  struct Impl;
  explicit Executor(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
  Shared<Impl> impl_;
};

}  // namespace gluino
