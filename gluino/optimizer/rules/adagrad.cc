#include <gluino/base/error.h>
#include <gluino/ops/updates/update_rules.h>
#include <gluino/optimizer/core/options.h>
#include <gluino/optimizer/rules/adagrad.h>

namespace gluino::optimizer {
namespace {

Fields<AdaGradOptions> own_options() {
  return {{"eps", &AdaGradOptions::eps}, {"epsilon", &AdaGradOptions::epsilon}};
}

}  // namespace

AdaGrad::AdaGrad(const AdaGradOptions& options)
    : Optimizer(common("adagrad", options, own_options())),
      eps_(options.eps),
      epsilon_(options.epsilon) {
  check(options.eps >= 0, "[adagrad] eps: expected at least 0, got ", options.eps);
  const double epsilon = options.epsilon.value_or(0);
  check(epsilon >= 0, "[adagrad] epsilon: expected at least 0, got ", epsilon);
}

State AdaGrad::create_state(std::int64_t /*index*/, const NDArray& weight) const {
  return zero_state(weight, 1);
}

void AdaGrad::update(std::int64_t index, const NDArray& weight, const NDArray& grad, State& state) {
  const Step step = next_step(index, weight, state, 1);
  nd::adagrad_update(weight, grad, state[0],
                     {.lr = step.lr,
                      .epsilon = eps_,
                      .wd = step.wd,
                      .rescale_grad = rescale_grad(),
                      .clip_gradient = clip_bound(),
                      .beside_root = epsilon_.value_or(-1)});
}

[[maybe_unused]] static const bool registered = registers<AdaGrad>("adagrad", own_options());

}  // namespace gluino::optimizer
