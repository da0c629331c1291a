#pragma once

#include <gluino/optimizer/core/lr_scheduler.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace digits {

/// A stretch of training: "200" batches, or "2epochs".
struct Stretch {
  double amount = 0;
  bool in_epochs = false;
};
/// Throws Error on anything but a number, not below 0, with or without "epochs" behind it.
Stretch parse_stretch(const std::string& text);

/// How the learning rate goes.
struct ScheduleOptions {
  /// One of schedule_names().
  std::string name = "linear";
  /// The rate rises from 0 that long, as parse_stretch reads it. Empty: the first twentieth of the
  /// training, at most kWarmUp batches.
  std::string warm_up{};
};
inline constexpr std::int64_t kWarmUp = 200;

/// "constant"; "step": a tenth after half, and again after three quarters of the training; "linear"
/// (or "poly"), "cosine": down to 0 at its end.
const std::vector<std::string>& schedule_names();

struct ScheduledUpdates {
  std::int64_t all = 1;
  std::int64_t per_epoch = 1;
};
/// Throws Error on an unknown name, or when the warm-up takes the whole training.
std::shared_ptr<gluino::lr_scheduler::LRScheduler> make_schedule(const ScheduleOptions& options,
                                                                 const ScheduledUpdates& updates,
                                                                 double rate);

}  // namespace digits
