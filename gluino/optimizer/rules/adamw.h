#pragma once

#include <gluino/optimizer/core/optimizer.h>

namespace gluino::optimizer {

/// See CommonOptions for those not described here.
struct AdamWOptions {
  std::optional<double> learning_rate{};
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-6;
  /// Corrects the first steps as Adam does.
  bool correct_bias = true;
  double wd = 0;
  double rescale_grad = 1;
  double clip_gradient = 0;
  std::shared_ptr<LRScheduler> lr_scheduler{};
  std::int64_t begin_num_update = 0;
};

using AdaBeliefOptions = AdamWOptions;

/// Adam whose weight decay is no part of the gradient (Loshchilov and Hutter, 2019);
/// nd::adamw_update has the formulas.
class GLUINO_API AdamW : public Optimizer {
 public:
  /// Throws Error when a beta is not in [0, 1) or epsilon is below 0.
  explicit AdamW(const AdamWOptions& options = {});

  State create_state(std::int64_t index, const NDArray& weight) const override;
  void update(std::int64_t index, const NDArray& weight, const NDArray& grad,
              State& state) override;

 private:
  AdamWOptions options_;
};

/// Adam whose variance is of what the mean did not foresee (Zhuang et al., 2020), as in MXNet 2;
/// AdamWUpdateOptions has the formulas.
class GLUINO_API AdaBelief : public Optimizer {
 public:
  /// Throws Error when a beta is not in [0, 1) or epsilon is below 0.
  explicit AdaBelief(const AdaBeliefOptions& options = {});

  State create_state(std::int64_t index, const NDArray& weight) const override;
  void update(std::int64_t index, const NDArray& weight, const NDArray& grad,
              State& state) override;

 private:
  AdaBeliefOptions options_;
};

}  // namespace gluino::optimizer
