#include <gluino/base/error.h>
#include <gluino/ops/updates/update_lamb.h>
#include <gluino/optimizer/core/array_steps.h>
#include <gluino/optimizer/core/options.h>
#include <gluino/optimizer/rules/lamb.h>

namespace gluino::optimizer {
namespace {

Fields<LAMBOptions> own_options() {
  return {{"beta1", &LAMBOptions::beta1},
          {"beta2", &LAMBOptions::beta2},
          {"epsilon", &LAMBOptions::epsilon},
          {"lower_bound", &LAMBOptions::lower_bound},
          {"upper_bound", &LAMBOptions::upper_bound},
          {"bias_correction", &LAMBOptions::bias_correction}};
}

}  // namespace

LAMB::LAMB(const LAMBOptions& options)
    : Optimizer(common("lamb", options, own_options()), 0.001), options_(options) {
  check_decay("lamb", "beta1", options.beta1);
  check_decay("lamb", "beta2", options.beta2);
  check(options.epsilon >= 0, "[lamb] epsilon: expected at least 0, got ", options.epsilon);
  check(options.lower_bound >= 0, "[lamb] lower_bound: expected at least 0, got ",
        options.lower_bound);
  check(options.upper_bound >= 0, "[lamb] upper_bound: expected at least 0, got ",
        options.upper_bound);
}

State LAMB::create_state(std::int64_t /*index*/, const NDArray& weight) const {
  return zero_state(weight, 2);
}

void LAMB::update(std::int64_t index, const NDArray& weight, const NDArray& grad, State& state) {
  const Step step = next_step(index, weight, state, 2);
  check_not_recorded("lamb");
  const NDArray direction = nd::lamb_update_phase1(weight, grad, state[0], state[1],
                                                   {.beta1 = options_.beta1,
                                                    .beta2 = options_.beta2,
                                                    .epsilon = options_.epsilon,
                                                    .t = step.count,
                                                    .bias_correction = options_.bias_correction,
                                                    .wd = step.wd,
                                                    .rescale_grad = rescale_grad(),
                                                    .clip_gradient = clip_bound()});
  nd::lamb_update_phase2(weight, direction, norm_of(weight), norm_of(direction),
                         {.lr = step.lr,
                          .lower_bound = options_.lower_bound > 0 ? options_.lower_bound : -1,
                          .upper_bound = options_.upper_bound > 0 ? options_.upper_bound : -1});
}

[[maybe_unused]] static const bool registered = registers<LAMB>("lamb", own_options());

}  // namespace gluino::optimizer
