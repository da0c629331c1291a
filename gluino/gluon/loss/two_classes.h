#pragma once

#include <gluino/gluon/loss/base.h>

#include <optional>
#include <string>

/// Losses of two classes; labels have as many elements as predictions, each a number that is the
/// larger the likelier the second class.
namespace gluino::gluon::loss {

struct HingeLossOptions {
  double margin = 1;
  std::optional<double> weight{};
  std::int64_t batch_axis = 0;
};
using SquaredHingeLossOptions = HingeLossOptions;

/// The mean of max(0, margin - pred label), of labels -1 and 1.
class GLUINO_API HingeLoss : public Loss {
 public:
  explicit HingeLoss(const HingeLossOptions& options = {});

 protected:
  NDArray loss(const NDArray& pred, const NDArray& label) override;

 private:
  double margin_;
};

/// The mean of the square of that.
class GLUINO_API SquaredHingeLoss : public Loss {
 public:
  explicit SquaredHingeLoss(const SquaredHingeLossOptions& options = {});

 protected:
  NDArray loss(const NDArray& pred, const NDArray& label) override;

 private:
  double margin_;
};

struct LogisticLossOptions {
  std::optional<double> weight{};
  std::int64_t batch_axis = 0;
  /// "signed": labels are -1 and 1; "binary": 0 and 1.
  std::string label_format = "signed";
};

/// The mean of log(1 + exp(-pred label)), of labels -1 and 1.
class GLUINO_API LogisticLoss : public Loss {
 public:
  explicit LogisticLoss(const LogisticLossOptions& options = {});

 protected:
  NDArray loss(const NDArray& pred, const NDArray& label) override;

 private:
  bool is_signed_;
};

struct SigmoidBCELossOptions {
  /// Predictions are probabilities already.
  bool from_sigmoid = false;
  std::optional<double> weight{};
  std::int64_t batch_axis = 0;
};

/// The mean cross entropy of labels from 0 to 1 and sigmoid(pred):
/// -(pos_weight label log p + (1 - label) log(1 - p)).
class GLUINO_API SigmoidBCELoss : public LossBase {
 public:
  explicit SigmoidBCELoss(const SigmoidBCELossOptions& options = {});
  /// `pos_weight`, broadcast to the labels, is a factor of what label 1 adds.
  NDArray operator()(const NDArray& pred, const NDArray& label, const NDArray& sample_weight = {},
                     const NDArray& pos_weight = {});
  /// Of (pred, label[, sample_weight[, pos_weight]]).
  Nested forward(const Nested& inputs) override;

 private:
  bool from_sigmoid_;
};
using SigmoidBinaryCrossEntropyLoss = SigmoidBCELoss;

}  // namespace gluino::gluon::loss
