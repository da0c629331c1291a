#pragma once

#include <gluino/optimizer/core/optimizer.h>

namespace gluino::optimizer {

/// See CommonOptions for those not described here.
struct FTMLOptions {
  std::optional<double> learning_rate{};
  double beta1 = 0.6;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double wd = 0;
  double rescale_grad = 1;
  double clip_gradient = 0;
  std::shared_ptr<LRScheduler> lr_scheduler{};
  std::int64_t begin_num_update = 0;
};

/// Follow the moving leader (Zheng and Kwok, 2017); FtmlUpdateOptions has the formulas. A rate of 0
/// is refused.
class GLUINO_API FTML : public Optimizer {
 public:
  /// Throws Error when a beta is not in [0, 1) or epsilon is below 0.
  explicit FTML(const FTMLOptions& options = {});

  State create_state(std::int64_t index, const NDArray& weight) const override;
  void update(std::int64_t index, const NDArray& weight, const NDArray& grad,
              State& state) override;

 private:
  double beta1_;
  double beta2_;
  double epsilon_;
};

}  // namespace gluino::optimizer
