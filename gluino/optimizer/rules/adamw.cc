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

void check_options(const char* name, const AdamWOptions& options) {
  check_decay(name, "beta1", options.beta1);
  check_decay(name, "beta2", options.beta2);
  check(options.epsilon >= 0, "[", name, "] epsilon: expected at least 0, got ", options.epsilon);
}

// What the rate is multiplied by in step `count`.
double correction(const AdamWOptions& options, std::int64_t count) {
  if (!options.correct_bias) return 1;
  const auto t = static_cast<double>(count);
  return std::sqrt(1 - std::pow(options.beta2, t)) / (1 - std::pow(options.beta1, t));
}

// An array, because a training in half precision finds its factor on the way.
NDArray factor(double rescale_grad, const NDArray& weight) {
  return nd::full({1}, rescale_grad, weight.dtype() == float64 ? float64 : float32,
                  weight.context());
}

}  // namespace

AdamW::AdamW(const AdamWOptions& options)
    : Optimizer(common("adamw", options, own_options()), 0.001), options_(options) {
  check_options("adamw", options);
}

State AdamW::create_state(std::int64_t /*index*/, const NDArray& weight) const {
  return zero_state(weight, 2);
}

void AdamW::update(std::int64_t index, const NDArray& weight, const NDArray& grad, State& state) {
  const Step step = next_step(index, weight, state, 2);
  nd::adamw_update(weight, grad, state[0], state[1], factor(rescale_grad(), weight),
                   {.lr = step.lr * correction(options_, step.count),
                    .beta1 = options_.beta1,
                    .beta2 = options_.beta2,
                    .epsilon = options_.epsilon,
                    .wd = step.lr * step.wd,
                    .clip_gradient = clip_bound()});
}

AdaBelief::AdaBelief(const AdaBeliefOptions& options)
    : Optimizer(common("adabelief", options, own_options()), 0.001), options_(options) {
  check_options("adabelief", options);
}

State AdaBelief::create_state(std::int64_t /*index*/, const NDArray& weight) const {
  return zero_state(weight, 2);
}

void AdaBelief::update(std::int64_t index, const NDArray& weight, const NDArray& grad,
                       State& state) {
  const Step step = next_step(index, weight, state, 2);
  nd::adabelief_update(weight, grad, state[0], state[1], factor(rescale_grad(), weight),
                       {.lr = step.lr * correction(options_, step.count),
                        .beta1 = options_.beta1,
                        .beta2 = options_.beta2,
                        .epsilon = options_.epsilon,
                        .wd = step.wd,
                        .clip_gradient = clip_bound()});
}

[[maybe_unused]] static const bool registered =
    registers<AdamW>("adamw", own_options()) && registers<AdaBelief>("adabelief", own_options());

}  // namespace gluino::optimizer
