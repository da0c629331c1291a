#pragma once

#include <gluino/gluon/data/sample.h>
#include <gluino/ndarray/ndarray.h>

#include <vector>

namespace gluino::gluon::contrib::estimator {

class Estimator;

/// What came of a batch: one array for each context.
struct BatchResult {
  data::Batch batch;
  std::vector<NDArray> labels;
  std::vector<NDArray> preds;
  std::vector<NDArray> losses;
};

/// Hears of a training's events. One's own overrides those that it wants.
class GLUINO_API EventHandler {
 public:
  virtual ~EventHandler() = default;

  virtual void train_begin(Estimator& /*estimator*/) {}
  virtual void train_end(Estimator& /*estimator*/) {}
  virtual void epoch_begin(Estimator& /*estimator*/) {}
  /// True ends the training.
  virtual bool epoch_end(Estimator& /*estimator*/) { return false; }
  virtual void batch_begin(Estimator& /*estimator*/, const data::Batch& /*batch*/) {}
  /// True ends the training, and the epoch at once.
  virtual bool batch_end(Estimator& /*estimator*/, const BatchResult& /*result*/) { return false; }
  /// Handlers are called from the smallest to the largest.
  virtual double priority() const { return 0; }
};

}  // namespace gluino::gluon::contrib::estimator
