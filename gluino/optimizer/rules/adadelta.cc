#include <gluino/base/error.h>
#include <gluino/ops/updates/update_rules.h>
#include <gluino/optimizer/core/options.h>
#include <gluino/optimizer/rules/adadelta.h>

namespace gluino::optimizer {
namespace {

Fields<AdaDeltaOptions> own_options() {
  return {{"rho", &AdaDeltaOptions::rho}, {"epsilon", &AdaDeltaOptions::epsilon}};
}

}  // namespace

AdaDelta::AdaDelta(const AdaDeltaOptions& options)
    : Optimizer(common("adadelta", options, own_options())),
      rho_(options.rho),
      epsilon_(options.epsilon) {
  check_decay("adadelta", "rho", options.rho);
  check(options.epsilon >= 0, "[adadelta] epsilon: expected at least 0, got ", options.epsilon);
}

State AdaDelta::create_state(std::int64_t /*index*/, const NDArray& weight) const {
  return zero_state(weight, 2);
}

void AdaDelta::update(std::int64_t index, const NDArray& weight, const NDArray& grad,
                      State& state) {
  const Step step = next_step(index, weight, state, 2);
  nd::adadelta_update(weight, grad, state[0], state[1],
                      {.rho = rho_,
                       .epsilon = epsilon_,
                       .wd = step.wd,
                       .rescale_grad = rescale_grad(),
                       .clip_gradient = clip_bound()});
}

[[maybe_unused]] static const bool registered = registers<AdaDelta>("adadelta", own_options());

}  // namespace gluino::optimizer
