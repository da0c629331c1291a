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

/// Measures training, all its epochs together, and shows its progress.
class Meter {
 public:
  Meter(Console& console, const MeterOptions& options) : console_(console), options_(options) {}

  void begin_epoch();
  void add_batch(std::int64_t samples);
  /// What the epoch brought, but for the test.
  EpochResult end_epoch(double train_accuracy, double train_loss) const;

 private:
  using Clock = std::chrono::steady_clock;
  double seconds() const;
  double speed() const;

  Console& console_;
  MeterOptions options_;
  std::int64_t epoch_ = 0;  // from 1
  std::int64_t batch_ = 0;
  std::int64_t samples_ = 0;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point epoch_begin_ = begin_;
};

}  // namespace digits
