#pragma once

#include <gluino/gluon/loss/base.h>

/// Losses of probabilities of classes.
namespace gluino::gluon::loss {

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

using SoftmaxCELoss = SoftmaxCrossEntropyLoss;

struct KLDivLossOptions {
  /// Predictions are log probabilities already; else softmax along `axis` makes them.
  bool from_logits = true;
  std::int64_t axis = -1;
  std::optional<double> weight{};
  std::int64_t batch_axis = 0;
};

/// The Kullback-Leibler divergence of the distributions `label` from `pred`, label (log(label) -
/// log p), summed over each sample.
class GLUINO_API KLDivLoss : public Loss {
 public:
  explicit KLDivLoss(const KLDivLossOptions& options = {});
  /// Of (pred, label) or (pred, label, sample_weight).
  Nested forward(const Nested& inputs) override;

 protected:
  NDArray loss(const NDArray& pred, const NDArray& label) override;

 private:
  KLDivLossOptions options_;
};

}  // namespace gluino::gluon::loss
