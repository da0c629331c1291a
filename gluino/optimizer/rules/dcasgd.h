#pragma once

#include <gluino/optimizer/core/optimizer.h>

namespace gluino::optimizer {

/// See CommonOptions for those not described here.
struct DCASGDOptions {
  std::optional<double> learning_rate{};
  double momentum = 0;
  /// How strongly is corrected.
  double lamda = 0.04;
  double wd = 0;
  double rescale_grad = 1;
  double clip_gradient = 0;
  std::shared_ptr<LRScheduler> lr_scheduler{};
  std::int64_t begin_num_update = 0;
};

/// SGD for gradients that come late, corrected by how far the weight has gone since (Zheng et al.,
/// 2017). With h = clip(rescale_grad * grad):
/// mom = momentum * mom - lr * (h + wd * w + lamda * h^2 * (w - the weight before)); w += mom.
class GLUINO_API DCASGD : public Optimizer {
 public:
  /// Throws Error when momentum is below 0.
  explicit DCASGD(const DCASGDOptions& options = {});

  State create_state(std::int64_t index, const NDArray& weight) const override;
  void update(std::int64_t index, const NDArray& weight, const NDArray& grad,
              State& state) override;

 private:
  double momentum_;
  double lamda_;
};

}  // namespace gluino::optimizer
