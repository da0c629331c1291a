#include <gluino/autograd/autograd.h>
#include <gluino/base/error.h>
#include <gluino/base/file.h>
#include <gluino/gluon/trainer.h>
#include <gluino/ndarray/pooled.h>
#include <gluino/ops/elementwise/copies.h>
#include <gluino/optimizer/core/saved_states.h>

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

// The gradients of the contexts that have had a backward; of all where none had.
PooledVector<NDArray> grads_of(const Parameter& parameter) {
  const std::vector<NDArray>& arrays = parameter.list_data();
  const bool none = std::none_of(arrays.begin(), arrays.end(), is_fresh);
  PooledVector<NDArray> grads;
  grads.reserve(arrays.size());
  for (const NDArray& array : arrays) {
    if (none || is_fresh(array)) grads.push_back(array.grad());
  }
  return grads;
}

}  // namespace

Trainer::Trainer(const ParameterDict& parameters, const std::string& optimizer,
                 const optimizer::OptionMap& optimizer_params, const TrainerOptions& options)
    : Trainer(parameters, optimizer::create(optimizer, optimizer_params), options) {}

Trainer::Trainer(const ParameterDict& parameters, std::shared_ptr<optimizer::Optimizer> optimizer,
                 const TrainerOptions& options)
    : updater_(std::move(optimizer)),
      kvstore_(options.kvstore.get()),
      update_on_kvstore_(options.update_on_kvstore.value_or(options.kvstore.is_made())) {
  for (const Parameter& parameter : parameters) slots_.push_back({.parameter = parameter});
  check(kvstore_.defined() || !update_on_kvstore_,
        "Trainer: update_on_kvstore needs a kvstore, and there is none");
  if (!options.compression_params.empty()) {
    check(kvstore_.defined(), "Trainer: compression_params need a kvstore, and there is none");
    kvstore_.set_gradient_compression(options.compression_params);
  }
  if (update_on_kvstore_) kvstore_.set_updater(updater_);
  if (has_processes()) {
    if (!update_on_kvstore_) kvstore_.check_alike(updater_.optimizer());
    unify();
    watch_backward();
  }
}

void Trainer::step(double batch_size, bool ignore_stale_grad) {
  if (!kvstore_.defined()) return update(batch_size, ignore_stale_grad);
  check_step(batch_size, ignore_stale_grad);
  check(!update_on_kvstore_ || kvstore_.updates_with(updater_),
        "Trainer: the kvstore has got another optimizer since; give each Trainer a store of its "
        "own");
  // The gradients stay what they are, so that a step that fails later can be tried again.
  update_all(batch_size, Gradients::each_contexts_own);
}

void Trainer::allreduce_grads() {
  check_halves("allreduce_grads");
  if (!kvstore_.defined()) return;
  const autograd::Scope scope = autograd::pause();
  if (has_processes()) start_sums();
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const Parameter& parameter = slots_[i].parameter;
    if (parameter.grad_req() == GradReq::null) continue;
    if (parameter.list_data().size() < 2 && !has_processes()) continue;
    const NDArray sum = kvstore_.reduce(i, grads_of(parameter));
    for (const NDArray& grad : parameter.list_grad()) {
      if (!grad.same_as(sum)) grad.assign(sum.as_in_context(grad.context()));
    }
  }
}

void Trainer::update(double batch_size, bool ignore_stale_grad) {
  check_halves("update");
  check_step(batch_size, ignore_stale_grad);
  for (const Slot& slot : slots_) {
    if (takes_part(slot, true)) check_alike(slot.parameter);
  }
  update_all(batch_size, Gradients::summed);
}

