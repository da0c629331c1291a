#pragma once

#include <gluino/optimizer/core/optimizer.h>

namespace gluino::optimizer {

/// See CommonOptions for those not described here.
struct FtrlOptions {
  std::optional<double> learning_rate{};
  /// Strength of the L1 term, which leaves weights at 0.
  double lamda1 = 0.01;
  double beta = 1;
  double wd = 0;
  double rescale_grad = 1;
  double clip_gradient = 0;
  std::shared_ptr<LRScheduler> lr_scheduler{};
  std::int64_t begin_num_update = 0;
};

/// Follow the regularised leader (McMahan et al., 2013), for sparse models.
class GLUINO_API Ftrl : public Optimizer {
 public:
  /// Throws Error when lamda1 is below 0.
  explicit Ftrl(const FtrlOptions& options = {});

  State create_state(std::int64_t index, const NDArray& weight) const override;
  void update(std::int64_t index, const NDArray& weight, const NDArray& grad,
              State& state) override;

 private:
  double lamda1_;
  double beta_;
};

}  // namespace gluino::optimizer
