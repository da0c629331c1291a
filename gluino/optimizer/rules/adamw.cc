#include <gluino/base/error.h>
#include <gluino/ops/updates/update_adamw.h>
#include <gluino/optimizer/core/options.h>
#include <gluino/optimizer/rules/adamw.h>

#include <cmath>

namespace gluino::optimizer {
namespace {

Fields<AdamWOptions> own_options() {
  return {{"beta1", &AdamWOptions::beta1},
          {"beta2", &AdamWOptions::beta2},
          {"epsilon", &AdamWOptions::epsilon},
          {"correct_bias", &AdamWOptions::correct_bias}};
}

}  // namespace

AdamW::AdamW(const AdamWOptions& options)
    : Optimizer(common("adamw", options, own_options()), 0.001),
      beta1_(options.beta1),
      beta2_(options.beta2),
      epsilon_(options.epsilon),
      correct_bias_(options.correct_bias) {
  check_decay("adamw", "beta1", beta1_);
  check_decay("adamw", "beta2", beta2_);
  check(epsilon_ >= 0, "[adamw] epsilon: expected at least 0, got ", epsilon_);
}

State AdamW::create_state(std::int64_t /*index*/, const NDArray& weight) const {
  return zero_state(weight, 2);
}

void AdamW::update(std::int64_t index, const NDArray& weight, const NDArray& grad, State& state) {
  const Step step = next_step(index, weight, state, 2);
  const auto t = static_cast<double>(step.count);
  const double correction =
      correct_bias_ ? std::sqrt(1 - std::pow(beta2_, t)) / (1 - std::pow(beta1_, t)) : 1;
  // An array, because a training in half precision finds its factor on the way.
  const NDArray factor = nd::full({1}, rescale_grad(),
                                  weight.dtype() == float64 ? float64 : float32, weight.context());
  nd::adamw_update(weight, grad, state[0], state[1], factor,
                   {.lr = step.lr * correction,
                    .beta1 = beta1_,
                    .beta2 = beta2_,
                    .epsilon = epsilon_,
                    .wd = step.lr * step.wd,
                    .clip_gradient = clip_bound()});
}

[[maybe_unused]] static const bool registered = registers<AdamW>("adamw", own_options());

}  // namespace gluino::optimizer
