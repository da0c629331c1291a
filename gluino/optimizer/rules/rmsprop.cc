#include <gluino/base/error.h>
#include <gluino/ops/updates/update_rules.h>
#include <gluino/optimizer/core/options.h>
#include <gluino/optimizer/rules/rmsprop.h>

namespace gluino::optimizer {
namespace {

Fields<RMSPropOptions> own_options() {
  return {{"gamma1", &RMSPropOptions::gamma1},
          {"gamma2", &RMSPropOptions::gamma2},
          {"epsilon", &RMSPropOptions::epsilon},
          {"centered", &RMSPropOptions::centered},
          {"clip_weights", &RMSPropOptions::clip_weights}};
}

}  // namespace

RMSProp::RMSProp(const RMSPropOptions& options)
    : Optimizer(common("rmsprop", options, own_options()), 0.001),
      gamma1_(options.gamma1),
      gamma2_(options.gamma2),
      epsilon_(options.epsilon),
      centered_(options.centered),
      clip_weights_(options.clip_weights) {
  check_decay("rmsprop", "gamma1", options.gamma1);
  check_decay("rmsprop", "gamma2", options.gamma2);
  check(options.epsilon >= 0, "[rmsprop] epsilon: expected at least 0, got ", options.epsilon);
}

State RMSProp::create_state(std::int64_t /*index*/, const NDArray& weight) const {
  return zero_state(weight, centered_ ? 3 : 1);
}

void RMSProp::update(std::int64_t index, const NDArray& weight, const NDArray& grad, State& state) {
  const Step step = next_step(index, weight, state, centered_ ? 3 : 1);
  const double bound = clip_weights_ > 0 ? clip_weights_ : -1;
  if (centered_) {
    nd::rmspropalex_update(weight, grad, state[0], state[1], state[2],
                           {.lr = step.lr,
                            .gamma1 = gamma1_,
                            .gamma2 = gamma2_,
                            .epsilon = epsilon_,
                            .clip_weights = bound,
                            .wd = step.wd,
                            .rescale_grad = rescale_grad(),
                            .clip_gradient = clip_bound()});
  } else {
    nd::rmsprop_update(weight, grad, state[0],
                       {.lr = step.lr,
                        .gamma1 = gamma1_,
                        .epsilon = epsilon_,
                        .clip_weights = bound,
                        .wd = step.wd,
                        .rescale_grad = rescale_grad(),
                        .clip_gradient = clip_bound()});
  }
}

[[maybe_unused]] static const bool registered = registers<RMSProp>("rmsprop", own_options());

}  // namespace gluino::optimizer
