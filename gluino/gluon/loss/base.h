#pragma once

#include <gluino/gluon/hybrid_block.h>

#include <optional>
#include <string>

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
  /// The weights, in a shape that is broadcast to `losses`. Throws Error where there is none.
  NDArray aligned(const NDArray& sample_weight, const Shape& losses) const;
  /// The label, or what else is called `what`, in the shape of the predictions. Throws Error where
  /// it has another number of elements.
  NDArray shaped(const NDArray& label, const NDArray& pred, const char* what = "label") const;
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

}  // namespace gluino::gluon::loss
