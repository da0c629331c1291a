#include <gluino/base/error.h>
#include <gluino/gluon/loss/classes.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/elementwise.h>
#include <gluino/ops/elementwise/unary.h>
#include <gluino/ops/indexing/indexing.h>
#include <gluino/ops/layers/softmax.h>
#include <gluino/ops/movement/movement.h>
#include <gluino/ops/reduce/reduce.h>

namespace gluino::gluon::loss {

namespace {

// Class numbers have no axis of classes, or one of size 1.
bool looks_one_hot(const Shape& pred, const Shape& label, std::int64_t axis) {
  return pred == label && axis >= -pred.ndim() && axis < pred.ndim() &&
         pred[normalize_axis(axis, pred.ndim())] > 1;
}

bool same_axis(std::int64_t a, std::int64_t b, int ndim) {
  return a == b || a + ndim == b || a == b + ndim;
}

}  // namespace

SoftmaxCrossEntropyLoss::SoftmaxCrossEntropyLoss(const SoftmaxCrossEntropyLossOptions& options)
    : Loss("softmaxcrossentropyloss", options.weight, options.batch_axis), options_(options) {}

NDArray SoftmaxCrossEntropyLoss::loss(const NDArray& pred, const NDArray& label) {
  const NDArray log_p =
      options_.from_logits ? pred : ops::log_softmax(pred, {.axis = options_.axis});
  if (options_.sparse_label) {
    if (looks_one_hot(pred.shape(), label.shape(), options_.axis)) {
      fail(type_name(),
           ": label: expected class numbers, one for each sample, got the predictions' shape ",
           label.shape(), "; for one-hot labels and probabilities give {.sparse_label = false}");
    }
    return -ops::pick(
        log_p, label,
        {.axis = options_.axis,
         .keepdims = pred.ndim() > 2 || same_axis(options_.axis, batch_axis(), pred.ndim()),
         .check_labels = true});
  }
  if (label.size() != pred.size()) {
    fail(type_name(), ": label: expected probabilities of the predictions' shape ", pred.shape(),
         ", got ", label.shape(), "; for class numbers leave .sparse_label true");
  }
  return -ops::sum(log_p * label.reshape(pred.shape()),
                   {.axis = {options_.axis}, .keepdims = true});
}

// Class 0 where a label does not matter.
NDArray SoftmaxCrossEntropyLoss::labels_that_weigh(const NDArray& label,
                                                   const NDArray& weight) const {
  if (!options_.sparse_label) return label;
  const NDArray weighs =
      ops::broadcast_to(aligned(weight, label.shape()), {.shape = label.shape()});
  return ops::where(weighs, label, ops::zeros_like(label));
}

KLDivLoss::KLDivLoss(const KLDivLossOptions& options)
    : Loss("kldivloss", options.weight, options.batch_axis), options_(options) {}

Nested KLDivLoss::forward(const Nested& inputs) {
  const auto [pred, label, weight] = arguments<NDArray, NDArray, std::optional<NDArray>>(inputs);
  const NDArray value = weighted(loss(pred, label), weight);
  return ops::sum(value, {.axis = {batch_axis()}, .exclude = true});
}

NDArray KLDivLoss::loss(const NDArray& pred, const NDArray& label) {
  constexpr double kLeast = 1e-12;
  const NDArray log_p =
      options_.from_logits ? pred : ops::log_softmax(pred, {.axis = options_.axis});
  return label * (ops::log(label + kLeast) - log_p);
}

}  // namespace gluino::gluon::loss
