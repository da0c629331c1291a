#pragma once

#include <gluino/optimizer/core/optimizer.h>

namespace gluino::optimizer {

/// See CommonOptions for those not described here.
struct SGDOptions {
  std::optional<double> learning_rate{};
  double momentum = 0;
  double wd = 0;
  double rescale_grad = 1;
  double clip_gradient = 0;
  std::shared_ptr<LRScheduler> lr_scheduler{};
  std::int64_t begin_num_update = 0;
};

/// Stochastic gradient descent: mom = momentum * mom - lr * (clip(rescale_grad * grad) + wd * w);
/// w += mom. Without momentum it keeps no state.
class GLUINO_API SGD : public Optimizer {
 public:
  /// Throws Error when momentum is below 0.
  explicit SGD(const SGDOptions& options = {});

  State create_state(std::int64_t index, const NDArray& weight) const override;
  void update(std::int64_t index, const NDArray& weight, const NDArray& grad,
              State& state) override;
  double momentum() const { return momentum_; }

 private:
  double momentum_;
};

}  // namespace gluino::optimizer
