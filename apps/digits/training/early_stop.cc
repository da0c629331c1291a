#include <apps/digits/training/early_stop.h>

namespace digits {

bool EarlyStop::is_enough(const History& history) const {
  return is_on() && history.last.epoch - history.best_epoch >= patience_;
}

bool EarlyStop::is_enough(const History& history, const gluino::gluon::Block& net) {
  if (!is_on()) return false;
  if (history.best_epoch == history.last.epoch) {
    best_.clear();
    for (const auto& [name, parameter] : net.structural_params()) {
      best_.emplace_back(name, parameter.reduce().copy());
    }
  }
  return is_enough(history);
}

bool EarlyStop::restore_best(const gluino::gluon::Block& net) const {
  const auto parameters = net.structural_params();
  for (std::size_t i = 0; i < best_.size(); ++i) parameters[i].second.set_data(best_[i].second);
  return !best_.empty();
}

}  // namespace digits
