#include <gluino/base/error.h>
#include <gluino/optimizer/optimizer.h>

#include <algorithm>
#include <cmath>

namespace gluino::optimizer {
namespace {

void check_finite(const char* option, double value) {
  check(std::isfinite(value), "optimizer: ", option, ": expected a finite number, got ", value);
}

}  // namespace

Optimizer::Optimizer(const CommonOptions& options, double default_learning_rate)
    : options_(options),
      learning_rate_(options.learning_rate.value_or(default_learning_rate)),
      num_update_(options.begin_num_update) {
  check_finite("learning_rate", learning_rate_);
  check_finite("wd", options.wd);
  check_finite("rescale_grad", options.rescale_grad);
  check_finite("clip_gradient", options.clip_gradient);
  check(options.begin_num_update >= 0, "optimizer: begin_num_update: expected at least 0, got ",
        options.begin_num_update);
  if (options.lr_scheduler != nullptr && options.learning_rate.has_value()) {
    options.lr_scheduler->set_base_lr(*options.learning_rate);
  }
}

State Optimizer::create_state(std::int64_t /*index*/, const NDArray& /*weight*/) const {
  return {};
}

double Optimizer::learning_rate() const {
  return options_.lr_scheduler != nullptr ? (*options_.lr_scheduler)(num_update_) : learning_rate_;
}

void Optimizer::set_learning_rate(double learning_rate) {
  check(options_.lr_scheduler == nullptr,
        "set_learning_rate: the optimizer has a scheduler, which decides on the rate");
  check_finite("learning_rate", learning_rate);
  learning_rate_ = learning_rate;
}

void Optimizer::set_wd(double wd) {
  check_finite("wd", wd);
  options_.wd = wd;
}

void Optimizer::set_rescale_grad(double rescale_grad) {
  check_finite("rescale_grad", rescale_grad);
  options_.rescale_grad = rescale_grad;
}

void Optimizer::set_update_counts(UpdateCounts counts) {
  counts_ = std::move(counts);
  num_update_ = options_.begin_num_update;
  for (const auto& [weight, count] : counts_) num_update_ = std::max(num_update_, count);
}

double Optimizer::lr_mult(std::int64_t index) const {
  const auto own = lr_mult_.by_index.find(index);
  if (own != lr_mult_.by_index.end()) return own->second;
  const auto name = names_.find(index);
  if (name == names_.end()) return 1;
  const auto named = lr_mult_.by_name.find(name->second);
  return named == lr_mult_.by_name.end() ? 1 : named->second;
}

double Optimizer::wd_mult(std::int64_t index) const {
  const auto own = wd_mult_.by_index.find(index);
  if (own != wd_mult_.by_index.end()) return own->second;
  const auto name = names_.find(index);
  if (name == names_.end()) return 1;
  const auto named = wd_mult_.by_name.find(name->second);
  if (named != wd_mult_.by_name.end()) return named->second;
  return name->second.ends_with("_weight") || name->second.ends_with("_gamma") ? 1 : 0;
}

Optimizer::Step Optimizer::next_step(std::int64_t index, const NDArray& weight, const State& state,
                                     std::size_t num_states) {
  check(state.size() == num_states, "optimizer: weight ", index, ": expected a state of ",
        num_states, " arrays, got ", state.size(), "; make it with create_state");
  std::int64_t& count =
      counts_.try_emplace({weight.context().id, index}, options_.begin_num_update).first->second;
  ++count;
  num_update_ = std::max(num_update_, count);
  return {.lr = learning_rate() * lr_mult(index), .wd = wd() * wd_mult(index), .count = count};
}

}  // namespace gluino::optimizer
