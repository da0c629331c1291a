#include <gluino/gluon/loss/counts.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/elementwise.h>
#include <gluino/ops/elementwise/unary.h>
#include <gluino/ops/indexing/indexing.h>
#include <gluino/ops/reduce/reduce.h>

namespace gluino::gluon::loss {

PoissonNLLLoss::PoissonNLLLoss(const PoissonNLLLossOptions& options)
    : LossBase("poissonnllloss", options.weight, options.batch_axis), options_(options) {}

NDArray PoissonNLLLoss::operator()(const NDArray& pred, const NDArray& target,
                                   const NDArray& sample_weight) {
  if (!sample_weight.defined()) return call({pred, target});
  return call({pred, target, sample_weight});
}

Nested PoissonNLLLoss::forward(const Nested& inputs) {
  const auto [pred, given, weight] = arguments<NDArray, NDArray, std::optional<NDArray>>(inputs);
  const NDArray target = shaped(given, pred, "target");
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