void Trainer::check_halves(const char* who) const {
  check(!update_on_kvstore_, "Trainer: ", who,
        ": the kvstore sums and updates at once; pass update_on_kvstore = false to the Trainer");
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

void Trainer::check_alike(const Parameter& parameter) const {
  if (parameter.list_data().size() == 1) return;
  const std::vector<NDArray> grads = parameter.list_grad();
  for (const NDArray& grad : grads) {
    check(ops::same_bits(grads[0], grad), "Trainer: the gradients of ", parameter.name(), " on ",
          grads[0].context(), " and ", grad.context(), " differ; ",
          kvstore_.defined() ? "call allreduce_grads() before update(), or step() instead of both"
                             : "a Trainer without a kvstore does not sum them");
  }
}

void Trainer::update_all(double batch_size, Gradients gradients) {
  const autograd::Scope scope = autograd::pause();
  const DividedBy divided(optimizer(), batch_size);
  if (has_processes()) {
    unify();
    if (gradients == Gradients::each_contexts_own) start_sums();
  }
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const Parameter& parameter = slots_[i].parameter;
    if (!takes_part(slots_[i], true)) continue;
    const auto index = static_cast<std::int64_t>(i);
    prepare(index);
    optimizer::Optimizer::WeightSettings& settings = optimizer().weight_settings(index);
    settings.name = parameter.name();
    settings.lr_mult = parameter.lr_mult();
    settings.wd_mult = parameter.wd_mult();
    update_first(index, parameter, gradients);
    const std::vector<NDArray>& arrays = parameter.list_data();
    for (const NDArray& array : arrays) {
      if (!array.same_as(arrays[0])) arrays[0].copyto(array);
      autograd::clear_fresh_grad(array);
    }
  }
  if (has_processes()) watch_backward();
}

// What no first batch has told the shape of yet comes with the first step.
void Trainer::unify() {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    if (slot.is_unified || !slot.parameter.is_initialized()) continue;
    kvstore_.unify(i, slot.parameter.list_data());
    slot.is_unified = true;
  }
}

// Those that backward has not begun, the last layer's first, as backward would.
void Trainer::start_sums() {
  for (std::size_t i = slots_.size(); i-- > 0;) {
    if (takes_part(slots_[i], true)) kvstore_.start(i, grads_of(slots_[i].parameter));
  }
}

// Not for gradients that several backwards add to: they are complete when step says so.
void Trainer::watch_backward() {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    if (slot.parameter.grad_req() != GradReq::write || !slot.parameter.is_initialized()) continue;
    std::vector<const void*> arrays;
    for (const NDArray& array : slot.parameter.list_data()) {
      arrays.push_back(array.autograd_entry().get());
    }
    if (slot.watched == arrays) continue;
    kvstore_.start_in_backward(i, slot.parameter.list_data());
    slot.watched = std::move(arrays);
  }
}

// Updates the weight at the first context.
void Trainer::update_first(std::int64_t index, const Parameter& parameter,
                           Gradients gradients) const {
  const NDArray& weight = parameter.list_data()[0];
  if (gradients == Gradients::summed) {
    updater_(index, parameter.grad(), weight);
  } else {
    const PooledVector<NDArray> grads = grads_of(parameter);
    if (update_on_kvstore_) {
      kvstore_.share(index, weight);
      return kvstore_.push(index, grads, -static_cast<int>(index));
    }
    updater_(index, kvstore_.reduce(index, grads).as_in_context(weight.context()), weight);
  }
  if (optimizer().draws() && has_processes()) kvstore_.unify(index, weight);
}

// The weight may have moved, or have got another type, since the state was made or read.
void Trainer::prepare(std::int64_t index) {
  Slot& slot = slots_[static_cast<std::size_t>(index)];
  const NDArray& weight = slot.parameter.list_data()[0];
  const std::pair form(weight.context(), weight.dtype());
  if (slot.used_for == form) return;
  updater_.follow(index, weight);
  slot.used_for = form;
}

void Trainer::save_states(const std::string& path) const { write_file(path, get_states()); }
void Trainer::load_states(const std::string& path) { set_states(read_file(path), path); }

std::string Trainer::get_states() const { return updater_.get_states(true); }

void Trainer::set_states(std::string_view bytes, const std::string& source) {
  optimizer::Weights weights;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const Parameter& parameter = slots_[i].parameter;
    weights[static_cast<std::int64_t>(i)] = {
        parameter.name(), parameter.is_initialized() ? parameter.data() : NDArray()};
  }
  optimizer::check_states(optimizer::read_states(bytes, source), optimizer(), weights, source);
  updater_.set_states(bytes);
  for (Slot& slot : slots_) slot.used_for.reset();
}

double Trainer::learning_rate() const { return optimizer().learning_rate(); }
void Trainer::set_learning_rate(double rate) { optimizer().set_learning_rate(rate); }

}  // namespace gluino::gluon
