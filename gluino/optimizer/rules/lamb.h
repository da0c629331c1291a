#pragma once

#include <gluino/optimizer/core/optimizer.h>

namespace gluino::optimizer {

/// See CommonOptions for those not described here.
struct LAMBOptions {
  std::optional<double> learning_rate{};
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-6;
  /// Bounds of the weight's size in the length of the step; 0: none.
  double lower_bound = 0;
  double upper_bound = 0;
  /// Corrects mean and variance in the first steps.
  bool bias_correction = true;
  double wd = 0;
  double rescale_grad = 1;
  double clip_gradient = 0;
  std::shared_ptr<LRScheduler> lr_scheduler{};
  std::int64_t begin_num_update = 0;
};

/// See CommonOptions for those not described here.
struct LANSOptions {
  std::optional<double> learning_rate{};
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-6;
  /// Bounds of the weight's size in the length of the step; 0: none.
  double lower_bound = 0;
  double upper_bound = 0;
  double wd = 0;
  double rescale_grad = 1;
  double clip_gradient = 0;
  std::shared_ptr<LRScheduler> lr_scheduler{};
  std::int64_t begin_num_update = 0;
};

/// Adam's step, made as long as the weight is (You et al., 2020); LambDirectionOptions and
/// LambStepOptions have the formulas.
class GLUINO_API LAMB : public Optimizer {
 public:
  /// Throws Error when a beta is not in [0, 1), or epsilon or a bound is below 0.
  explicit LAMB(const LAMBOptions& options = {});

  State create_state(std::int64_t index, const NDArray& weight) const override;
  void update(std::int64_t index, const NDArray& weight, const NDArray& grad,
              State& state) override;

 private:
  LAMBOptions options_;
};

/// LAMB of gradients of size 1, with a part of the step along the gradient itself (Zheng et al.,
/// 2020), as in MXNet 2; LambUpdateOptions has the formulas.
class GLUINO_API LANS : public Optimizer {
 public:
  /// Throws Error when a beta is not in [0, 1), or epsilon or a bound is below 0.
  explicit LANS(const LANSOptions& options = {});

  State create_state(std::int64_t index, const NDArray& weight) const override;
  void update(std::int64_t index, const NDArray& weight, const NDArray& grad,
              State& state) override;

 private:
  LANSOptions options_;
};

}  // namespace gluino::optimizer
