#pragma once

#include <gluino/optimizer/core/optimizer.h>

#include <vector>

namespace gluino::optimizer {

/// See CommonOptions for those not described here.
struct NadamOptions {
  std::optional<double> learning_rate{};
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  /// How fast the momentum comes near to beta1.
  double schedule_decay = 0.004;
  double wd = 0;
  double rescale_grad = 1;
  double clip_gradient = 0;
  std::shared_ptr<LRScheduler> lr_scheduler{};
  std::int64_t begin_num_update = 0;
};

/// Adam with Nesterov's momentum, which grows as training goes on (Dozat, 2016). With
/// h = clip(rescale_grad * grad + wd * w) and m(t) = beta1 * (1 - 0.96^(t * schedule_decay) / 2):
/// mean = beta1 * mean + (1 - beta1) * h; var = beta2 * var + (1 - beta2) * h^2;
/// w -= lr * ((1 - m(t)) * h / (1 - p) + m(t + 1) * mean / (1 - p * m(t + 1))) /
/// (sqrt(var / (1 - beta2^t)) + epsilon), where t counts the weight's updates. p is the product of
/// the m(t) of all updates at the weight's place: of all weights, as in MXNet.
class GLUINO_API Nadam : public Optimizer {
 public:
  /// Throws Error when a beta is not in [0, 1), or epsilon or schedule_decay is below 0.
  explicit Nadam(const NadamOptions& options = {});

  State create_state(std::int64_t index, const NDArray& weight) const override;
  void update(std::int64_t index, const NDArray& weight, const NDArray& grad,
              State& state) override;

 private:
  double momentum(std::int64_t t) const;
  double product(std::int64_t updates);
  /// p, from the counts alone, so that it need not be saved.
  double product_of_all(const Context& context);

  double beta1_;
  double beta2_;
  double epsilon_;
  double schedule_decay_;
  std::int64_t begin_;
  /// m(1), m(1) * m(2), ...: a weight's part of p by its number of updates.
  std::vector<double> products_;
};

}  // namespace gluino::optimizer
