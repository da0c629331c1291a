#pragma once

#include <gluino/gluon/hybrid_block.h>

#include <optional>
#include <string>

/// Losses give one number per sample, shape (N,), whose gradients backward() sums up; the Trainer's
/// step(batch size) divides by N.
namespace gluino::gluon::loss {

/// What all losses share: weights, and the mean of what each sample has.
class GLUINO_API LossBase : public HybridBlock {
 public:
  /// Adds `weight` as a factor of every loss.
  LossBase(const std::string& hint, std::optional<double> weight, std::int64_t batch_axis);

  std::string to_string() const override;

 protected:
  /// `value` times the weights of the samples, broadcast to it, and times the factors.
  NDArray weighted(const NDArray& value, const std::optional<NDArray>& sample_weight) const;
  /// The mean over all axes but the batch's.
  NDArray mean_of_samples(const NDArray& value) const;
  std::int64_t batch_axis() const { return batch_axis_; }

  /// What belongs to the loss's own formula, taken together with the weight.
  double factor_ = 1;

 private:
  std::optional<double> weight_;
  std::int64_t batch_axis_;
};

/// A loss of predictions and labels. One's own overrides `loss`.
class GLUINO_API Loss : public LossBase {
 public:
  using LossBase::LossBase;

  /// `sample_weight`, broadcast to the loss, weighs samples against each other.
  NDArray operator()(const NDArray& pred, const NDArray& label, const NDArray& sample_weight = {});

  /// Of (pred, label) or (pred, label, sample_weight).
  Nested forward(const Nested& inputs) override;

 protected:
  /// The loss of each sample or element, before weights and before the mean.
  virtual NDArray loss(const NDArray& pred, const NDArray& label) = 0;
  /// The labels with something harmless where the weight, of as many axes or one more, is 0.
  virtual NDArray labels_that_weigh(const NDArray& label, const NDArray& weight) const;
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

struct CTCLossOptions {
  /// "NTC" or "TNC" of predictions, "NT" or "TN" of labels.
  std::string layout = "NTC";
  std::string label_layout = "NT";
  std::optional<double> weight{};
};

/// Connectionist temporal classification, of predictions before softmax and labels in the same
/// order, without alignment: (N,). The last class is the blank; labels end before the first -1, or
/// where label_lengths says, and predictions where pred_lengths says.
class GLUINO_API CTCLoss : public LossBase {
 public:
  explicit CTCLoss(const CTCLossOptions& options = {});
  NDArray operator()(const NDArray& pred, const NDArray& label, const NDArray& pred_lengths = {},
                     const NDArray& label_lengths = {}, const NDArray& sample_weight = {});
  /// Of (pred, label[, pred_lengths[, label_lengths[, sample_weight]]]).
  Nested forward(const Nested& inputs) override;

 private:
  CTCLossOptions options_;
};

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
