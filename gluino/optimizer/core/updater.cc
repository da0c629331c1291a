#include <gluino/base/error.h>
#include <gluino/optimizer/core/saved_states.h>
#include <gluino/optimizer/core/updater.h>

#include <algorithm>
#include <utility>

namespace gluino::optimizer {

Updater::Updater(std::shared_ptr<Optimizer> optimizer)
    : optimizer_(std::move(optimizer)), states_(std::make_shared<States>()) {
  check(optimizer_ != nullptr, "Updater: expected an optimizer, got none");
}

void Updater::operator()(std::int64_t index, const NDArray& grad, const NDArray& weight) const {
  auto found = states_->find(index);
  if (found == states_->end()) {
    found = states_->emplace(index, optimizer_->create_state(index, weight)).first;
  }
  // Restored states stand where they were read, not where the weight is.
  for (NDArray& array : found->second) array = array.as_in_context(weight.context());
  optimizer_->apply(index, weight, grad, found->second);
}

void Updater::follow(std::int64_t index, const NDArray& weight) const {
  State made = optimizer_->create_state(index, weight);
  const auto found = states_->find(index);
  if (found == states_->end()) {
    states_->emplace(index, std::move(made));
  } else {
    State& state = found->second;
    for (std::size_t k = 0; k < std::min(made.size(), state.size()); ++k) {
      state[k] = state[k].as_in_context(made[k].context()).astype(made[k].dtype(), false);
    }
  }
  optimizer_->move_update_counts(index, weight.context());
}

std::string Updater::get_states(bool dump_optimizer) const {
  SavedStates saved = save_optimizer(*optimizer_, dump_optimizer);
  saved.states = *states_;
  return write_states(saved);
}

void Updater::set_states(std::string_view bytes) const {
  SavedStates saved = read_states(bytes, "optimizer states");
  restore_optimizer(saved, *optimizer_);
  *states_ = std::move(saved.states);
}

Updater get_updater(std::shared_ptr<Optimizer> optimizer) { return Updater(std::move(optimizer)); }

}  // namespace gluino::optimizer
