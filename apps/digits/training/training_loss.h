#pragma once

#include <gluino/metric/metric.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/indexing/indexing.h>
#include <gluino/ops/layers/softmax.h>
#include <gluino/ops/reduce/reduce.h>

#include <cstdint>

/// What training makes small. All ways to train share it, operator for operator.
namespace digits {

struct LossOptions {
  /// How many the network tells apart.
  std::int64_t classes = 0;
  /// The part of the probability that the network should give to all classes alike.
  double label_smoothing = 0;
  /// Whether some samples are of no class (kNoClass): for them all classes should be as likely.
  bool has_non_digits = false;

  bool is_plain() const { return label_smoothing == 0 && !has_non_digits; }
};

/// -log of the probability that each sample's class has, shape (N,), of scores (N, classes); with
/// soft goals the mean over what should be likely. Labels that are no class are an Error, unless
/// there are samples of no class.
template <gluino::Operand A>
A training_loss(const A& scores, const A& labels, const LossOptions& options) {
  namespace ops = gluino::ops;
  const A log_p = ops::log_softmax(scores, {.axis = -1});
  if (options.is_plain()) {
    return -ops::pick(log_p, labels, {.axis = -1, .keepdims = false, .check_labels = true});
  }
  // A label that is no class gives a row of zeros, whose share goes to all classes.
  const A sure = ops::one_hot(labels, {.depth = options.classes}) * (1 - options.label_smoothing);
  const A rest = 1 - ops::sum(sure, {.axis = {1}, .keepdims = true});
  const A goal = ops::broadcast_add(sure, rest * (1 / static_cast<double>(options.classes)));
  return -ops::sum(log_p * goal, {.axis = {1}});
}

/// The share of the right ones among the samples that have a class.
class ClassAccuracy : public gluino::metric::EvalMetric {
 public:
  ClassAccuracy() : EvalMetric("accuracy") {}

 protected:
  void update_batch(std::span<const gluino::NDArray> labels,
                    std::span<const gluino::NDArray> scores) override;
};

}  // namespace digits
