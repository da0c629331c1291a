#pragma once

#include <gluino/gluon/loss/base.h>

/// Losses of differences; labels have as many elements as predictions.
namespace gluino::gluon::loss {

struct L2LossOptions {
  double weight = 1;
  std::int64_t batch_axis = 0;
};

/// Half the mean squared difference: mean(weight / 2 (label - pred)^2), label reshaped to pred.
class GLUINO_API L2Loss : public Loss {
 public:
  explicit L2Loss(const L2LossOptions& options = {});

 protected:
  NDArray loss(const NDArray& pred, const NDArray& label) override;
};

struct L1LossOptions {
  std::optional<double> weight{};
  std::int64_t batch_axis = 0;
};

/// The mean absolute difference, weight |label - pred|.
class GLUINO_API L1Loss : public Loss {
 public:
  explicit L1Loss(const L1LossOptions& options = {});

 protected:
  NDArray loss(const NDArray& pred, const NDArray& label) override;
};

struct HuberLossOptions {
  /// Where squares become absolute values; above 0.
  double rho = 1;
  std::optional<double> weight{};
  std::int64_t batch_axis = 0;
};

/// The mean of (label - pred)^2 / (2 rho) where the difference is at most rho, else of
/// |label - pred| - rho / 2, which joins it smoothly.
class GLUINO_API HuberLoss : public Loss {
 public:
  explicit HuberLoss(const HuberLossOptions& options = {});

 protected:
  NDArray loss(const NDArray& pred, const NDArray& label) override;

 private:
  double rho_;
};

}  // namespace gluino::gluon::loss
