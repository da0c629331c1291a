#pragma once

#include <gluino/gluon/contrib/estimator/event_handler.h>
#include <gluino/gluon/data/dataloader.h>
#include <gluino/gluon/loss.h>
#include <gluino/gluon/trainer.h>
#include <gluino/metric/metric.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

/// Trainings without a loop of one's own: mxnet.gluon.contrib.estimator.
namespace gluino::gluon::contrib::estimator {

using Metrics = std::vector<std::shared_ptr<metric::EvalMetric>>;
using Handlers = std::vector<std::shared_ptr<EventHandler>>;

struct EstimatorOptions {
  /// Accuracy, if the loss is a SoftmaxCrossEntropyLoss, and the loss, unless given; those of
  /// validation likewise, unless given.
  Metrics train_metrics{};
  Metrics val_metrics{};
  /// How parameters begin that have no values yet; Uniform unless given.
  init::Initializer initializer{};
  /// SGD with a learning rate of 0.001 unless given.
  std::shared_ptr<Trainer> trainer{};
  /// The current context unless given.
  std::vector<Context> context{};
  /// Instead of the net and the loss, for validation.
  Block* val_net = nullptr;
  loss::Loss* val_loss = nullptr;
};

struct FitOptions {
  /// Exactly one of the two, at least 1.
  std::optional<std::int64_t> epochs{};
  std::optional<std::int64_t> batches{};
  /// Evaluated after each epoch, if given.
  const data::DataLoader* val_data = nullptr;
  /// Besides those that every training has, of which one of the same class takes the place.
  Handlers event_handlers{};
  std::int64_t batch_axis = 0;
};

struct EvaluateOptions {
  Handlers event_handlers{};
  std::int64_t batch_axis = 0;
};

/// Trains a network to make a loss of (data, label) small:
///
///     estimator::Estimator estimator(net, loss, {.trainer = trainer});
///     estimator.fit(train_data, {.epochs = 5, .val_data = &val_data});
///
/// The net and the loss must live as long as it. One's own way to treat a batch is a class derived
/// from it.
class GLUINO_API Estimator {
 public:
  /// Initializes parameters that have no values yet. Throws Error where a metric is missing.
  Estimator(Block& net, loss::Loss& loss, const EstimatorOptions& options = {});
  virtual ~Estimator() = default;
  Estimator(const Estimator&) = delete;
  Estimator& operator=(const Estimator&) = delete;

  /// Throws Error unless exactly one of epochs and batches is given.
  void fit(const data::DataLoader& train_data, const FitOptions& options);
  /// Runs the network on the batches; the results are in val_metrics.
  void evaluate(const data::DataLoader& val_data, const EvaluateOptions& options = {});

  const Metrics& train_metrics() const { return train_metrics_; }
  const Metrics& val_metrics() const { return val_metrics_; }
  Block& net() const { return net_; }
  Trainer& trainer() const { return *trainer_; }
  const std::vector<Context>& context() const { return context_; }
  std::int64_t batch_axis() const { return batch_axis_; }
  /// What fit has to do; a handler may change it in train_begin.
  std::optional<std::int64_t> max_epoch{};
  std::optional<std::int64_t> max_batch{};

 protected:
  /// Computes outputs and losses, and in training gradients; the data set's samples are pairs.
  virtual BatchResult fit_batch(const data::Batch& batch);
  virtual BatchResult evaluate_batch(const data::Batch& batch);

 private:
  BatchResult run(const data::Batch& batch, Block& net, loss::Loss& loss) const;
  Handlers with_defaults(const FitOptions& options);

  Block& net_;
  loss::Loss& loss_;
  Block& val_net_;
  loss::Loss& val_loss_;
  Metrics train_metrics_;
  Metrics val_metrics_;
  std::vector<Context> context_;
  std::shared_ptr<Trainer> trainer_;
  std::int64_t batch_axis_ = 0;
};

}  // namespace gluino::gluon::contrib::estimator
