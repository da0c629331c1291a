#include <gluino/autograd/autograd.h>
#include <gluino/base/error.h>
#include <gluino/gluon/trainer.h>
#include <gluino/ops/arithmetic.h>

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
    slots_.push_back({parameter, {}});
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
    const std::vector<NDArray> grads = slot.parameter.list_grad();
    if (grads.size() < 2) continue;
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
  std::vector<std::size_t> due;
  for (std::size_t index = 0; index < slots_.size(); ++index) {
    const Slot& slot = slots_[index];
    if (slot.parameter.grad_req() == GradReq::null) continue;
    if (is_fresh(slot, ignore_stale_grad)) due.push_back(index);
  }
  for (const std::size_t index : due) {
    Slot& slot = slots_[index];
    const std::vector<NDArray> arrays = slot.parameter.list_data();
    for (std::size_t i = 0; i < arrays.size(); ++i) {
      const auto number = static_cast<std::int64_t>(index);
      if (slot.states.size() <= i)
        slot.states.push_back(optimizer_->create_state(number, arrays[i]));
      optimizer_->update(number, arrays[i], arrays[i].grad(), slot.states[i]);
      autograd::clear_fresh_grad(arrays[i]);
    }
  }
}

double Trainer::learning_rate() const { return optimizer_->learning_rate(); }
void Trainer::set_learning_rate(double rate) { optimizer_->set_learning_rate(rate); }

}  // namespace gluino::gluon
