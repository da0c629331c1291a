#pragma once

#include <gluino/optimizer/core/optimizer.h>

namespace gluino::optimizer {

/// See CommonOptions for those not described here.
struct AdaGradOptions {
  std::optional<double> learning_rate{};
  /// Added to the sum of squares.
  double eps = 1e-7;
  /// Where given, as in MXNet 2: added to the root in place of eps, and the weight decay is a part
  /// of the gradient.
  std::optional<double> epsilon{};
  double wd = 0;
  double rescale_grad = 1;
  double clip_gradient = 0;
  std::shared_ptr<LRScheduler> lr_scheduler{};
  std::int64_t begin_num_update = 0;
};

/// Divides the gradient by the root of the sum of its squares so far (Duchi et al., 2011).
class GLUINO_API AdaGrad : public Optimizer {
 public:
  /// Throws Error when eps or epsilon is below 0.
  explicit AdaGrad(const AdaGradOptions& options = {});

  State create_state(std::int64_t index, const NDArray& weight) const override;
  void update(std::int64_t index, const NDArray& weight, const NDArray& grad,
              State& state) override;

 private:
  double eps_;
  std::optional<double> epsilon_;
};

}  // namespace gluino::optimizer
