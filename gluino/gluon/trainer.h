#pragma once

#include <gluino/gluon/parameter.h>
#include <gluino/optimizer/optimizer.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gluino::gluon {

/// Applies an optimizer to the parameters of a network:
///
///     gluon::Trainer trainer(net.collect_params(), "sgd", {{"learning_rate", 0.04}});
///     ...
///     loss.backward();
///     trainer.step(batch_size);
///
/// With several contexts the gradients of all are summed, in the contexts' order, and every copy
/// gets the same update.
class GLUINO_API Trainer {
 public:
  Trainer(const ParameterDict& parameters, const std::string& optimizer,
          const std::map<std::string, double>& options = {});
  Trainer(const ParameterDict& parameters, std::shared_ptr<optimizer::Optimizer> optimizer);

  /// One update with gradients divided by `batch_size`, the samples of all contexts together.
  /// Throws Error when a gradient is none of the last backward's, unless `ignore_stale_grad`: then
  /// the parameter stays as it is.
  void step(double batch_size, bool ignore_stale_grad = false);
  /// The two halves of step: summing the gradients over contexts, and the update.
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
    /// Per context, made before the first update.
    std::vector<optimizer::State> states;
    /// What those not made yet begin with, from a file.
    std::optional<optimizer::State> loaded{};
  };

  optimizer::State make_state(std::int64_t index, const NDArray& array) const;
  void check_loaded(std::int64_t index, const optimizer::State& state,
                    const std::string& path) const;
  bool is_fresh(const Slot& slot, bool ignore_stale_grad) const;

  std::vector<Slot> slots_;
  std::shared_ptr<optimizer::Optimizer> optimizer_;
  double rescale_;
};

}  // namespace gluino::gluon
