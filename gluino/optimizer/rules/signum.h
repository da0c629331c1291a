#pragma once

#include <gluino/optimizer/core/optimizer.h>

namespace gluino::optimizer {

/// See CommonOptions for those not described here.
struct SignumOptions {
  std::optional<double> learning_rate{};
  double momentum = 0.9;
  /// Decay of the weight itself, besides wd, which is added to the gradient.
  double wd_lh = 0;
  double wd = 0;
  double rescale_grad = 1;
  double clip_gradient = 0;
  std::shared_ptr<LRScheduler> lr_scheduler{};
  std::int64_t begin_num_update = 0;
};

/// Steps of one size, by the sign of the gradient's running mean (Bernstein et al., 2018); without
/// momentum by that of the gradient.
class GLUINO_API Signum : public Optimizer {
 public:
  /// Throws Error when momentum is not in [0, 1).
  explicit Signum(const SignumOptions& options = {});

  State create_state(std::int64_t index, const NDArray& weight) const override;
  void update(std::int64_t index, const NDArray& weight, const NDArray& grad,
              State& state) override;

 private:
  double momentum_;
  double wd_lh_;
};

}  // namespace gluino::optimizer
