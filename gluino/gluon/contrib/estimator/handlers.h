#pragma once

#include <gluino/gluon/contrib/estimator/estimator.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <string>

namespace gluino::gluon::contrib::estimator {

/// Ends the training after as many epochs or batches as the estimator is to do.
class GLUINO_API StoppingHandler : public EventHandler {
 public:
  void train_begin(Estimator& estimator) override;
  bool batch_end(Estimator& estimator, const BatchResult& result) override;
  bool epoch_end(Estimator& estimator) override;

 private:
  std::int64_t batch_ = 0;
  std::int64_t epoch_ = 0;
};

/// Has the trainer update the parameters after each batch.
class GLUINO_API GradientUpdateHandler : public EventHandler {
 public:
  bool batch_end(Estimator& estimator, const BatchResult& result) override;
  double priority() const override { return -2000; }
};

/// Resets metrics when an epoch begins, and updates them after each batch.
class GLUINO_API MetricHandler : public EventHandler {
 public:
  /// Throws Error where one is missing.
  explicit MetricHandler(Metrics metrics);
  void epoch_begin(Estimator& estimator) override;
  bool batch_end(Estimator& estimator, const BatchResult& result) override;
  double priority() const override { return -1000; }

 private:
  Metrics metrics_;
};

struct ValidationHandlerOptions {
  /// Evaluates every so many epochs, and batches; 0: never.
  std::int64_t epoch_period = 1;
  std::int64_t batch_period = 0;
  /// Those of the evaluation.
  Handlers event_handlers{};
};

/// Evaluates in between. The loader must live as long as it.
class GLUINO_API ValidationHandler : public EventHandler {
 public:
  /// Throws Error for a negative period.
  explicit ValidationHandler(const data::DataLoader& val_data,
                             ValidationHandlerOptions options = {});
  void train_begin(Estimator& estimator) override;
  bool batch_end(Estimator& estimator, const BatchResult& result) override;
  bool epoch_end(Estimator& estimator) override;
  double priority() const override { return -1000; }

 private:
  const data::DataLoader& val_data_;
  ValidationHandlerOptions options_;
  std::int64_t batch_ = 0;
  std::int64_t epoch_ = 0;
};

struct LoggingHandlerOptions {
  /// Writes a line for each so many batches, too; 0: for epochs alone.
  std::int64_t log_interval = 0;
};

/// Writes lines of progress (base/log.h), last of all handlers.
class GLUINO_API LoggingHandler : public EventHandler {
 public:
  /// Throws Error for a negative interval, and where a metric is missing.
  explicit LoggingHandler(Metrics metrics, const LoggingHandlerOptions& options = {});
  void train_begin(Estimator& estimator) override;
  void train_end(Estimator& estimator) override;
  void epoch_begin(Estimator& estimator) override;
  bool epoch_end(Estimator& estimator) override;
  bool batch_end(Estimator& estimator, const BatchResult& result) override;
  double priority() const override { return std::numeric_limits<double>::infinity(); }

 private:
  using Clock = std::chrono::steady_clock;
  std::string figures() const;

  Metrics metrics_;
  LoggingHandlerOptions options_;
  std::int64_t epoch_ = 0;
  std::int64_t batch_ = 0;
  std::int64_t samples_ = 0;
  Clock::time_point train_start_{};
  Clock::time_point epoch_start_{};
};

/// Whether a metric has become better: "min", "max", or "auto", which is max for names that say
/// accuracy or F1.
class GLUINO_API Improvement {
 public:
  /// Throws Error without a metric, and for another mode; `who` begins the message.
  Improvement(const char* who, std::shared_ptr<metric::EvalMetric> monitor,
              const std::string& mode);
  double worst() const;
  /// By more than `by`. Throws Error where the metric was not updated.
  bool is_better(double best, double by = 0) const;
  double value() const;
  const metric::EvalMetric& monitor() const { return *monitor_; }

 private:
  std::string who_;
  std::shared_ptr<metric::EvalMetric> monitor_;
  bool larger_is_better_;
};

struct EarlyStoppingHandlerOptions {
  double min_delta = 0;
  std::int64_t patience = 0;
  std::string mode = "auto";
  /// What has to be surpassed at first.
  std::optional<double> baseline{};
};

/// Ends the training when a metric has not become better by min_delta for `patience` epochs.
class GLUINO_API EarlyStoppingHandler : public EventHandler {
 public:
  explicit EarlyStoppingHandler(std::shared_ptr<metric::EvalMetric> monitor,
                                const EarlyStoppingHandlerOptions& options = {});
  void train_begin(Estimator& estimator) override;
  bool epoch_end(Estimator& estimator) override;
  /// The epoch that was the last, if it was this handler that ended the training.
  std::optional<std::int64_t> stopped_epoch() const { return stopped_epoch_; }

 private:
  Improvement improvement_;
  EarlyStoppingHandlerOptions options_;
  double best_ = 0;
  std::int64_t wait_ = 0;
  std::int64_t epoch_ = 0;
  std::optional<std::int64_t> stopped_epoch_;
};

struct CheckpointHandlerOptions {
  std::string model_prefix = "model";
  /// Needed for save_best, which saves PREFIX-best when it has become better.
  std::shared_ptr<metric::EvalMetric> monitor{};
  bool save_best = false;
  std::string mode = "auto";
  /// Saves every so many epochs, and batches; 0: never.
  std::int64_t epoch_period = 1;
  std::int64_t batch_period = 0;
  /// The newest are kept.
  std::int64_t max_checkpoints = 5;
  /// Goes on from the newest files in the folder, if there are any.
  bool resume_from_checkpoint = false;
};

/// Saves the parameters and the trainer's states as PREFIX-epochEbatchB.params and .states in a
/// folder, which it makes.
class GLUINO_API CheckpointHandler : public EventHandler {
 public:
  /// Throws Error for a negative period, or no checkpoints to be kept.
  explicit CheckpointHandler(std::string model_dir, const CheckpointHandlerOptions& options = {});
  void train_begin(Estimator& estimator) override;
  bool batch_end(Estimator& estimator, const BatchResult& result) override;
  bool epoch_end(Estimator& estimator) override;

 private:
  void go_on(Estimator& estimator);
  void save(const Estimator& estimator, const std::string& name) const;
  void save_checkpoint(const Estimator& estimator);

  std::string model_dir_;
  CheckpointHandlerOptions options_;
  std::optional<Improvement> improvement_;
  double best_ = 0;
  std::int64_t epoch_ = 0;
  std::int64_t batch_ = 0;
  std::deque<std::string> saved_;
};

}  // namespace gluino::gluon::contrib::estimator
