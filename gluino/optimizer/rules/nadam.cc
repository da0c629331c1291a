#include <gluino/base/error.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/unary.h>
#include <gluino/optimizer/core/array_steps.h>
#include <gluino/optimizer/core/options.h>
#include <gluino/optimizer/rules/nadam.h>

#include <cmath>
#include <limits>

namespace gluino::optimizer {
namespace {

Fields<NadamOptions> own_options() {
  return {{"beta1", &NadamOptions::beta1},
          {"beta2", &NadamOptions::beta2},
          {"epsilon", &NadamOptions::epsilon},
          {"schedule_decay", &NadamOptions::schedule_decay}};
}

// 1 minus a factor below it is 1.
constexpr double kNothing = 1e-20;

}  // namespace

Nadam::Nadam(const NadamOptions& options)
    : Optimizer(common("nadam", options, own_options()), 0.001),
      beta1_(options.beta1),
      beta2_(options.beta2),
      epsilon_(options.epsilon),
      schedule_decay_(options.schedule_decay),
      begin_(options.begin_num_update) {
  check_decay("nadam", "beta1", beta1_);
  check_decay("nadam", "beta2", beta2_);
  check(epsilon_ >= 0, "[nadam] epsilon: expected at least 0, got ", epsilon_);
  check(schedule_decay_ >= 0, "[nadam] schedule_decay: expected at least 0, got ", schedule_decay_);
}

State Nadam::create_state(std::int64_t /*index*/, const NDArray& weight) const {
  return zero_state(weight, 2);
}

double Nadam::momentum(std::int64_t t) const {
  return beta1_ * (1 - 0.5 * std::pow(0.96, static_cast<double>(t) * schedule_decay_));
}

double Nadam::product(std::int64_t updates) {
  double last = products_.empty() ? 1 : products_.back();
  while (std::ssize(products_) < updates && last > kNothing) {
    last *= momentum(begin_ + std::ssize(products_) + 1);
    products_.push_back(last);
  }
  if (updates > std::ssize(products_)) return 0;
  return updates <= 0 ? 1 : products_[static_cast<std::size_t>(updates - 1)];
}

double Nadam::product_of_all(const Context& context) {
  double all = 1;
  const UpdateCounts& counts = update_counts();
  auto each = counts.lower_bound({context.id, std::numeric_limits<std::int64_t>::min()});
  for (; each != counts.end() && each->first.first == context.id && all > kNothing; ++each) {
    all *= product(each->second - begin_);
  }
  return all;
}

void Nadam::update(std::int64_t index, const NDArray& weight, const NDArray& grad, State& state) {
  const Step step = next_step(index, weight, state, 2);
  check_not_recorded("nadam");
  const NDArray& mean = state[0];
  const NDArray& var = state[1];
  const NDArray head = clipped(*this, grad, weight * step.wd);
  mean.assign(mean * beta1_ + head * (1 - beta1_));
  var.assign(var * beta2_ + ops::square(head) * (1 - beta2_));
  const double now = momentum(step.count);
  const double next = momentum(step.count + 1);
  const double all = product_of_all(weight.context());
  const NDArray ahead = head * ((1 - now) / (1 - all)) + mean * (next / (1 - all * next));
  const double spread = 1 / (1 - std::pow(beta2_, static_cast<double>(step.count)));
  weight -= ahead * step.lr / (ops::sqrt(var * spread) + epsilon_);
}

[[maybe_unused]] static const bool registered = registers<Nadam>("nadam", own_options());

}  // namespace gluino::optimizer
