#include <gluino/base/error.h>
#include <gluino/base/text.h>
#include <gluino/gluon/loss.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/elementwise.h>
#include <gluino/ops/elementwise/unary.h>
#include <gluino/ops/indexing/indexing.h>
#include <gluino/ops/layers/softmax.h>
#include <gluino/ops/movement/movement.h>
#include <gluino/ops/movement/reshape.h>
#include <gluino/ops/reduce/reduce.h>

#include <array>
#include <span>

namespace gluino::gluon::loss {

namespace {

// Weights (N,) or (N, 1) for losses (N,) or (N, ...): what else would be broadcast to more losses
// than there are.
NDArray aligned(const NDArray& weight, const Shape& loss) {
  Shape shape = weight.shape();
  while (shape.ndim() < loss.ndim()) shape.push_back(1);
  while (shape.ndim() > loss.ndim() && shape.back() == 1) shape.erase(shape.ndim() - 1);
  bool fits = shape.ndim() == loss.ndim();
  for (int i = 0; fits && i < loss.ndim(); ++i) fits = shape[i] == loss[i] || shape[i] == 1;
  check(fits, "sample_weight: expected a shape that can be broadcast to the losses' ", loss,
        ", got ", weight.shape());
  return shape == weight.shape() ? weight : weight.reshape(shape);
}

// Class numbers have no axis of classes, or one of size 1.
bool looks_one_hot(const Shape& pred, const Shape& label, std::int64_t axis) {
  return pred == label && axis >= -pred.ndim() && axis < pred.ndim() &&
         pred[normalize_axis(axis, pred.ndim())] > 1;
}

}  // namespace

Loss::Loss(const std::string& hint, std::optional<double> weight, std::int64_t batch_axis)
    : HybridBlock(new_prefix(hint, "")), weight_(weight), batch_axis_(batch_axis) {}

NDArray Loss::operator()(const NDArray& pred, const NDArray& label, const NDArray& sample_weight) {
  const std::array<NDArray, 3> inputs = {pred, label, sample_weight};
  const std::size_t given = sample_weight.defined() ? 3 : 2;
  return run_graph(std::span(inputs).first(given), [&](std::span<const NDArray> in) {
    return weighted(in[0], in[1], in.size() > 2 ? in[2] : NDArray());
  });
}

NDArray Loss::weighted(const NDArray& pred, const NDArray& label, const NDArray& sample_weight) {
  NDArray value;
  if (sample_weight.defined()) {
    value = loss(pred, labels_that_weigh(label, sample_weight));
    value = value * aligned(sample_weight, value.shape());
  } else {
    value = loss(pred, label);
  }
  const double factor = weight_.value_or(1) * factor_;
  if (factor != 1) value = value * factor;
  if (value.ndim() == 1) return value;
  return ops::mean(value, {.axis = {batch_axis_}, .exclude = true});
}

NDArray Loss::labels_that_weigh(const NDArray& label, const NDArray& /*weight*/) const {
  return label;
}

NDArray Loss::forward(const NDArray& /*input*/) {
  fail(type_name(), " takes predictions and labels: loss(pred, label)");
}

std::string Loss::to_string() const {
  return str(type_name(), "(batch_axis=", batch_axis_,
             ", w=", weight_ ? python_repr(*weight_) : std::string("None"), ")");
}

L2Loss::L2Loss(const L2LossOptions& options) : Loss("l2loss", options.weight, options.batch_axis) {
  factor_ = 0.5;
}

NDArray L2Loss::loss(const NDArray& pred, const NDArray& label) {
  return ops::square(label.reshape(pred.shape()) - pred);
}

SoftmaxCrossEntropyLoss::SoftmaxCrossEntropyLoss(const SoftmaxCrossEntropyLossOptions& options)
    : Loss("softmaxcrossentropyloss", options.weight, options.batch_axis), options_(options) {}

NDArray SoftmaxCrossEntropyLoss::loss(const NDArray& pred, const NDArray& label) {
  const NDArray log_p =
      options_.from_logits ? pred : ops::log_softmax(pred, {.axis = options_.axis});
  if (options_.sparse_label) {
    check(!looks_one_hot(pred.shape(), label.shape(), options_.axis), type_name(),
          ": label: expected class numbers, one for each sample, got the predictions' shape ",
          label.shape(), "; for one-hot labels and probabilities give {.sparse_label = false}");
    return -ops::pick(log_p, label,
                      {.axis = options_.axis, .keepdims = pred.ndim() > 2, .check_labels = true});
  }
  check(label.size() == pred.size(), type_name(),
        ": label: expected probabilities of the predictions' shape ", pred.shape(), ", got ",
        label.shape(), "; for class numbers leave .sparse_label true");
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

}  // namespace gluino::gluon::loss
