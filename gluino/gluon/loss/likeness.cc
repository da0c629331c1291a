#include <gluino/base/error.h>
#include <gluino/gluon/loss/likeness.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/elementwise.h>
#include <gluino/ops/elementwise/unary.h>
#include <gluino/ops/indexing/diag.h>
#include <gluino/ops/layers/softmax.h>
#include <gluino/ops/movement/movement.h>
#include <gluino/ops/movement/reshape.h>
#include <gluino/ops/reduce/reduce.h>

#include <cmath>

namespace gluino::gluon::loss {

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
  const NDArray nearer = ops::square(shaped(positive, pred, "positive") - pred) -
                         ops::square(shaped(negative, pred, "negative") - pred);
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
  check(input1.size() == b.size(), type_name(), ": expected two arrays of one shape, got ",
        input1.shape(), " and ", b.shape());
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

SDMLLoss::SDMLLoss(const SDMLLossOptions& options)
    : LossBase("sdmlloss", options.weight, options.batch_axis),
      smoothing_(options.smoothing_parameter) {
  check(smoothing_ >= 0 && smoothing_ < 1,
        "SDMLLoss: smoothing_parameter: expected at least 0 and less than 1, got ", smoothing_);
}

NDArray SDMLLoss::operator()(const NDArray& x1, const NDArray& x2) { return call({x1, x2}); }

Nested SDMLLoss::forward(const Nested& inputs) {
  const auto [x1, x2] = arguments<NDArray, NDArray>(inputs);
  check(x1.ndim() == 2 && x1.shape() == x2.shape(),
        "SDMLLoss: expected two arrays of one shape (N, units), got ", x1.shape(), " and ",
        x2.shape());
  const std::int64_t n = x1.shape()[0];
  const std::int64_t units = x1.shape()[1];
  const NDArray differences = x1.reshape({n, 1, units}) - x2.reshape({1, n, units});
  const NDArray log_p =
      ops::log_softmax(-ops::sum(ops::square(differences), {.axis = {2}}), {.axis = 1});
  // The divergence from labels that are 1 - smoothing for the pair and alike for the others: what
  // does not depend on the distances is a number.
  const double other = n > 1 ? smoothing_ / static_cast<double>(n - 1) : 0;
  const double own = n > 1 ? 1 - smoothing_ : 1;
  const auto entropy = [](double p) { return p > 0 ? p * std::log(p) : 0; };
  const NDArray of_pairs = ops::diag(log_p);
  const NDArray all = ops::sum(log_p, {.axis = {1}});
  const double constant = entropy(own) + static_cast<double>(n - 1) * entropy(other);
  return weighted(constant - of_pairs * (own - other) - all * other, {});
}

}  // namespace gluino::gluon::loss
