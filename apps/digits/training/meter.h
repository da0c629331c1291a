#pragma once

#include <apps/digits/console/console.h>
#include <apps/digits/training/training.h>

#include <chrono>
#include <cstdint>

namespace digits {

struct MeterOptions {
  std::int64_t epochs = 1;
  /// In an epoch.
  std::int64_t batches = 1;
};

/// An epoch that may have been begun by another process.
struct BegunEpoch {
  std::int64_t epoch = 1;
  std::int64_t batch = 0;
  std::int64_t samples = 0;
  double seconds = 0;
};

/// Measures training, all its epochs together, and shows its progress.
class Meter {
 public:
  Meter(Console& console, const MeterOptions& options) : console_(console), options_(options) {}

  void begin_epoch(const BegunEpoch& begun);
  void add_batch(std::int64_t samples);
  /// What the epoch brought, but for the test.
  EpochResult end_epoch(double train_accuracy, double train_loss) const;
  /// Of training, in this epoch.
  double seconds() const;

 private:
  using Clock = std::chrono::steady_clock;
  double speed() const;

  Console& console_;
  MeterOptions options_;
  BegunEpoch now_;
  /// In this process.
  std::int64_t done_ = 0;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point epoch_begin_ = begin_;
};

}  // namespace digits
