#include <gluino/ops/updates/update_rules.h>
#include <gluino/optimizer/core/options.h>
#include <gluino/optimizer/rules/adamax.h>

#include <cmath>

namespace gluino::optimizer {
namespace {

Fields<AdamaxOptions> own_options() {
  return {{"beta1", &AdamaxOptions::beta1},
          {"beta2", &AdamaxOptions::beta2},
          {"epsilon", &AdamaxOptions::epsilon}};
}

}  // namespace

Adamax::Adamax(const AdamaxOptions& options)
    : Optimizer(common("adamax", options, own_options()), 0.002),
      beta1_(options.beta1),
      beta2_(options.beta2),
      epsilon_(options.epsilon) {
  check_decay("adamax", "beta1", options.beta1);
  check_decay("adamax", "beta2", options.beta2);
  const double epsilon = options.epsilon.value_or(0);
  check(epsilon >= 0, "[adamax] epsilon: expected at least 0, got ", epsilon);
}

State Adamax::create_state(std::int64_t /*index*/, const NDArray& weight) const {
  return zero_state(weight, 2);
}

void Adamax::update(std::int64_t index, const NDArray& weight, const NDArray& grad, State& state) {
  const Step step = next_step(index, weight, state, 2);
  const double correction = 1 - std::pow(beta1_, static_cast<double>(step.count));
  nd::adamax_update(weight, grad, state[0], state[1],
                    {.lr = step.lr / correction,
                     .beta1 = beta1_,
                     .beta2 = beta2_,
                     .wd = step.wd,
                     .rescale_grad = rescale_grad(),
                     .clip_gradient = clip_bound(),
                     .epsilon = epsilon_.value_or(-1)});
}

[[maybe_unused]] static const bool registered = registers<Adamax>("adamax", own_options());

}  // namespace gluino::optimizer
