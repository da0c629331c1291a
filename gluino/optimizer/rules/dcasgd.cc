#include <gluino/base/error.h>
#include <gluino/optimizer/core/array_steps.h>
#include <gluino/optimizer/core/options.h>
#include <gluino/optimizer/rules/dcasgd.h>

#include <cmath>

namespace gluino::optimizer {
namespace {

Fields<DCASGDOptions> own_options() {
  return {{"momentum", &DCASGDOptions::momentum}, {"lamda", &DCASGDOptions::lamda}};
}

}  // namespace

DCASGD::DCASGD(const DCASGDOptions& options)
    : Optimizer(common("dcasgd", options, own_options())),
      momentum_(options.momentum),
      lamda_(options.lamda) {
  check(std::isfinite(momentum_) && momentum_ >= 0, "[dcasgd] momentum: expected at least 0, got ",
        momentum_);
}

// The weight before, and the momentum, if any.
State DCASGD::create_state(std::int64_t /*index*/, const NDArray& weight) const {
  State state = {weight.copy()};
  if (momentum_ != 0) state.push_back(nd::zeros(weight.shape(), weight.dtype(), weight.context()));
  return state;
}

void DCASGD::update(std::int64_t index, const NDArray& weight, const NDArray& grad, State& state) {
  const Step step = next_step(index, weight, state, momentum_ == 0 ? 1 : 2);
  check_not_recorded("dcasgd");
  const NDArray& before = state[0];
  const NDArray head = clipped(*this, grad);
  NDArray change = (head + weight * step.wd + head * lamda_ * head * (weight - before)) * -step.lr;
  if (momentum_ != 0) {
    state[1].assign(state[1] * momentum_ + change);
    change = state[1];
  }
  before.assign(weight);
  weight += change;
}

[[maybe_unused]] static const bool registered = registers<DCASGD>("dcasgd", own_options());

}  // namespace gluino::optimizer
