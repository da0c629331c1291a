#pragma once

#include <gluino/gluon/hybrid_block.h>

#include <optional>

/// Losses give one number per sample, shape (N,), whose gradients backward() sums up; the Trainer's
/// step(batch size) divides by N.
namespace gluino::gluon::loss {

/// A loss of predictions and labels. One's own overrides `loss`.
class GLUINO_API Loss : public HybridBlock {
 public:
  /// Adds `weight` as a factor of every loss.
  Loss(const std::string& hint, std::optional<double> weight, std::int64_t batch_axis);

  /// `sample_weight`, broadcast to the loss, weighs samples against each other.
  NDArray operator()(const NDArray& pred, const NDArray& label, const NDArray& sample_weight = {});

  std::string to_string() const override;

 protected:
  /// The loss of each sample or element, before weights and before the mean.
  virtual NDArray loss(const NDArray& pred, const NDArray& label) = 0;
  /// The labels with something harmless where the weight, of as many axes or one more, is 0.
  virtual NDArray labels_that_weigh(const NDArray& label, const NDArray& weight) const;

  /// What belongs to the loss's own formula, taken together with the weight.
  double factor_ = 1;

 private:
  NDArray forward(const NDArray& input) override;
  NDArray weighted(const NDArray& pred, const NDArray& label, const NDArray& sample_weight);

  std::optional<double> weight_;
  std::int64_t batch_axis_;
};

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

struct SoftmaxCrossEntropyLossOptions {
  std::int64_t axis = -1;
  /// Labels are class numbers; else they are probabilities of pred's shape.
  bool sparse_label = true;
  /// Predictions are log probabilities already.
  bool from_logits = false;
  std::optional<double> weight{};
  std::int64_t batch_axis = 0;
};

/// -log of the probability that softmax gives the label's class. A label that is no class, of a
/// sample whose weight is not 0, is an Error that names it and its place; see LabelCheck.
class GLUINO_API SoftmaxCrossEntropyLoss : public Loss {
 public:
  explicit SoftmaxCrossEntropyLoss(const SoftmaxCrossEntropyLossOptions& options = {});

 protected:
  NDArray loss(const NDArray& pred, const NDArray& label) override;
  NDArray labels_that_weigh(const NDArray& label, const NDArray& weight) const override;

 private:
  SoftmaxCrossEntropyLossOptions options_;
};

}  // namespace gluino::gluon::loss
