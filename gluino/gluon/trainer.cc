#include <gluino/autograd/autograd.h>
#include <gluino/base/error.h>
#include <gluino/base/file.h>
#include <gluino/gluon/trainer.h>
#include <gluino/ops/arithmetic.h>
#include <gluino/optimizer/saved_states.h>

#include <utility>

namespace gluino::gluon {

Trainer::Trainer(const ParameterDict& parameters, const std::string& optimizer,
                 const std::map<std::string, double>& options)
    : Trainer(parameters, optimizer::create(optimizer, options)) {}

Trainer::Trainer(const ParameterDict& parameters, std::shared_ptr<optimizer::Optimizer> optimizer)
    : optimizer_(std::move(optimizer)), rescale_(optimizer_->rescale_grad()) {
  for (const Parameter& parameter : parameters) {
    const auto index = static_cast<std::int64_t>(slots_.size());
    optimizer_->set_lr_mult(index, parameter.lr_mult());
    optimizer_->set_wd_mult(index, parameter.wd_mult());
    slots_.push_back({.parameter = parameter, .states = {}});
  }
}

void Trainer::step(double batch_size, bool ignore_stale_grad) {
  allreduce_grads();
  update(batch_size, ignore_stale_grad);
}

void Trainer::allreduce_grads() {
  const autograd::Scope scope = autograd::pause();
  for (const Slot& slot : slots_) {
    if (slot.parameter.grad_req() == GradReq::null) continue;
    if (slot.parameter.list_data().size() < 2) continue;
    const std::vector<NDArray> grads = slot.parameter.list_grad();
    const NDArray sum = grads[0].copy();
    for (std::size_t i = 1; i < grads.size(); ++i) sum += grads[i].as_in_context(sum.context());
    for (const NDArray& grad : grads) grad.assign(sum.as_in_context(grad.context()));
  }
}

bool Trainer::is_fresh(const Slot& slot, bool ignore_stale_grad) const {
  for (const NDArray& array : slot.parameter.list_data()) {
    if (autograd::has_fresh_grad(array)) continue;
    check(ignore_stale_grad, "Trainer: the gradient of ", slot.parameter.name(), " on ",
          array.context(),
          " is none of a backward since the last step; call backward() first, or "
          "pass ignore_stale_grad = true for parameters that the loss does not depend on");
    return false;
  }
  return true;
}

void Trainer::update(double batch_size, bool ignore_stale_grad) {
  check(batch_size > 0, "Trainer: expected a batch size above 0, got ", batch_size);
  const autograd::Scope scope = autograd::pause();
  optimizer_->set_rescale_grad(rescale_ / batch_size);
  // All are checked before any is changed.
  for (const Slot& slot : slots_) {
    if (slot.parameter.grad_req() != GradReq::null) is_fresh(slot, ignore_stale_grad);
  }
  for (std::size_t index = 0; index < slots_.size(); ++index) {
    Slot& slot = slots_[index];
    if (slot.parameter.grad_req() == GradReq::null || !is_fresh(slot, true)) continue;
    const std::vector<NDArray>& arrays = slot.parameter.list_data();
    for (std::size_t i = 0; i < arrays.size(); ++i) {
      const auto number = static_cast<std::int64_t>(index);
      if (slot.states.size() <= i) slot.states.push_back(make_state(number, arrays[i]));
      optimizer_->update(number, arrays[i], arrays[i].grad(), slot.states[i]);
      autograd::clear_fresh_grad(arrays[i]);
    }
  }
}

optimizer::State Trainer::make_state(std::int64_t index, const NDArray& array) const {
  const Slot& slot = slots_[static_cast<std::size_t>(index)];
  if (!slot.loaded) return optimizer_->create_state(index, array);
  optimizer::State state;
  for (const NDArray& loaded : *slot.loaded) state.push_back(loaded.copyto(array.context()));
  return state;
}

void Trainer::save_states(const std::string& path) const {
  optimizer::SavedStates saved = optimizer::save_optimizer(*optimizer_, true);
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const Slot& slot = slots_[i];
    // All contexts hold the same.
    if (!slot.states.empty()) {
      saved.states[static_cast<std::int64_t>(i)] = slot.states[0];
    } else if (slot.loaded) {
      saved.states[static_cast<std::int64_t>(i)] = *slot.loaded;
    }
  }
  write_file(path, optimizer::write_states(saved));
}

// What the optimizer would make for the parameter must have the same form.
void Trainer::check_loaded(std::int64_t index, const optimizer::State& state,
                           const std::string& path) const {
  check(index >= 0 && index < static_cast<std::int64_t>(slots_.size()), path,
        ": holds states of weight ", index, ", but the trainer has ", slots_.size(), " parameters");
  const Parameter& parameter = slots_[static_cast<std::size_t>(index)].parameter;
  if (!parameter.is_initialized()) return;
  const optimizer::State like = optimizer_->create_state(index, parameter.data());
  check(state.size() == like.size(), path, ": expected ", like.size(), " states of ",
        parameter.name(), " for this optimizer, found ", state.size());
  for (std::size_t k = 0; k < state.size(); ++k) {
    check(state[k].shape() == like[k].shape() && state[k].dtype() == like[k].dtype(), path,
          ": state ", k, " of ", parameter.name(), ": expected ", like[k].dtype(), " ",
          like[k].shape(), ", found ", state[k].dtype(), " ", state[k].shape());
  }
}

void Trainer::load_states(const std::string& path) {
  optimizer::SavedStates saved = optimizer::read_states(read_file(path), path);
  for (const auto& [index, state] : saved.states) check_loaded(index, state, path);
  // Every context counts the same updates, also one that was not there when the file was written.
  optimizer::Optimizer::UpdateCounts counts = saved.counts;
  for (const auto& [weight, count] : counts) {
    if (weight.second < 0 || weight.second >= static_cast<std::int64_t>(slots_.size())) continue;
    for (const Context& context :
         slots_[static_cast<std::size_t>(weight.second)].parameter.list_ctx()) {
      saved.counts.emplace(std::pair(context.id, weight.second), count);
    }
  }
  optimizer::restore_optimizer(saved, *optimizer_);
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    slots_[i].states.clear();
    slots_[i].loaded.reset();
    const auto found = saved.states.find(static_cast<std::int64_t>(i));
    if (found != saved.states.end()) slots_[i].loaded = std::move(found->second);
  }
}

double Trainer::learning_rate() const { return optimizer_->learning_rate(); }
void Trainer::set_learning_rate(double rate) { optimizer_->set_learning_rate(rate); }

}  // namespace gluino::gluon
