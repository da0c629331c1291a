#include <gluino/base/error.h>
#include <gluino/ops/updates/update_rules.h>
#include <gluino/optimizer/core/options.h>
#include <gluino/optimizer/rules/ftml.h>

namespace gluino::optimizer {

FTML::FTML(const FTMLOptions& options)
    : Optimizer(common(options)),
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

[[maybe_unused]] static const bool registered = [] {
  register_optimizer("ftml", [](const OptionMap& given) {
    auto setters = common_setters<FTMLOptions>();
    setters["beta1"] = [](FTMLOptions& o, double value) { o.beta1 = value; };
    setters["beta2"] = [](FTMLOptions& o, double value) { o.beta2 = value; };
    setters["epsilon"] = [](FTMLOptions& o, double value) { o.epsilon = value; };
    return std::make_shared<FTML>(read_options("ftml", given, setters));
  });
  return true;
}();

}  // namespace gluino::optimizer
