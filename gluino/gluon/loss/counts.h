#pragma once

#include <gluino/gluon/loss/base.h>

#include <optional>

namespace gluino::gluon::loss {

struct PoissonNLLLossOptions {
  std::optional<double> weight{};
  /// Predictions are logarithms of the expected counts.
  bool from_logits = true;
  std::int64_t batch_axis = 0;
  /// Adds Stirling's approximation of log(target!) where the target is more than 1.
  bool compute_full = false;
  /// Added to predictions that are no logarithms.
  double epsilon = 1e-8;
};

/// The negative log likelihood of counts under a Poisson distribution, without log(target!); as in
/// MXNet one number, shape (1,), the mean over all elements.
class GLUINO_API PoissonNLLLoss : public LossBase {
 public:
  explicit PoissonNLLLoss(const PoissonNLLLossOptions& options = {});
  NDArray operator()(const NDArray& pred, const NDArray& target, const NDArray& sample_weight = {});
  /// Of (pred, target[, sample_weight]).
  Nested forward(const Nested& inputs) override;

 private:
  PoissonNLLLossOptions options_;
};

}  // namespace gluino::gluon::loss
