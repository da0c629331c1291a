#include <gluino/base/error.h>
#include <gluino/ops/updates/update_rules.h>
#include <gluino/optimizer/core/options.h>
#include <gluino/optimizer/rules/ftrl.h>

namespace gluino::optimizer {
namespace {

Fields<FtrlOptions> own_options() {
  return {{"lamda1", &FtrlOptions::lamda1}, {"beta", &FtrlOptions::beta}};
}

}  // namespace

Ftrl::Ftrl(const FtrlOptions& options)
    : Optimizer(common("ftrl", options, own_options()), 0.1),
      lamda1_(options.lamda1),
      beta_(options.beta) {
  check(options.lamda1 >= 0, "[ftrl] lamda1: expected at least 0, got ", options.lamda1);
}

State Ftrl::create_state(std::int64_t /*index*/, const NDArray& weight) const {
  return zero_state(weight, 2);
}

void Ftrl::update(std::int64_t index, const NDArray& weight, const NDArray& grad, State& state) {
  const Step step = next_step(index, weight, state, 2);
  nd::ftrl_update(weight, grad, state[0], state[1],
                  {.lr = step.lr,
                   .lamda1 = lamda1_,
                   .beta = beta_,
                   .wd = step.wd,
                   .rescale_grad = rescale_grad(),
                   .clip_gradient = clip_bound()});
}

[[maybe_unused]] static const bool registered = registers<Ftrl>("ftrl", own_options());

}  // namespace gluino::optimizer
