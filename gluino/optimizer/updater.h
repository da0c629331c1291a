#pragma once

#include <gluino/optimizer/optimizer.h>

namespace gluino::optimizer {

/// An optimizer together with the states of the weights it has met: what a training loop of one's
/// own, or a store of parameters, calls. Copies share the states.
///
///     auto updater = optimizer::get_updater(optimizer::create("sgd", {{"learning_rate", 0.1}}));
///     updater(index, gradient, weight);
class GLUINO_API Updater {
 public:
  explicit Updater(std::shared_ptr<Optimizer> optimizer);

  /// Updates `weight` in place; makes its state at the first call with this index.
  void operator()(std::int64_t index, const NDArray& grad, const NDArray& weight) const;

  Optimizer& optimizer() const { return *optimizer_; }

  using States = std::map<std::int64_t, State>;
  /// The states by index. They are the arrays in use: copy them to keep them.
  const States& states() const { return *states_; }
  /// Goes on from these arrays, which it then uses as its own. They may be at another place than
  /// their weights.
  void set_states(States states) const { *states_ = std::move(states); }

 private:
  std::shared_ptr<Optimizer> optimizer_;
  std::shared_ptr<States> states_;
};

GLUINO_API Updater get_updater(std::shared_ptr<Optimizer> optimizer);

}  // namespace gluino::optimizer
