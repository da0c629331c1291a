#pragma once

#include <gluino/gluon/loss/base.h>

#include <optional>

/// Losses of vectors that are to be alike, or not.
namespace gluino::gluon::loss {

struct TripletLossOptions {
  double margin = 1;
  std::optional<double> weight{};
  std::int64_t batch_axis = 0;
};

/// max(0, sum of (positive - pred)^2 - (negative - pred)^2, plus margin), of each sample: small
/// where pred is nearer to `positive` than to `negative` by the margin.
class GLUINO_API TripletLoss : public LossBase {
 public:
  explicit TripletLoss(const TripletLossOptions& options = {});
  NDArray operator()(const NDArray& pred, const NDArray& positive, const NDArray& negative,
                     const NDArray& sample_weight = {});
  /// Of (pred, positive, negative[, sample_weight]).
  Nested forward(const Nested& inputs) override;

 private:
  double margin_;
};

struct CosineEmbeddingLossOptions {
  std::optional<double> weight{};
  std::int64_t batch_axis = 0;
  double margin = 0;
};

/// Of vectors (N, units) each and labels (N,), shape (N, 1): 1 - cos where the label is 1, max(0,
/// cos - margin) where it is -1, where cos is that of the angle between the two.
class GLUINO_API CosineEmbeddingLoss : public LossBase {
 public:
  explicit CosineEmbeddingLoss(const CosineEmbeddingLossOptions& options = {});
  NDArray operator()(const NDArray& input1, const NDArray& input2, const NDArray& label,
                     const NDArray& sample_weight = {});
  /// Of (input1, input2, label[, sample_weight]).
  Nested forward(const Nested& inputs) override;

 private:
  double margin_;
};

struct SDMLLossOptions {
  /// The probability that a pair does not belong together, shared by all others.
  double smoothing_parameter = 0.3;
  /// A factor, of which MXNet 1.9.1 takes no notice.
  std::optional<double> weight = 1;
  std::int64_t batch_axis = 0;
};

/// Smoothed deep metric learning (Bonadiman, Kumar and Mittal, 2019,
/// https://arxiv.org/abs/1905.12786), of vectors (N, units) each, shape (N,): rows i of both belong
/// together and all other pairs do not; softmax of the negative squared distances says how likely
/// that is.
class GLUINO_API SDMLLoss : public LossBase {
 public:
  explicit SDMLLoss(const SDMLLossOptions& options = {});
  NDArray operator()(const NDArray& x1, const NDArray& x2);
  /// Of (x1, x2).
  Nested forward(const Nested& inputs) override;

 private:
  double smoothing_;
};

}  // namespace gluino::gluon::loss
