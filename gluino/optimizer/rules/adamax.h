#pragma once

#include <gluino/optimizer/core/optimizer.h>

namespace gluino::optimizer {

/// See CommonOptions for those not described here.
struct AdamaxOptions {
  std::optional<double> learning_rate{};
  double beta1 = 0.9;
  double beta2 = 0.999;
  /// Where given, as in MXNet 2: added to the largest magnitude, and the weight decay is no part of
  /// what is clipped.
  std::optional<double> epsilon{};
  double wd = 0;
  double rescale_grad = 1;
  double clip_gradient = 0;
  std::shared_ptr<LRScheduler> lr_scheduler{};
  std::int64_t begin_num_update = 0;
};

/// Adam with the largest magnitude in place of the root mean square (Kingma and Ba, 2015, section
/// 7).
class GLUINO_API Adamax : public Optimizer {
 public:
  /// Throws Error unless both betas are in [0, 1), or when epsilon is below 0.
  explicit Adamax(const AdamaxOptions& options = {});

  State create_state(std::int64_t index, const NDArray& weight) const override;
  void update(std::int64_t index, const NDArray& weight, const NDArray& grad,
              State& state) override;

 private:
  double beta1_;
  double beta2_;
  std::optional<double> epsilon_;
};

}  // namespace gluino::optimizer
