#pragma once

#include <gluino/optimizer/core/optimizer.h>

namespace gluino::optimizer {

/// See CommonOptions for those not described here.
struct SGLDOptions {
  std::optional<double> learning_rate{};
  double wd = 0;
  double rescale_grad = 1;
  double clip_gradient = 0;
  std::shared_ptr<LRScheduler> lr_scheduler{};
  std::int64_t begin_num_update = 0;
};

/// Stochastic gradient Langevin dynamics (Welling and Teh, 2011): half a step against the gradient,
/// and normally distributed noise: w += noise - lr / 2 * (clip(rescale_grad * grad) + wd * w), with
/// noise of the variance lr. The noise is drawn from the library's generator (mx::random::seed). A
/// rate below 0 is refused.
class GLUINO_API SGLD : public Optimizer {
 public:
  explicit SGLD(const SGLDOptions& options = {});

  void update(std::int64_t index, const NDArray& weight, const NDArray& grad,
              State& state) override;
  bool draws() const override { return true; }
};

}  // namespace gluino::optimizer
