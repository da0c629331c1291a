#include <gluino/base/error.h>
#include <gluino/ops/updates/update_lamb.h>
#include <gluino/optimizer/core/array_steps.h>
#include <gluino/optimizer/core/options.h>
#include <gluino/optimizer/rules/lamb.h>

namespace gluino::optimizer {
namespace {

template <class O>
Fields<O> own_options() {
  Fields<O> fields = {{"beta1", &O::beta1},
                      {"beta2", &O::beta2},
                      {"epsilon", &O::epsilon},
                      {"lower_bound", &O::lower_bound},
                      {"upper_bound", &O::upper_bound}};
  if constexpr (requires(O o) { o.bias_correction; }) {
    fields.insert({"bias_correction", &O::bias_correction});
  }
  return fields;
}

template <class O>
void check_options(const char* name, const O& options) {
  check_decay(name, "beta1", options.beta1);
  check_decay(name, "beta2", options.beta2);
  check(options.epsilon >= 0, "[", name, "] epsilon: expected at least 0, got ", options.epsilon);
  check(options.lower_bound >= 0, "[", name, "] lower_bound: expected at least 0, got ",
        options.lower_bound);
  check(options.upper_bound >= 0, "[", name, "] upper_bound: expected at least 0, got ",
        options.upper_bound);
}

// A bound of 0 is none, which the operators say by a number below it.
double bound_or_none(double bound) { return bound > 0 ? bound : -1; }

}  // namespace

LAMB::LAMB(const LAMBOptions& options)
    : Optimizer(common("lamb", options, own_options<LAMBOptions>()), 0.001), options_(options) {
  check_options("lamb", options);
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
                          .lower_bound = bound_or_none(options_.lower_bound),
                          .upper_bound = bound_or_none(options_.upper_bound)});
}

LANS::LANS(const LANSOptions& options)
    : Optimizer(common("lans", options, own_options<LANSOptions>()), 0.001), options_(options) {
  check_options("lans", options);
}

State LANS::create_state(std::int64_t /*index*/, const NDArray& weight) const {
  return zero_state(weight, 2);
}

void LANS::update(std::int64_t index, const NDArray& weight, const NDArray& grad, State& state) {
  const Step step = next_step(index, weight, state, 2);
  nd::lans_update(weight, grad, state[0], state[1],
                  {.direction = {.beta1 = options_.beta1,
                                 .beta2 = options_.beta2,
                                 .epsilon = options_.epsilon,
                                 .t = step.count,
                                 .wd = step.wd,
                                 .rescale_grad = rescale_grad(),
                                 .clip_gradient = clip_bound()},
                   .step = {.lr = step.lr,
                            .lower_bound = bound_or_none(options_.lower_bound),
                            .upper_bound = bound_or_none(options_.upper_bound)}});
}

[[maybe_unused]] static const bool registered =
    registers<LAMB>("lamb", own_options<LAMBOptions>()) &&
    registers<LANS>("lans", own_options<LANSOptions>());

}  // namespace gluino::optimizer
