#pragma once

#include <gluino/optimizer/core/optimizer.h>

namespace gluino::optimizer {

/// See CommonOptions for those not described here.
struct RMSPropOptions {
  std::optional<double> learning_rate{};
  /// Decay of the running means.
  double gamma1 = 0.9;
  /// Of the centered form: how much of the last step stays.
  double gamma2 = 0.9;
  double epsilon = 1e-8;
  /// Divides by the deviation of the gradient instead of its root mean square.
  bool centered = false;
  /// Bounds each weight to [-c, c]; 0: no bound.
  double clip_weights = 0;
  double wd = 0;
  double rescale_grad = 1;
  double clip_gradient = 0;
  std::shared_ptr<LRScheduler> lr_scheduler{};
  std::int64_t begin_num_update = 0;
};

/// Divides the gradient by the root of the running mean of its square (Tieleman and Hinton, 2012),
/// or by its running deviation (Graves, 2013); nd::rmsprop_update has the formulas.
class GLUINO_API RMSProp : public Optimizer {
 public:
  /// Throws Error when a gamma is not in [0, 1) or epsilon is below 0.
  explicit RMSProp(const RMSPropOptions& options = {});

  State create_state(std::int64_t index, const NDArray& weight) const override;
  void update(std::int64_t index, const NDArray& weight, const NDArray& grad,
              State& state) override;

 private:
  double gamma1_;
  double gamma2_;
  double epsilon_;
  bool centered_;
  double clip_weights_;
};

}  // namespace gluino::optimizer
