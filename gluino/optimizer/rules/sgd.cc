#include <gluino/base/error.h>
#include <gluino/ops/updates/update.h>
#include <gluino/optimizer/core/options.h>
#include <gluino/optimizer/rules/sgd.h>

#include <cmath>

namespace gluino::optimizer {
namespace {

Fields<SGDOptions> own_options() { return {{"momentum", &SGDOptions::momentum}}; }

}  // namespace

SGD::SGD(const SGDOptions& options)
    : Optimizer(common("sgd", options, own_options())), momentum_(options.momentum) {
  check(std::isfinite(momentum_) && momentum_ >= 0, "[sgd] momentum: expected at least 0, got ",
        momentum_);
}

State SGD::create_state(std::int64_t /*index*/, const NDArray& weight) const {
  return zero_state(weight, momentum_ == 0 ? 0 : 1);
}

void SGD::update(std::int64_t index, const NDArray& weight, const NDArray& grad, State& state) {
  const Step step = next_step(index, weight, state, momentum_ == 0 ? 0 : 1);
  if (momentum_ == 0) {
    nd::sgd_update(weight, grad,
                   {.lr = step.lr,
                    .wd = step.wd,
                    .rescale_grad = rescale_grad(),
                    .clip_gradient = clip_bound()});
  } else {
    nd::sgd_mom_update(weight, grad, state[0],
                       {.lr = step.lr,
                        .momentum = momentum_,
                        .wd = step.wd,
                        .rescale_grad = rescale_grad(),
                        .clip_gradient = clip_bound()});
  }
}

[[maybe_unused]] static const bool registered = registers<SGD>("sgd", own_options());
[[maybe_unused]] static const bool registered_ccsgd = registers<SGD>("ccsgd", own_options());

}  // namespace gluino::optimizer
