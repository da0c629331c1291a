#include <gluino/base/error.h>
#include <gluino/ops/updates/update.h>
#include <gluino/ops/updates/update_rules.h>
#include <gluino/optimizer/core/options.h>
#include <gluino/optimizer/rules/nag.h>

#include <cmath>

namespace gluino::optimizer {
namespace {

Fields<NAGOptions> own_options() { return {{"momentum", &NAGOptions::momentum}}; }

}  // namespace

NAG::NAG(const NAGOptions& options)
    : Optimizer(common("nag", options, own_options())), momentum_(options.momentum) {
  check(std::isfinite(options.momentum) && options.momentum >= 0,
        "[nag] momentum: expected at least 0, got ", options.momentum);
}

State NAG::create_state(std::int64_t /*index*/, const NDArray& weight) const {
  return zero_state(weight, momentum_ == 0 ? 0 : 1);
}

void NAG::update(std::int64_t index, const NDArray& weight, const NDArray& grad, State& state) {
  const Step step = next_step(index, weight, state, momentum_ == 0 ? 0 : 1);
  if (momentum_ == 0) {
    nd::sgd_update(weight, grad,
                   {.lr = step.lr,
                    .wd = step.wd,
                    .rescale_grad = rescale_grad(),
                    .clip_gradient = clip_bound()});
    return;
  }
  nd::nag_mom_update(weight, grad, state[0],
                     {.lr = step.lr,
                      .momentum = momentum_,
                      .wd = step.wd,
                      .rescale_grad = rescale_grad(),
                      .clip_gradient = clip_bound()});
}

[[maybe_unused]] static const bool registered = registers<NAG>("nag", own_options());

}  // namespace gluino::optimizer
