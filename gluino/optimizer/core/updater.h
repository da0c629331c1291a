#pragma once

#include <gluino/ndarray/shared.h>
#include <gluino/optimizer/core/optimizer.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>

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

  /// The weight may have moved, or have got another type, since its state was made or read: has
  /// that, and the count of its updates, follow it.
  void follow(std::int64_t index, const NDArray& weight) const;

  Optimizer& optimizer() const { return *optimizer_; }

  using States = std::map<std::int64_t, State>;
  /// The states by index. They are the arrays in use: copy them to keep them.
  const States& states() const { return *states_; }
  /// Goes on from these arrays, which it then uses as its own. They may be at another place than
  /// their weights.
  void set_states(States states) const { *states_ = std::move(states); }

  /// The states and the counts of updates as bytes, for a file; with dump_optimizer the learning
  /// rate and the weight decay too.
  std::string get_states(bool dump_optimizer = false) const;
  /// Goes on from what get_states gave. Throws Error, and changes nothing, on other bytes.
  void set_states(std::string_view bytes) const;
  void set_states(const std::string& bytes) const { set_states(std::string_view(bytes)); }

 private:
  Shared<Optimizer> optimizer_;
  Shared<States> states_;
};

GLUINO_API Updater get_updater(std::shared_ptr<Optimizer> optimizer);

}  // namespace gluino::optimizer
