#pragma once

#include <gluino/optimizer/core/optimizer.h>

namespace gluino::optimizer {

/// See CommonOptions for those not described here.
struct NAGOptions {
  std::optional<double> learning_rate{};
  double momentum = 0;
  double wd = 0;
  double rescale_grad = 1;
  double clip_gradient = 0;
  std::shared_ptr<LRScheduler> lr_scheduler{};
  std::int64_t begin_num_update = 0;
};

/// Stochastic gradient descent with Nesterov's momentum; nd::nag_mom_update has the formulas.
/// Without momentum as SGD.
class GLUINO_API NAG : public Optimizer {
 public:
  /// Throws Error when momentum is below 0.
  explicit NAG(const NAGOptions& options = {});

  State create_state(std::int64_t index, const NDArray& weight) const override;
  void update(std::int64_t index, const NDArray& weight, const NDArray& grad,
              State& state) override;

 private:
  double momentum_;
};

}  // namespace gluino::optimizer
