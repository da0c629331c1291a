#pragma once

#include <gluino/optimizer/core/optimizer.h>

namespace gluino::optimizer {

/// See CommonOptions for those not described here.
struct AdamOptions {
  std::optional<double> learning_rate{};
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double wd = 0;
  double rescale_grad = 1;
  double clip_gradient = 0;
  std::shared_ptr<LRScheduler> lr_scheduler{};
  std::int64_t begin_num_update = 0;
};

/// Kingma and Ba, 2015, with the correction for the first steps in the rate:
/// lr * sqrt(1 - beta2^t) / (1 - beta1^t) at the weight's t-th update. Keeps the running means of
/// the gradient and of its square.
class GLUINO_API Adam : public Optimizer {
 public:
  /// Throws Error unless both betas are in [0, 1) and epsilon is at least 0.
  explicit Adam(const AdamOptions& options = {});

  State create_state(std::int64_t index, const NDArray& weight) const override;
  void update(std::int64_t index, const NDArray& weight, const NDArray& grad,
              State& state) override;

 private:
  double beta1_;
  double beta2_;
  double epsilon_;
};

}  // namespace gluino::optimizer
