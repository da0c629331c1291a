#include <gluino/base/error.h>
#include <gluino/gluon/loss.h>
#include <gluino/ops/arithmetic.h>
#include <gluino/ops/indexing.h>
#include <gluino/ops/reduce.h>
#include <gluino/ops/reshape.h>
#include <gluino/ops/softmax.h>
#include <gluino/ops/unary.h>

namespace gluino::gluon::loss {

Loss::Loss(const std::string& hint, std::optional<double> weight, std::int64_t batch_axis)
    : HybridBlock(new_prefix(hint, "")), weight_(weight), batch_axis_(batch_axis) {}

NDArray Loss::operator()(const NDArray& pred, const NDArray& label, const NDArray& sample_weight) {
  NDArray value = loss(pred, label);
  if (sample_weight.defined()) {
    // One weight per sample may come as (N,) or, as in MXNet, as (N, 1).
    const auto column = [](const NDArray& x) { return x.ndim() == 1 ? x.expand_dims(1) : x; };
    value = column(value) * column(sample_weight);
  }
  if (weight_ && *weight_ != 1) value = value * *weight_;
  if (value.ndim() == 1) return value;
  return ops::mean(value, {.axis = {batch_axis_}, .exclude = true});
}

NDArray Loss::forward(const NDArray& /*input*/) {
  fail(type_name(), " takes predictions and labels: loss(pred, label)");
}

std::string Loss::to_string() const {
  return str(type_name(), "(batch_axis=", batch_axis_,
             ", w=", weight_ ? str(*weight_) : std::string("None"), ")");
}

L2Loss::L2Loss(const L2LossOptions& options)
    : Loss("l2loss", options.weight / 2, options.batch_axis) {}

NDArray L2Loss::loss(const NDArray& pred, const NDArray& label) {
  return ops::square(label.reshape(pred.shape()) - pred);
}

SoftmaxCrossEntropyLoss::SoftmaxCrossEntropyLoss(const SoftmaxCrossEntropyLossOptions& options)
    : Loss("softmaxcrossentropyloss", options.weight, options.batch_axis), options_(options) {}

NDArray SoftmaxCrossEntropyLoss::loss(const NDArray& pred, const NDArray& label) {
  const NDArray log_p =
      options_.from_logits ? pred : ops::log_softmax(pred, {.axis = options_.axis});
  if (options_.sparse_label) {
    return -ops::pick(log_p, label, {.axis = options_.axis, .keepdims = pred.ndim() > 2});
  }
  return -ops::sum(log_p * label.reshape(pred.shape()),
                   {.axis = {options_.axis}, .keepdims = true});
}

}  // namespace gluino::gluon::loss
