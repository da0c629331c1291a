#pragma once

#include <gluino/optimizer/core/optimizer.h>

namespace gluino::optimizer {

/// See CommonOptions for those not described here.
struct TestOptions {
  std::optional<double> learning_rate{};
  double wd = 0;
  double rescale_grad = 1;
  double clip_gradient = 0;
  std::shared_ptr<LRScheduler> lr_scheduler{};
  std::int64_t begin_num_update = 0;
};

/// w += rescale_grad * grad, and the state becomes w: for tests of what calls optimizers. Nothing
/// follows from its other options.
class GLUINO_API Test : public Optimizer {
 public:
  explicit Test(const TestOptions& options = {});

  State create_state(std::int64_t index, const NDArray& weight) const override;
  void update(std::int64_t index, const NDArray& weight, const NDArray& grad,
              State& state) override;
};

}  // namespace gluino::optimizer
