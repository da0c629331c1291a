#include <gluino/base/error.h>
#include <gluino/ops/updates/update.h>
#include <gluino/optimizer/core/options.h>
#include <gluino/optimizer/rules/adam.h>

#include <cmath>

namespace gluino::optimizer {
namespace {

Fields<AdamOptions> own_options() {
  return {{"beta1", &AdamOptions::beta1},
          {"beta2", &AdamOptions::beta2},
          {"epsilon", &AdamOptions::epsilon}};
}

}  // namespace

Adam::Adam(const AdamOptions& options)
    : Optimizer(common("adam", options, own_options()), 0.001),
      beta1_(options.beta1),
      beta2_(options.beta2),
      epsilon_(options.epsilon) {
  check_decay("adam", "beta1", beta1_);
  check_decay("adam", "beta2", beta2_);
  check(epsilon_ >= 0, "[adam] epsilon: expected at least 0, got ", epsilon_);
}

State Adam::create_state(std::int64_t /*index*/, const NDArray& weight) const {
  return zero_state(weight, 2);
}

void Adam::update(std::int64_t index, const NDArray& weight, const NDArray& grad, State& state) {
  const Step step = next_step(index, weight, state, 2);
  const auto t = static_cast<double>(step.count);
  const double correction = std::sqrt(1 - std::pow(beta2_, t)) / (1 - std::pow(beta1_, t));
  nd::adam_update(weight, grad, state[0], state[1],
                  {.lr = step.lr * correction,
                   .beta1 = beta1_,
                   .beta2 = beta2_,
                   .epsilon = epsilon_,
                   .wd = step.wd,
                   .rescale_grad = rescale_grad(),
                   .clip_gradient = clip_bound()});
}

[[maybe_unused]] static const bool registered = registers<Adam>("adam", own_options());

}  // namespace gluino::optimizer
