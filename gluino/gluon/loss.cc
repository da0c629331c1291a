#include <gluino/base/error.h>
#include <gluino/base/text.h>
#include <gluino/gluon/loss.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/elementwise.h>
#include <gluino/ops/elementwise/unary.h>
#include <gluino/ops/indexing/indexing.h>
#include <gluino/ops/layers/softmax.h>
#include <gluino/ops/losses/ctc_loss.h>
#include <gluino/ops/movement/movement.h>
#include <gluino/ops/movement/reshape.h>
#include <gluino/ops/reduce/reduce.h>

#include <vector>

namespace gluino::gluon::loss {

namespace {

// Weights (N,) or (N, 1) for losses (N,) or (N, ...): what else would be broadcast to more losses
// than there are. (N,) lies along the axis of the batch, where the losses have that.
NDArray aligned(const NDArray& weight, const Shape& loss, std::int64_t batch_axis) {
  Shape shape = weight.shape();
  const bool has_axis = batch_axis >= -loss.ndim() && batch_axis < loss.ndim();
  if (shape.ndim() == 1 && loss.ndim() > 1 && has_axis) {
    const int axis = normalize_axis(batch_axis, loss.ndim());
    Shape along = Shape::filled(loss.ndim(), 1);
    along[loss[axis] == shape[0] ? axis : 0] = shape[0];
    shape = along;
  }
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

LossBase::LossBase(const std::string& hint, std::optional<double> weight, std::int64_t batch_axis)
    : HybridBlock(new_prefix(hint, "")), weight_(weight), batch_axis_(batch_axis) {}

NDArray LossBase::weighted(const NDArray& value,
                           const std::optional<NDArray>& sample_weight) const {
  NDArray result = value;
  if (sample_weight) result = result * aligned(*sample_weight, value.shape(), batch_axis_);
  const double factor = weight_.value_or(1) * factor_;
  return factor == 1 ? result : result * factor;
}

NDArray LossBase::mean_of_samples(const NDArray& value) const {
  if (value.ndim() == 1) return value;
  return ops::mean(value, {.axis = {batch_axis_}, .exclude = true});
}

std::string LossBase::to_string() const {
  return str(type_name(), "(batch_axis=", batch_axis_,
             ", w=", weight_ ? python_repr(*weight_) : std::string("None"), ")");
}

NDArray Loss::operator()(const NDArray& pred, const NDArray& label, const NDArray& sample_weight) {
  if (!sample_weight.defined()) return call({pred, label});
  return call({pred, label, sample_weight});
}

Nested Loss::forward(const Nested& inputs) {
  const auto [pred, label, weight] = arguments<NDArray, NDArray, std::optional<NDArray>>(inputs);
  return mean_of_samples(
      weighted(loss(pred, weight ? labels_that_weigh(label, *weight) : label), weight));
}

NDArray Loss::labels_that_weigh(const NDArray& label, const NDArray& /*weight*/) const {
  return label;
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
    if (looks_one_hot(pred.shape(), label.shape(), options_.axis)) {
      fail(type_name(),
           ": label: expected class numbers, one for each sample, got the predictions' shape ",
           label.shape(), "; for one-hot labels and probabilities give {.sparse_label = false}");
    }
    return -ops::pick(log_p, label,
                      {.axis = options_.axis, .keepdims = pred.ndim() > 2, .check_labels = true});
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
      ops::broadcast_to(aligned(weight, label.shape(), batch_axis()), {.shape = label.shape()});
  return ops::where(weighs, label, ops::zeros_like(label));
}

TripletLoss::TripletLoss(const TripletLossOptions& options)
    : LossBase("tripletloss", options.weight, options.batch_axis), margin_(options.margin) {}

NDArray TripletLoss::operator()(const NDArray& pred, const NDArray& positive,
                                const NDArray& negative, const NDArray& sample_weight) {
  if (!sample_weight.defined()) return call({pred, positive, negative});
  return call({pred, positive, negative, sample_weight});
}

Nested TripletLoss::forward(const Nested& inputs) {
  const auto [pred, positive, negative, weight] =
      arguments<NDArray, NDArray, NDArray, std::optional<NDArray>>(inputs);
  const NDArray nearer = ops::square(positive.reshape(pred.shape()) - pred) -
                         ops::square(negative.reshape(pred.shape()) - pred);
  const NDArray sums = ops::sum(nearer, {.axis = {batch_axis()}, .exclude = true});
  return weighted(ops::relu(sums + margin_), weight);
}

CosineEmbeddingLoss::CosineEmbeddingLoss(const CosineEmbeddingLossOptions& options)
    : LossBase("cosineembeddingloss", options.weight, options.batch_axis),
      margin_(options.margin) {}

NDArray CosineEmbeddingLoss::operator()(const NDArray& input1, const NDArray& input2,
                                        const NDArray& label, const NDArray& sample_weight) {
  if (!sample_weight.defined()) return call({input1, input2, label});
  return call({input1, input2, label, sample_weight});
}

Nested CosineEmbeddingLoss::forward(const Nested& inputs) {
  const auto [input1, b, label, weight] =
      arguments<NDArray, NDArray, NDArray, std::optional<NDArray>>(inputs);
  constexpr double kLeastNorms = 1e-12;
  const NDArray a = input1.reshape(b.shape());
  const auto of_rows = [](const NDArray& x) { return x.reshape({-1, 1}); };
  const NDArray norms =
      of_rows(ops::norm(a, {.axis = {-1}})) * of_rows(ops::norm(b, {.axis = {-1}}));
  const NDArray dots = of_rows(ops::sum(a * b, {.axis = {-1}}));
  const NDArray cosine = dots / ops::maximum(norms, kLeastNorms);
  const NDArray labels = of_rows(label).astype(cosine.dtype(), false);
  const NDArray same = labels == 1.0;
  const NDArray other = labels == -1.0;
  return weighted((1.0 - cosine) * same + ops::relu((cosine - margin_) * other), weight);
}

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

PoissonNLLLoss::PoissonNLLLoss(const PoissonNLLLossOptions& options)
    : LossBase("poissonnllloss", options.weight, options.batch_axis), options_(options) {}

NDArray PoissonNLLLoss::operator()(const NDArray& pred, const NDArray& target,
                                   const NDArray& sample_weight) {
  if (!sample_weight.defined()) return call({pred, target});
  return call({pred, target, sample_weight});
}

Nested PoissonNLLLoss::forward(const Nested& inputs) {
  const auto [pred, given, weight] = arguments<NDArray, NDArray, std::optional<NDArray>>(inputs);
  const NDArray target = given.reshape(pred.shape());
  NDArray value = options_.from_logits ? ops::exp(pred) - target * pred
                                       : pred - target * ops::log(pred + options_.epsilon);
  if (options_.compute_full) {
    constexpr double kTwoPi = 6.283185307179586;
    // Where it does not count, its logarithm may not exist.
    const NDArray counts = target > 1.0;
    const NDArray n = ops::where(counts, target, ops::ones_like(target));
    value = value + (n * ops::log(n) - n + 0.5 * ops::log(n * kTwoPi)) * counts;
  }
  return ops::mean(weighted(value, weight));
}

}  // namespace gluino::gluon::loss
