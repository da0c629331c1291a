#include <gluino/ops/updates/update_rules.h>
#include <gluino/optimizer/core/options.h>
#include <gluino/optimizer/rules/signum.h>

namespace gluino::optimizer {
namespace {

Fields<SignumOptions> own_options() {
  return {{"momentum", &SignumOptions::momentum}, {"wd_lh", &SignumOptions::wd_lh}};
}

}  // namespace

Signum::Signum(const SignumOptions& options)
    : Optimizer(common("signum", options, own_options())),
      momentum_(options.momentum),
      wd_lh_(options.wd_lh) {
  check_decay("signum", "momentum", options.momentum);
}

State Signum::create_state(std::int64_t /*index*/, const NDArray& weight) const {
  return zero_state(weight, momentum_ == 0 ? 0 : 1);
}

void Signum::update(std::int64_t index, const NDArray& weight, const NDArray& grad, State& state) {
  const Step step = next_step(index, weight, state, momentum_ == 0 ? 0 : 1);
  if (momentum_ == 0) {
    nd::signsgd_update(weight, grad,
                       {.lr = step.lr,
                        .wd = step.wd + wd_lh_,
                        .rescale_grad = rescale_grad(),
                        .clip_gradient = clip_bound()});
  } else {
    nd::signum_update(weight, grad, state[0],
                      {.lr = step.lr,
                       .momentum = momentum_,
                       .wd_lh = wd_lh_,
                       .wd = step.wd,
                       .rescale_grad = rescale_grad(),
                       .clip_gradient = clip_bound()});
  }
}

[[maybe_unused]] static const bool registered = registers<Signum>("signum", own_options());

}  // namespace gluino::optimizer
