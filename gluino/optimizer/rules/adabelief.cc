#include <gluino/base/error.h>
#include <gluino/ops/updates/update_adamw.h>
#include <gluino/optimizer/core/options.h>
#include <gluino/optimizer/rules/adabelief.h>

#include <cmath>

namespace gluino::optimizer {
namespace {

Fields<AdaBeliefOptions> own_options() {
  return {{"beta1", &AdaBeliefOptions::beta1},
          {"beta2", &AdaBeliefOptions::beta2},
          {"epsilon", &AdaBeliefOptions::epsilon},
          {"correct_bias", &AdaBeliefOptions::correct_bias}};
}

}  // namespace

AdaBelief::AdaBelief(const AdaBeliefOptions& options)
    : Optimizer(common("adabelief", options, own_options()), 0.001),
      beta1_(options.beta1),
      beta2_(options.beta2),
      epsilon_(options.epsilon),
      correct_bias_(options.correct_bias) {
  check_decay("adabelief", "beta1", beta1_);
  check_decay("adabelief", "beta2", beta2_);
  check(epsilon_ >= 0, "[adabelief] epsilon: expected at least 0, got ", epsilon_);
}

State AdaBelief::create_state(std::int64_t /*index*/, const NDArray& weight) const {
  return zero_state(weight, 2);
}

void AdaBelief::update(std::int64_t index, const NDArray& weight, const NDArray& grad,
                       State& state) {
  const Step step = next_step(index, weight, state, 2);
  const auto t = static_cast<double>(step.count);
  const double correction =
      correct_bias_ ? std::sqrt(1 - std::pow(beta2_, t)) / (1 - std::pow(beta1_, t)) : 1;
  // An array, because a training in half precision finds its factor on the way.
  const NDArray factor = nd::full({1}, rescale_grad(),
                                  weight.dtype() == float64 ? float64 : float32, weight.context());
  nd::adabelief_update(weight, grad, state[0], state[1], factor,
                       {.lr = step.lr * correction,
                        .beta1 = beta1_,
                        .beta2 = beta2_,
                        .epsilon = epsilon_,
                        .wd = step.wd,
                        .clip_gradient = clip_bound()});
}

[[maybe_unused]] static const bool registered = registers<AdaBelief>("adabelief", own_options());

}  // namespace gluino::optimizer
