#include <gluino/autograd/autograd.h>
#include <gluino/base/error.h>
#include <gluino/base/file.h>
#include <gluino/gluon/trainer.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/copies.h>
#include <gluino/optimizer/saved_states.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace gluino::gluon {
namespace {

// The optimizer's factor of gradients, smaller by a batch's size while this lives: so it stays the
// user's setting, which may change at any time.
class DividedBy {
 public:
  DividedBy(optimizer::Optimizer& optimizer, double batch_size)
      : optimizer_(optimizer), rescale_(optimizer.rescale_grad()) {
    optimizer_.set_rescale_grad(rescale_ / batch_size);
  }
  DividedBy(const DividedBy&) = delete;
  DividedBy& operator=(const DividedBy&) = delete;
  ~DividedBy() { optimizer_.set_rescale_grad(rescale_); }

 private:
  optimizer::Optimizer& optimizer_;
  double rescale_;
};

bool is_fresh(const NDArray& array) { return autograd::has_fresh_grad(array); }

void check_alike(const Parameter& parameter) {
  if (parameter.list_data().size() == 1) return;
  const std::vector<NDArray> grads = parameter.list_grad();
  for (const NDArray& grad : grads) {
    check(ops::same_bits(grads[0], grad), "Trainer: the gradients of ", parameter.name(), " on ",
          grads[0].context(), " and ", grad.context(),
          " differ; call allreduce_grads() before update(), or step() instead of both");
  }
}

}  // namespace

Trainer::Trainer(const ParameterDict& parameters, const std::string& optimizer,
                 const std::map<std::string, double>& options)
    : Trainer(parameters, optimizer::create(optimizer, options)) {}

Trainer::Trainer(const ParameterDict& parameters, std::shared_ptr<optimizer::Optimizer> optimizer)
    : optimizer_(std::move(optimizer)) {
  check(optimizer_ != nullptr, "Trainer: expected an optimizer, got none");
  for (const Parameter& parameter : parameters) slots_.push_back({.parameter = parameter});
}

void Trainer::step(double batch_size, bool ignore_stale_grad) {
  check_step(batch_size, ignore_stale_grad);
  // The gradients stay what they are, so that a step that fails later can be tried again.
  update_all(batch_size, [this](const Slot& slot) { return summed_grad(slot); });
}

void Trainer::allreduce_grads() {
  const autograd::Scope scope = autograd::pause();
  for (const Slot& slot : slots_) {
    if (slot.parameter.grad_req() == GradReq::null) continue;
    if (slot.parameter.list_data().size() < 2) continue;
    const NDArray sum = summed_grad(slot);
    for (const NDArray& grad : slot.parameter.list_grad()) {
      grad.assign(sum.as_in_context(grad.context()));
    }
  }
}

void Trainer::update(double batch_size, bool ignore_stale_grad) {
  check_step(batch_size, ignore_stale_grad);
  for (const Slot& slot : slots_) {
    if (takes_part(slot, true)) check_alike(slot.parameter);
  }
  update_all(batch_size, [](const Slot& slot) { return slot.parameter.grad(); });
}

void Trainer::check_step(double batch_size, bool ignore_stale_grad) const {
  check(batch_size > 0 && std::isfinite(batch_size), "Trainer: expected a batch size above 0, got ",
        batch_size);
  for (const Slot& slot : slots_) takes_part(slot, ignore_stale_grad);
}

bool Trainer::takes_part(const Slot& slot, bool ignore_stale_grad) const {
  if (slot.parameter.grad_req() == GradReq::null) return false;
  bool any = false;
  for (const NDArray& array : slot.parameter.list_data()) {
    any = any || is_fresh(array);
    check(ignore_stale_grad || is_fresh(array), "Trainer: the gradient of ", slot.parameter.name(),
          " on ", array.context(),
          " is none of a backward since the last step; call backward() first, or "
          "pass ignore_stale_grad = true for parameters that the loss does not depend on");
  }
  return any;
}

// Of the contexts that have had a backward; of all where none had.
NDArray Trainer::summed_grad(const Slot& slot) const {
  const std::vector<NDArray>& arrays = slot.parameter.list_data();
  if (arrays.size() == 1) return arrays[0].grad();
  const bool none = std::none_of(arrays.begin(), arrays.end(), is_fresh);
  NDArray sum;
  for (const NDArray& array : arrays) {
    if (!none && !is_fresh(array)) continue;
    if (sum.defined()) {
      sum += array.grad().as_in_context(sum.context());
    } else {
      sum = array.grad().copyto(arrays[0].context());
    }
  }
  return sum;
}

void Trainer::update_all(double batch_size, FunctionRef<NDArray(const Slot&)> gradient) {
  const autograd::Scope scope = autograd::pause();
  const DividedBy divided(*optimizer_, batch_size);
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    if (!takes_part(slot, true)) continue;
    const auto index = static_cast<std::int64_t>(i);
    const std::vector<NDArray>& arrays = slot.parameter.list_data();
    prepare_state(index, arrays[0]);
    optimizer::Optimizer::WeightSettings& settings = optimizer_->weight_settings(index);
    settings.name = slot.parameter.name();
    settings.lr_mult = slot.parameter.lr_mult();
    settings.wd_mult = slot.parameter.wd_mult();
    optimizer_->apply(index, arrays[0], gradient(slot), *slot.state);
    for (const NDArray& array : arrays) {
      if (!array.same_as(arrays[0])) arrays[0].copyto(array);
      autograd::clear_fresh_grad(array);
    }
  }
}

// The weight may have moved, or have got another type, since the state was made or read.
void Trainer::prepare_state(std::int64_t index, const NDArray& weight) {
  Slot& slot = slots_[static_cast<std::size_t>(index)];
  const std::pair form(weight.context(), weight.dtype());
  if (slot.used_for == form) return;
  optimizer::State made = optimizer_->create_state(index, weight);
  if (slot.state) {
    const std::size_t size = std::min(made.size(), slot.state->size());
    for (std::size_t k = 0; k < size; ++k) {
      NDArray& array = (*slot.state)[k];
      array = array.as_in_context(made[k].context()).astype(made[k].dtype(), false);
    }
  } else {
    slot.state = std::move(made);
  }
  optimizer_->move_update_counts(index, weight.context());
  slot.used_for = form;
}

void Trainer::save_states(const std::string& path) const {
  optimizer::SavedStates saved = optimizer::save_optimizer(*optimizer_, true);
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].state) saved.states[static_cast<std::int64_t>(i)] = *slots_[i].state;
  }
  write_file(path, optimizer::write_states(saved));
}

void Trainer::load_states(const std::string& path) {
  optimizer::SavedStates saved = optimizer::read_states(read_file(path), path);
  nd::NamedArrays weights;
  for (const Slot& slot : slots_) {
    const Parameter& parameter = slot.parameter;
    weights.emplace_back(parameter.name(),
                         parameter.is_initialized() ? parameter.data() : NDArray());
  }
  optimizer::check_states(saved, *optimizer_, weights, path);
  optimizer::restore_optimizer(saved, *optimizer_);
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    slots_[i].state.reset();
    slots_[i].used_for.reset();
    const auto found = saved.states.find(static_cast<std::int64_t>(i));
    if (found != saved.states.end()) slots_[i].state = std::move(found->second);
  }
}

double Trainer::learning_rate() const { return optimizer_->learning_rate(); }
void Trainer::set_learning_rate(double rate) { optimizer_->set_learning_rate(rate); }

}  // namespace gluino::gluon
