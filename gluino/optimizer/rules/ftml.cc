#include <gluino/base/error.h>
#include <gluino/ops/updates/update_rules.h>
#include <gluino/optimizer/core/options.h>
#include <gluino/optimizer/rules/ftml.h>

namespace gluino::optimizer {
namespace {

Fields<FTMLOptions> own_options() {
  return {{"beta1", &FTMLOptions::beta1},
          {"beta2", &FTMLOptions::beta2},
          {"epsilon", &FTMLOptions::epsilon}};
}

}  // namespace

FTML::FTML(const FTMLOptions& options)
    : Optimizer(common("ftml", options, own_options())),
      beta1_(options.beta1),
      beta2_(options.beta2),
      epsilon_(options.epsilon) {
  check_decay("ftml", "beta1", beta1_);
  check_decay("ftml", "beta2", beta2_);
  check(epsilon_ >= 0, "[ftml] epsilon: expected at least 0, got ", epsilon_);
}

State FTML::create_state(std::int64_t /*index*/, const NDArray& weight) const {
  return zero_state(weight, 3);
}

void FTML::update(std::int64_t index, const NDArray& weight, const NDArray& grad, State& state) {
  const Step step = next_step(index, weight, state, 3);
  nd::ftml_update(weight, grad, state[0], state[1], state[2],
                  {.lr = step.lr,
                   .beta1 = beta1_,
                   .beta2 = beta2_,
                   .epsilon = epsilon_,
                   .t = step.count,
                   .wd = step.wd,
                   .rescale_grad = rescale_grad(),
                   .clip_grad = clip_bound()});
}

[[maybe_unused]] static const bool registered = registers<FTML>("ftml", own_options());

}  // namespace gluino::optimizer
