#include <gluino/base/error.h>
#include <gluino/ops/updates/update.h>
#include <gluino/optimizer/core/array_steps.h>
#include <gluino/optimizer/core/options.h>
#include <gluino/optimizer/rules/lbsgd.h>

#include <algorithm>
#include <cmath>

namespace gluino::optimizer {
namespace {

Fields<LBSGDOptions> own_options() {
  return {{"momentum", &LBSGDOptions::momentum},
          {"warmup_epochs", &LBSGDOptions::warmup_epochs},
          {"updates_per_epoch", &LBSGDOptions::updates_per_epoch},
          {"batch_scale", &LBSGDOptions::batch_scale},
          {"begin_epoch", &LBSGDOptions::begin_epoch},
          {"num_epochs", &LBSGDOptions::num_epochs},
          {"warmup_strategy", &LBSGDOptions::warmup_strategy}};
}

// Bounded as in MXNet.
double by_sizes(const NDArray& weight, const NDArray& grad, double wd) {
  const double of_weight = std::pow(norm_of(weight).asscalar<double>(), 2);
  const double of_grad = std::pow(norm_of(grad).asscalar<double>(), 2);
  return std::clamp(std::sqrt(of_weight / (of_grad + wd * of_weight + 1e-18)), 0.01, 100.0);
}

}  // namespace

LBSGD::LBSGD(const LBSGDOptions& options)
    : Optimizer(common("lbsgd", options, own_options())), options_(options) {
  check(std::isfinite(options.momentum) && options.momentum >= 0,
        "[lbsgd] momentum: expected at least 0, got ", options.momentum);
  const auto expect = [](const char* option, std::int64_t value, std::int64_t least) {
    check(value >= least && value < (std::int64_t{1} << 31), "[lbsgd] ", option,
          ": expected a number from ", least, " to 2^31 - 1, got ", value);
  };
  expect("batch_scale", options.batch_scale, 1);
  expect("warmup_epochs", options.warmup_epochs, 0);
  expect("updates_per_epoch", options.updates_per_epoch, 0);
  expect("begin_epoch", options.begin_epoch, 0);
}

std::size_t LBSGD::num_states() const {
  return (options_.momentum == 0 ? 0 : 1) + (options_.batch_scale == 1 ? 0 : 1);
}

// The momentum, and the sum of the gradients since the last step.
State LBSGD::create_state(std::int64_t /*index*/, const NDArray& weight) const {
  return zero_state(weight, static_cast<int>(num_states()));
}

double LBSGD::warmed_up(std::int64_t update) const {
  const std::int64_t rising = options_.warmup_epochs * options_.updates_per_epoch;
  const auto most = static_cast<double>(options_.batch_scale);
  if (update >= rising) return most;
  const double done = static_cast<double>(update) / static_cast<double>(rising);
  double part = 0;
  if (options_.warmup_strategy == "linear") part = done;
  if (options_.warmup_strategy == "power2") part = done * done;
  if (options_.warmup_strategy == "sqrt") part = std::sqrt(done);
  return 1 + (most - 1) * part;
}

void LBSGD::update(std::int64_t index, const NDArray& weight, const NDArray& grad, State& state) {
  const Step step = next_step(index, weight, state, num_states());
  check_not_recorded("lbsgd");
  const std::int64_t update =
      step.count - options_.begin_num_update + options_.begin_epoch * options_.updates_per_epoch;
  NDArray mean = grad;
  if (options_.batch_scale > 1) {
    state.back() += grad;
    if (update % options_.batch_scale != 0) return;
    mean = state.back() / static_cast<double>(options_.batch_scale);
    state.back().assign(0);
  }
  const double lr = step.lr * (options_.warmup_strategy == "lars" ? by_sizes(weight, mean, step.wd)
                                                                  : warmed_up(update));
  if (options_.momentum == 0) {
    nd::sgd_update(
        weight, mean,
        {.lr = lr, .wd = step.wd, .rescale_grad = rescale_grad(), .clip_gradient = clip_bound()});
  } else {
    nd::sgd_mom_update(weight, mean, state[0],
                       {.lr = lr,
                        .momentum = options_.momentum,
                        .wd = step.wd,
                        .rescale_grad = rescale_grad(),
                        .clip_gradient = clip_bound()});
  }
}

[[maybe_unused]] static const bool registered = registers<LBSGD>("lbsgd", own_options());

}  // namespace gluino::optimizer
