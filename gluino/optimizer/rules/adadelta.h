#pragma once

#include <gluino/optimizer/core/optimizer.h>

namespace gluino::optimizer {

/// See CommonOptions for those not described here.
struct AdaDeltaOptions {
  std::optional<double> learning_rate{};
  /// Decay of the running means.
  double rho = 0.9;
  double epsilon = 1e-5;
  double wd = 0;
  double rescale_grad = 1;
  double clip_gradient = 0;
  std::shared_ptr<LRScheduler> lr_scheduler{};
  std::int64_t begin_num_update = 0;
};

/// Steps as large as the running mean of earlier ones, in proportion to the gradient (Zeiler,
/// 2012). The learning rate has no part in it, and the weight decay is not multiplied by one.
class GLUINO_API AdaDelta : public Optimizer {
 public:
  /// Throws Error when rho is not in [0, 1) or epsilon is below 0.
  explicit AdaDelta(const AdaDeltaOptions& options = {});

  State create_state(std::int64_t index, const NDArray& weight) const override;
  void update(std::int64_t index, const NDArray& weight, const NDArray& grad,
              State& state) override;

 private:
  double rho_;
  double epsilon_;
};

}  // namespace gluino::optimizer
