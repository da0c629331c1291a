#pragma once

#include <gluino/module/arguments.h>

#include <chrono>
#include <cstdint>
#include <string>

namespace gluino::mod {
class BaseModule;
}

/// What training calls at the end of a batch, of an epoch or of an evaluation. A callback of one's
/// own is any function with the same arguments. Lines go where log_line sends them.
namespace gluino::callback {

struct SpeedometerOptions {
  /// Each line tells of the batches since the line before; else of all of the epoch.
  bool auto_reset = true;
};

/// Every `frequent` batches a line with the samples per second and the metric. The first batch of
/// an epoch only starts the clock. In Module:
///
///     Epoch[0] Batch [0-100]	Speed: 1353.96 samples/sec	accuracy=0.114356
///
/// and in FeedForward:
///
///     Epoch[0] Batch [200]	Speed: 1353.96 samples/sec	Train-accuracy=0.114356
class GLUINO_API Speedometer {
 public:
  /// Throws Error when `frequent` is below 1.
  explicit Speedometer(std::int64_t batch_size, std::int64_t frequent = 50,
                       const SpeedometerOptions& options = {});
  void operator()(const BatchEndParam& param);

 private:
  using Clock = std::chrono::steady_clock;
  std::int64_t batch_size_;
  std::int64_t frequent_;
  bool auto_reset_;
  bool running_ = false;
  std::int64_t last_count_ = 0;
  Clock::time_point start_;
};

/// A line with a bar that grows with the epoch: "[====------] 40%".
class GLUINO_API ProgressBar {
 public:
  /// `total`: the batches of an epoch; `length`: the bar's characters. Throws Error unless both
  /// are at least 1.
  explicit ProgressBar(std::int64_t total, int length = 80);
  void operator()(const BatchEndParam& param) const;

 private:
  std::int64_t total_;
  int length_;
};

/// Every `period` batches "Iter[0] Batch[100] Train-accuracy=0.114356"; with auto_reset the metric
/// then begins anew.
GLUINO_API BatchEndCallbacks::Function log_train_metric(std::int64_t period,
                                                        const SpeedometerOptions& options = {
                                                            .auto_reset = false});

/// At the end of an evaluation "Epoch[0] Validation-accuracy=0.113500".
class GLUINO_API LogValidationMetricsCallback {
 public:
  void operator()(const BatchEndParam& param) const;
};

/// Every `period` epochs model::save_checkpoint; the first epoch is number 1 in the files' names.
GLUINO_API EpochEndCallbacks::Function do_checkpoint(const std::string& prefix, int period = 1);

struct ModuleCheckpointOptions {
  int period = 1;
  bool save_optimizer_states = false;
};

/// Every so many epochs the module's own save_checkpoint, which knows the optimizer's states.
GLUINO_API EpochEndCallbacks::Function module_checkpoint(
    const mod::BaseModule& module, const std::string& prefix,
    const ModuleCheckpointOptions& options = {});

}  // namespace gluino::callback
