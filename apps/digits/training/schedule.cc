#include <apps/digits/training/schedule.h>
#include <gluino/base/error.h>
#include <gluino/base/text.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>

namespace digits {
namespace {

namespace lr_scheduler = gluino::lr_scheduler;

constexpr double kMostBatches = 1e12;

std::int64_t warm_up_steps(const ScheduleOptions& options, const ScheduledUpdates& updates) {
  if (options.warm_up.empty()) return std::min(kWarmUp, updates.all / 20);
  const auto [amount, in_epochs] = parse_stretch(options.warm_up);
  const double steps = in_epochs ? amount * static_cast<double>(updates.per_epoch) : amount;
  gluino::check(steps < static_cast<double>(updates.all),
                "--warmup: expected less than the whole training of ", updates.all,
                " batches, got ", steps);
  return static_cast<std::int64_t>(std::llround(std::floor(steps)));
}

// After which updates the rate becomes a tenth; each is there once.
std::vector<std::int64_t> steps_of(std::int64_t updates, std::int64_t warm_up) {
  std::vector<std::int64_t> steps;
  for (const std::int64_t step : {updates / 2, updates * 3 / 4}) {
    if (step > std::max<std::int64_t>(warm_up, 0) && (steps.empty() || step > steps.back())) {
      steps.push_back(step);
    }
  }
  if (steps.empty()) steps.push_back(std::max(updates, warm_up + 1));
  return steps;
}

}  // namespace

Stretch parse_stretch(const std::string& text) {
  std::string_view number = text;
  Stretch stretch;
  for (const std::string_view unit : {"epochs", "epoch"}) {
    if (!number.ends_with(unit)) continue;
    number.remove_suffix(unit.size());
    stretch.in_epochs = true;
    break;
  }
  const auto* end = number.data() + number.size();
  const auto result = std::from_chars(number.data(), end, stretch.amount);
  const bool is_number = result.ec == std::errc() && result.ptr == end && stretch.amount >= 0 &&
                         stretch.amount <= kMostBatches;
  const bool is_whole = stretch.in_epochs || std::floor(stretch.amount) == stretch.amount;
  gluino::check(is_number && is_whole,
                "expected a number of batches, as 200, or of epochs, as 2epochs, got '", text, "'");
  return stretch;
}

const std::vector<std::string>& schedule_names() {
  static const std::vector<std::string> names = {"constant", "step", "linear", "poly", "cosine"};
  return names;
}

std::shared_ptr<lr_scheduler::LRScheduler> make_schedule(const ScheduleOptions& options,
                                                         const ScheduledUpdates& updates,
                                                         double rate) {
  const lr_scheduler::WarmUp warm_up{.steps = warm_up_steps(options, updates)};
  // Rates that fall to 0 would be 0 at max_update, which lies one beyond the last.
  const std::int64_t end = updates.all + 1;
  if (options.name == "linear" || options.name == "poly") {
    return std::make_shared<lr_scheduler::PolyScheduler>(lr_scheduler::PolyOptions{
        .max_update = end, .base_lr = rate, .pwr = 1, .warm_up = warm_up});
  }
  if (options.name == "cosine") {
    return std::make_shared<lr_scheduler::CosineScheduler>(
        lr_scheduler::CosineOptions{.max_update = end, .base_lr = rate, .warm_up = warm_up});
  }
  if (options.name == "step") {
    return std::make_shared<lr_scheduler::MultiFactorScheduler>(
        lr_scheduler::MultiFactorOptions{.step = steps_of(updates.all, warm_up.steps),
                                         .factor = 0.1,
                                         .base_lr = rate,
                                         .warm_up = warm_up});
  }
  gluino::check(options.name == "constant", "expected the schedule ",
                gluino::join(schedule_names(), " or "), ", found '", options.name, "'");
  return std::make_shared<lr_scheduler::FactorScheduler>(
      lr_scheduler::FactorOptions{.step = end, .factor = 1, .base_lr = rate, .warm_up = warm_up});
}

}  // namespace digits
