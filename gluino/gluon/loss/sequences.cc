#include <gluino/base/error.h>
#include <gluino/gluon/loss/sequences.h>
#include <gluino/ops/losses/ctc_loss.h>
#include <gluino/ops/movement/movement.h>

#include <vector>

namespace gluino::gluon::loss {

CTCLoss::CTCLoss(const CTCLossOptions& options)
    : LossBase("ctcloss", options.weight, options.label_layout == "TN" ? 1 : 0), options_(options) {
  check(options.layout == "NTC" || options.layout == "TNC",
        "[CTCLoss] layout: expected NTC or TNC, got ", options.layout);
  check(options.label_layout == "NT" || options.label_layout == "TN",
        "[CTCLoss] label_layout: expected NT or TN, got ", options.label_layout);
}

NDArray CTCLoss::operator()(const NDArray& pred, const NDArray& label, const NDArray& pred_lengths,
                            const NDArray& label_lengths, const NDArray& sample_weight) {
  if (sample_weight.defined())
    return call({pred, label, pred_lengths, label_lengths, sample_weight});
  if (label_lengths.defined()) return call({pred, label, pred_lengths, label_lengths});
  if (pred_lengths.defined()) return call({pred, label, pred_lengths});
  return call({pred, label});
}

Nested CTCLoss::forward(const Nested& inputs) {
  using Lengths = std::optional<NDArray>;
  const auto [pred, label, pred_lengths, label_lengths, weight] =
      arguments<NDArray, NDArray, Lengths, Lengths, Lengths>(inputs);
  const SwapAxisOptions exchanged = {.dim1 = 0, .dim2 = 1};
  std::vector<NDArray> operands = {
      options_.layout == "NTC" ? ops::swapaxes(pred, exchanged) : pred,
      options_.label_layout == "TN" ? ops::swapaxes(label, exchanged) : label};
  if (pred_lengths) operands.push_back(*pred_lengths);
  if (label_lengths) operands.push_back(*label_lengths);
  const NDArray value = ops::CTCLoss(operands, {.use_data_lengths = pred_lengths.has_value(),
                                                .use_label_lengths = label_lengths.has_value(),
                                                .blank_label = "last"});
  return weighted(value, weight);
}

}  // namespace gluino::gluon::loss
