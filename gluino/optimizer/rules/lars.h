#pragma once

#include <gluino/optimizer/core/optimizer.h>

namespace gluino::optimizer {

/// See CommonOptions for those not described here.
struct LARSOptions {
  std::optional<double> learning_rate{};
  double momentum = 0;
  /// The rate is eta * |w| / (|rescale_grad * grad| + wd * |w| + eps) times what it would be.
  double eta = 0.001;
  double eps = 0;
  /// Where the rate changes from one update of a weight to the next, its momentum is scaled by the
  /// quotient (Goyal et al., 2017).
  bool momentum_correction = true;
  double wd = 0;
  double rescale_grad = 1;
  double clip_gradient = 0;
  std::shared_ptr<LRScheduler> lr_scheduler{};
  std::int64_t begin_num_update = 0;
};

/// SGD whose rate follows each weight's size (You et al., 2017). Weights whose names end in
/// "gamma", "beta" or "bias" have the plain rate, and of those with names only "..._weight" decay.
///
/// MXNet scales the momentum of those weights alone that its first call after a change of the rate
/// updates, four unless said otherwise; here all weights' is scaled.
class GLUINO_API LARS : public Optimizer {
 public:
  /// Throws Error when momentum, eta or eps is below 0.
  explicit LARS(const LARSOptions& options = {});

  State create_state(std::int64_t index, const NDArray& weight) const override;
  void update(std::int64_t index, const NDArray& weight, const NDArray& grad,
              State& state) override;

 protected:
  bool decays(const std::string& name) const override { return name.ends_with("_weight"); }

 private:
  bool corrects() const { return options_.momentum != 0 && options_.momentum_correction; }
  std::size_t num_states() const { return options_.momentum == 0 ? 0 : corrects() ? 2 : 1; }
  /// What the rate is multiplied by.
  double factor(std::int64_t index, const NDArray& weight, const NDArray& grad, double wd) const;

  LARSOptions options_;
};

}  // namespace gluino::optimizer
