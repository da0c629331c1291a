#include <gluino/base/error.h>
#include <gluino/optimizer/core/optimizer.h>

#include <algorithm>
#include <cmath>
#include <typeinfo>

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

Settings Optimizer::settings() const {
  Settings all = options_.own;
  if (all.empty()) all.emplace_back("optimizer", typeid(*this).name());
  all.emplace_back("learning_rate", setting_text(learning_rate_));
  all.emplace_back("wd", setting_text(options_.wd));
  all.emplace_back("rescale_grad", setting_text(options_.rescale_grad));
  all.emplace_back("clip_gradient", setting_text(options_.clip_gradient));
  all.emplace_back("begin_num_update", setting_text(options_.begin_num_update));
  if (options_.lr_scheduler == nullptr) return all;
  for (auto& [name, value] : options_.lr_scheduler->settings()) {
    all.emplace_back("lr_scheduler." + name, std::move(value));
  }
  return all;
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

void Optimizer::set_clip_gradient(double bound) {
  check_finite("clip_gradient", bound);
  options_.clip_gradient = bound;
}

void Optimizer::set_update_counts(UpdateCounts counts) {
  counts_ = std::move(counts);
  num_update_ = options_.begin_num_update;
  for (const auto& [weight, count] : counts_) num_update_ = std::max(num_update_, count);
}

void Optimizer::move_update_counts(std::int64_t index, const Context& context) {
  std::optional<std::int64_t> most;
  std::erase_if(counts_, [&](const auto& entry) {
    if (entry.first.second != index) return false;
    most = std::max(most.value_or(0), entry.second);
    return true;
  });
  if (most) counts_[{context.id, index}] = *most;
}

const double* Optimizer::find(const Multipliers& multipliers, std::int64_t index) const {
  const auto own = multipliers.by_index.find(index);
  if (own != multipliers.by_index.end()) return &own->second;
  if (multipliers.by_name.empty()) return nullptr;
  const std::string* name = name_of(index);
  if (name == nullptr) return nullptr;
  const auto named = multipliers.by_name.find(*name);
  return named == multipliers.by_name.end() ? nullptr : &named->second;
}

const std::string* Optimizer::name_of(std::int64_t index) const {
  if (const auto given = names_.find(index); given != names_.end()) return &given->second;
  const auto weight = weights_.find(index);
  return weight == weights_.end() ? nullptr : &weight->second.name;
}

bool Optimizer::decays(const std::string& name) const {
  return name.ends_with("_weight") || name.ends_with("_gamma");
}

double Optimizer::lr_mult(std::int64_t index) const {
  const double* mult = find(lr_mult_, index);
  const auto weight = weights_.find(index);
  return (mult != nullptr ? *mult : 1) * (weight == weights_.end() ? 1 : weight->second.lr_mult);
}

double Optimizer::wd_mult(std::int64_t index) const {
  const auto weight = weights_.find(index);
  const double factor = weight == weights_.end() ? 1 : weight->second.wd_mult;
  if (const double* mult = find(wd_mult_, index); mult != nullptr) return *mult * factor;
  const auto name = names_.find(index);
  return name == names_.end() || decays(name->second) ? factor : 0;
}

void Optimizer::apply(std::int64_t index, const NDArray& weight, const NDArray& grad,
                      State& state) {
  const UpdateCounts::key_type key(weight.context().id, index);
  const auto found = counts_.find(key);
  const auto count = found == counts_.end() ? std::nullopt : std::optional(found->second);
  const std::int64_t updates = num_update_;
  try {
    update(index, weight, grad, state);
  } catch (...) {
    counts_.erase(key);
    if (count) counts_.emplace(key, *count);
    num_update_ = updates;
    throw;
  }
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
