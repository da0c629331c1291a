#pragma once

#include <gluino/gluon/loss/base.h>

#include <optional>
#include <string>

namespace gluino::gluon::loss {

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

}  // namespace gluino::gluon::loss
