#pragma once

#include <gluino/optimizer/core/optimizer.h>

namespace gluino::optimizer {

/// See CommonOptions for those not described here.
struct GroupAdaGradOptions {
  std::optional<double> learning_rate{};
  /// Added to the sum of squares.
  double eps = 1e-5;
  double wd = 0;
  double rescale_grad = 1;
  double clip_gradient = 0;
  std::shared_ptr<LRScheduler> lr_scheduler{};
  std::int64_t begin_num_update = 0;
};

/// AdaGrad with one sum of squares for each row, as for the vectors of an embedding;
/// GroupAdagradUpdateOptions has the formula. It takes weights of two axes. Weight decay is
/// refused.
class GLUINO_API GroupAdaGrad : public Optimizer {
 public:
  /// Throws Error when eps is below 0.
  explicit GroupAdaGrad(const GroupAdaGradOptions& options = {});

  State create_state(std::int64_t index, const NDArray& weight) const override;
  void update(std::int64_t index, const NDArray& weight, const NDArray& grad,
              State& state) override;

 private:
  double eps_;
};

}  // namespace gluino::optimizer
