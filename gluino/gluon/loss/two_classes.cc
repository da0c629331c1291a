#include <gluino/base/error.h>
#include <gluino/gluon/loss/two_classes.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/unary.h>

namespace gluino::gluon::loss {

namespace {

NDArray margin_left(double margin, const NDArray& pred, const NDArray& label) {
  return ops::relu(margin - pred * label);
}

// log(1 + exp(-|x|)), which never overflows.
NDArray softplus_of_negative(const NDArray& x) { return ops::log1p(ops::exp(-ops::abs(x))); }

// -log of the probability that sigmoid(pred) gives to labels 0 and 1.
NDArray of_logits(const NDArray& pred, const NDArray& label) {
  return ops::relu(pred) - pred * label + softplus_of_negative(pred);
}

}  // namespace

HingeLoss::HingeLoss(const HingeLossOptions& options)
    : Loss("hingeloss", options.weight, options.batch_axis), margin_(options.margin) {}

NDArray HingeLoss::loss(const NDArray& pred, const NDArray& label) {
  return margin_left(margin_, pred, shaped(label, pred));
}

SquaredHingeLoss::SquaredHingeLoss(const SquaredHingeLossOptions& options)
    : Loss("squaredhingeloss", options.weight, options.batch_axis), margin_(options.margin) {}

NDArray SquaredHingeLoss::loss(const NDArray& pred, const NDArray& label) {
  return ops::square(margin_left(margin_, pred, shaped(label, pred)));
}

LogisticLoss::LogisticLoss(const LogisticLossOptions& options)
    : Loss("logisticloss", options.weight, options.batch_axis),
      is_signed_(options.label_format == "signed") {
  check(is_signed_ || options.label_format == "binary",
        "LogisticLoss: label_format: expected signed or binary, got ", options.label_format);
}

NDArray LogisticLoss::loss(const NDArray& pred, const NDArray& label) {
  const NDArray labels = shaped(label, pred);
  return of_logits(pred, is_signed_ ? (labels + 1.0) * 0.5 : labels);
}

SigmoidBCELoss::SigmoidBCELoss(const SigmoidBCELossOptions& options)
    : LossBase("sigmoidbinarycrossentropyloss", options.weight, options.batch_axis),
      from_sigmoid_(options.from_sigmoid) {}

NDArray SigmoidBCELoss::operator()(const NDArray& pred, const NDArray& label,
                                   const NDArray& sample_weight, const NDArray& pos_weight) {
  if (pos_weight.defined()) return call({pred, label, sample_weight, pos_weight});
  if (sample_weight.defined()) return call({pred, label, sample_weight});
  return call({pred, label});
}

Nested SigmoidBCELoss::forward(const Nested& inputs) {
  using Weights = std::optional<NDArray>;
  const auto [pred, given, sample_weight, pos_weight] =
      arguments<NDArray, NDArray, Weights, Weights>(inputs);
  const NDArray label = shaped(given, pred);
  NDArray value;
  if (from_sigmoid_) {
    constexpr double kLeast = 1e-12;
    NDArray positive = ops::log(pred + kLeast) * label;
    if (pos_weight) positive = positive * *pos_weight;
    value = -(positive + ops::log(1.0 - pred + kLeast) * (1.0 - label));
  } else if (pos_weight) {
    const NDArray factor = label * (*pos_weight - 1.0) + 1.0;
    value = pred - pred * label + factor * (softplus_of_negative(pred) + ops::relu(-pred));
  } else {
    value = of_logits(pred, label);
  }
  return mean_of_samples(weighted(value, sample_weight));
}

}  // namespace gluino::gluon::loss
