#include <gluino/base/error.h>
#include <gluino/ops/updates/update_rules.h>
#include <gluino/optimizer/core/options.h>
#include <gluino/optimizer/rules/rmsprop.h>

namespace gluino::optimizer {

RMSProp::RMSProp(const RMSPropOptions& options)
    : Optimizer(common(options), 0.001),
      gamma1_(options.gamma1),
      gamma2_(options.gamma2),
      epsilon_(options.epsilon),
      centered_(options.centered),
      clip_weights_(options.clip_weights) {
  check_decay("rmsprop", "gamma1", options.gamma1);
  check_decay("rmsprop", "gamma2", options.gamma2);
  check(options.epsilon >= 0, "[rmsprop] epsilon: expected at least 0, got ", options.epsilon);
}

State RMSProp::create_state(std::int64_t /*index*/, const NDArray& weight) const {
  return zero_state(weight, centered_ ? 3 : 1);
}

void RMSProp::update(std::int64_t index, const NDArray& weight, const NDArray& grad, State& state) {
  const Step step = next_step(index, weight, state, centered_ ? 3 : 1);
  const double bound = clip_weights_ > 0 ? clip_weights_ : -1;
  if (centered_) {
    nd::rmspropalex_update(weight, grad, state[0], state[1], state[2],
                           {.lr = step.lr,
                            .gamma1 = gamma1_,
                            .gamma2 = gamma2_,
                            .epsilon = epsilon_,
                            .clip_weights = bound,
                            .wd = step.wd,
                            .rescale_grad = rescale_grad(),
                            .clip_gradient = clip_bound()});
  } else {
    nd::rmsprop_update(weight, grad, state[0],
                       {.lr = step.lr,
                        .gamma1 = gamma1_,
                        .epsilon = epsilon_,
                        .clip_weights = bound,
                        .wd = step.wd,
                        .rescale_grad = rescale_grad(),
                        .clip_gradient = clip_bound()});
  }
}

[[maybe_unused]] static const bool registered = [] {
  register_optimizer("rmsprop", [](const OptionMap& given) {
    auto setters = common_setters<RMSPropOptions>();
    setters["gamma1"] = [](RMSPropOptions& o, double value) { o.gamma1 = value; };
    setters["gamma2"] = [](RMSPropOptions& o, double value) { o.gamma2 = value; };
    setters["epsilon"] = [](RMSPropOptions& o, double value) { o.epsilon = value; };
    setters["centered"] = [](RMSPropOptions& o, double value) { o.centered = value != 0; };
    setters["clip_weights"] = [](RMSPropOptions& o, double value) { o.clip_weights = value; };
    return std::make_shared<RMSProp>(read_options("rmsprop", given, setters));
  });
  return true;
}();

}  // namespace gluino::optimizer
