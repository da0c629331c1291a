#include <gluino/base/error.h>
#include <gluino/ops/updates/update.h>
#include <gluino/optimizer/core/array_steps.h>
#include <gluino/optimizer/core/options.h>
#include <gluino/optimizer/rules/lars.h>

#include <cmath>

namespace gluino::optimizer {
namespace {

Fields<LARSOptions> own_options() {
  return {{"momentum", &LARSOptions::momentum},
          {"eta", &LARSOptions::eta},
          {"eps", &LARSOptions::eps},
          {"momentum_correction", &LARSOptions::momentum_correction}};
}

}  // namespace

LARS::LARS(const LARSOptions& options)
    : Optimizer(common("lars", options, own_options())), options_(options) {
  check(std::isfinite(options.momentum) && options.momentum >= 0,
        "[lars] momentum: expected at least 0, got ", options.momentum);
  check(options.eta >= 0, "[lars] eta: expected at least 0, got ", options.eta);
  check(options.eps >= 0, "[lars] eps: expected at least 0, got ", options.eps);
}

// The momentum, and the rate of the update before; 0 before the first.
State LARS::create_state(std::int64_t /*index*/, const NDArray& weight) const {
  State state = zero_state(weight, options_.momentum == 0 ? 0 : 1);
  if (corrects()) state.push_back(nd::zeros({1}, float64, weight.context()));
  return state;
}

double LARS::factor(std::int64_t index, const NDArray& weight, const NDArray& grad,
                    double wd) const {
  const std::string* name = name_of(index);
  if (name != nullptr) {
    for (const char* end : {"gamma", "beta", "bias"}) {
      if (name->ends_with(end)) return 1;
    }
  }
  const auto of_weight = norm_of(weight).asscalar<double>();
  const double of_grad = norm_of(grad).asscalar<double>() * std::abs(rescale_grad());
  if (of_weight <= 0 || of_grad <= 0) return 1;
  return options_.eta * of_weight / (of_grad + wd * of_weight + options_.eps);
}

void LARS::update(std::int64_t index, const NDArray& weight, const NDArray& grad, State& state) {
  const Step step = next_step(index, weight, state, num_states());
  check_not_recorded("lars");
  const double lr = step.lr * factor(index, weight, grad, step.wd);
  if (options_.momentum == 0) {
    nd::sgd_update(
        weight, grad,
        {.lr = lr, .wd = step.wd, .rescale_grad = rescale_grad(), .clip_gradient = clip_bound()});
    return;
  }
  const double rate = learning_rate();
  const double before = corrects() ? state[1].asscalar<double>() : 0;
  nd::sgd_mom_update(weight, grad, state[0],
                     {.lr = lr,
                      .momentum = options_.momentum * (before != 0 ? rate / before : 1),
                      .wd = step.wd,
                      .rescale_grad = rescale_grad(),
                      .clip_gradient = clip_bound()});
  if (corrects()) state[1].assign(rate);
}

[[maybe_unused]] static const bool registered = registers<LARS>("lars", own_options());

}  // namespace gluino::optimizer
