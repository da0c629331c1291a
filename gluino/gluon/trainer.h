#pragma once

#include <gluino/base/function_ref.h>
#include <gluino/gluon/parameter.h>
#include <gluino/optimizer/optimizer.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gluino::gluon {

/// Applies an optimizer to the parameters of a network:
///
///     gluon::Trainer trainer(net.collect_params(), "sgd", {{"learning_rate", 0.04}});
///     ...
///     loss.backward();
///     trainer.step(batch_size);
///
/// With several contexts the gradients of all are summed, in the contexts' order, one update is
/// made, and every copy gets its result. Settings of the parameters (lr_mult, wd_mult, grad_req)
/// and of the optimizer are read in each step. Parameters may move to other contexts, or get
/// another type, in the midst of training: what the optimizer keeps for them follows.
class GLUINO_API Trainer {
 public:
  Trainer(const ParameterDict& parameters, const std::string& optimizer,
          const std::map<std::string, double>& options = {});
  Trainer(const ParameterDict& parameters, std::shared_ptr<optimizer::Optimizer> optimizer);

  /// One update with gradients divided by `batch_size`, the samples of all contexts together.
  /// Throws Error when a gradient is none of the last backward's, unless `ignore_stale_grad`: then
  /// contexts without one give nothing to the sum, and a parameter that has none at all stays as it
  /// is. Errors of this kind come before anything has changed.
  void step(double batch_size, bool ignore_stale_grad = false);
  /// The two halves of step, for those who do something with the gradients in between: puts their
  /// sum over the contexts in the place of each, and updates. update throws Error when the
  /// gradients at several contexts are not the same.
  void allreduce_grads();
  void update(double batch_size, bool ignore_stale_grad = false);

  /// Writes what the optimizer keeps for the parameters, the counts of updates and the learning
  /// rate. With the parameters themselves a training can go on from there with the same bits.
  void save_states(const std::string& path) const;
  /// Goes on from what save_states wrote. Throws Error, and changes nothing, when the file is not
  /// one of this optimizer and these parameters.
  void load_states(const std::string& path);

  double learning_rate() const;
  void set_learning_rate(double rate);
  optimizer::Optimizer& optimizer() const { return *optimizer_; }

 private:
  struct Slot {
    Parameter parameter;
    /// What the optimizer keeps for the parameter, one for all copies: read from a file, or made in
    /// the first update.
    std::optional<optimizer::State> state{};
    /// The place and the type of the weight for which the state was last used.
    std::optional<std::pair<Context, DType>> used_for{};
  };

  void check_step(double batch_size, bool ignore_stale_grad) const;
  bool takes_part(const Slot& slot, bool ignore_stale_grad) const;
  NDArray summed_grad(const Slot& slot) const;
  void update_all(double batch_size, FunctionRef<NDArray(const Slot&)> gradient);
  void prepare_state(std::int64_t index, const NDArray& weight);

  std::vector<Slot> slots_;
  std::shared_ptr<optimizer::Optimizer> optimizer_;
};

}  // namespace gluino::gluon
