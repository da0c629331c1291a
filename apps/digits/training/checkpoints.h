#pragma once

#include <apps/digits/console/console.h>
#include <apps/digits/training/checkpoint_files.h>
#include <apps/digits/training/prefix_lock.h>
#include <apps/digits/training/training.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace digits {

/// How often a checkpoint is written: after so many batches, or so much time; never if both are 0.
struct CheckpointInterval {
  std::int64_t batches = 0;
  double seconds = 0;

  bool is_given() const { return batches > 0 || seconds > 0; }
};
/// "50", "30s", "2min", "1h". Throws Error on other texts.
CheckpointInterval parse_checkpoint_interval(const std::string& text);

struct CheckpointsOptions {
  std::string prefix;
  CheckpointInterval every{};
  int keep = 2;
};

/// Writes the checkpoints of a training while it runs. No other process can do so with the same
/// prefix meanwhile.
class Checkpoints {
 public:
  /// Throws Failure when another training has the prefix.
  Checkpoints(const CheckpointsOptions& options, CheckpointFiles files, Console& console);

  using Take = std::function<SavedTraining()>;
  /// Counts a batch. True when it is time for one.
  bool is_due_after_batch();
  /// Writes one. When that fails, says so, and training goes on: the checkpoint before is whole,
  /// and there will be another time.
  void write_or_warn(const Take& take);
  /// Writes one and gives its name; throws Error when that fails.
  std::string write(const Take& take);

 private:
  using Clock = std::chrono::steady_clock;
  void wait_for_the_next();

  CheckpointsOptions options_;
  CheckpointFiles files_;
  Console& console_;
  PrefixLock lock_;
  std::int64_t batches_ = 0;  // since the last one
  Clock::time_point written_ = Clock::now();
  bool failed_ = false;
};

}  // namespace digits
