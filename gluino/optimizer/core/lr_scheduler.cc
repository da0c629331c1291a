#include <gluino/base/error.h>
#include <gluino/optimizer/core/lr_scheduler.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <typeinfo>
#include <utility>

namespace gluino::lr_scheduler {
namespace {

void check_factor(const char* who, double factor) {
  check(factor <= 1, "[", who, "] factor: expected at most 1, so that the rate falls, got ",
        factor);
}

void check_max_update(const char* who, std::int64_t max_update, const WarmUp& warm_up) {
  check(max_update >= 1, "[", who, "] max_update: expected at least 1, got ", max_update);
  check(max_update > warm_up.steps, "[", who, "] max_update: expected more than the ",
        warm_up.steps, " steps of the warm-up, got ", max_update);
}

// How much of the way from the end of the warm-up to max_update is done.
double progress(std::int64_t num_update, std::int64_t max_update, std::int64_t warm_up) {
  const auto done = static_cast<double>(std::min(num_update, max_update) - warm_up);
  return done / static_cast<double>(max_update - warm_up);
}

}  // namespace

LRScheduler::LRScheduler(double base_lr, WarmUp warm_up)
    : base_lr_(base_lr), warm_up_(std::move(warm_up)) {
  check(warm_up_.steps >= 0, "warm_up.steps: expected at least 0, got ", warm_up_.steps);
  check(warm_up_.begin_lr <= base_lr, "warm_up.begin_lr: expected at most the base rate ", base_lr,
        ", got ", warm_up_.begin_lr);
  check(warm_up_.mode == "linear" || warm_up_.mode == "constant",
        "warm_up.mode: expected linear or constant, got '", warm_up_.mode, "'");
}

double LRScheduler::operator()(std::int64_t num_update) const {
  check(num_update >= 0, "num_update: expected at least 0, got ", num_update);
  if (num_update >= warm_up_.steps) return rate(num_update);
  if (warm_up_.mode == "constant") return warm_up_.begin_lr;
  return warm_up_.begin_lr + (base_lr_ - warm_up_.begin_lr) * static_cast<double>(num_update) /
                                 static_cast<double>(warm_up_.steps);
}

Settings LRScheduler::settings() const {
  Settings all = own_settings();
  if (all.empty()) all.emplace_back("name", typeid(*this).name());
  all.emplace_back("base_lr", setting_text(base_lr_));
  all.emplace_back("warm_up.steps", setting_text(warm_up_.steps));
  all.emplace_back("warm_up.begin_lr", setting_text(warm_up_.begin_lr));
  all.emplace_back("warm_up.mode", warm_up_.mode);
  return all;
}

FactorScheduler::FactorScheduler(const FactorOptions& options)
    : LRScheduler(options.base_lr, options.warm_up), options_(options) {
  check(options.step >= 1, "[FactorScheduler] step: expected at least 1, got ", options.step);
  check_factor("FactorScheduler", options.factor);
}

double FactorScheduler::rate(std::int64_t num_update) const {
  const std::int64_t changes = num_update > 0 ? (num_update - 1) / options_.step : 0;
  if (changes == 0) return base_lr();
  return std::max(base_lr() * std::pow(options_.factor, static_cast<double>(changes)),
                  options_.stop_factor_lr);
}

Settings FactorScheduler::own_settings() const {
  return {{"name", "FactorScheduler"},
          {"step", setting_text(options_.step)},
          {"factor", setting_text(options_.factor)},
          {"stop_factor_lr", setting_text(options_.stop_factor_lr)}};
}

MultiFactorScheduler::MultiFactorScheduler(const MultiFactorOptions& options)
    : LRScheduler(options.base_lr, options.warm_up), options_(options) {
  check(!options.step.empty(), "[MultiFactorScheduler] step: expected at least one number");
  std::int64_t before = 0;
  for (const std::int64_t step : options.step) {
    check(step > before, "[MultiFactorScheduler] step: expected increasing numbers of at least 1, ",
          "got ", step, " after ", before);
    before = step;
  }
  check_factor("MultiFactorScheduler", options.factor);
}

double MultiFactorScheduler::rate(std::int64_t num_update) const {
  const auto& step = options_.step;
  const auto changes = std::lower_bound(step.begin(), step.end(), num_update) - step.begin();
  return base_lr() * std::pow(options_.factor, static_cast<double>(changes));
}

Settings MultiFactorScheduler::own_settings() const {
  std::vector<std::string> steps;
  steps.reserve(options_.step.size());
  for (const std::int64_t step : options_.step) steps.push_back(setting_text(step));
  return {{"name", "MultiFactorScheduler"},
          {"step", join(steps)},
          {"factor", setting_text(options_.factor)}};
}

PolyScheduler::PolyScheduler(const PolyOptions& options)
    : LRScheduler(options.base_lr, options.warm_up), options_(options) {
  check_max_update("PolyScheduler", options.max_update, options.warm_up);
}

double PolyScheduler::rate(std::int64_t num_update) const {
  const double t = progress(num_update, options_.max_update, warm_up_steps());
  return options_.final_lr + (base_lr() - options_.final_lr) * std::pow(1 - t, options_.pwr);
}

Settings PolyScheduler::own_settings() const {
  return {{"name", "PolyScheduler"},
          {"max_update", setting_text(options_.max_update)},
          {"pwr", setting_text(options_.pwr)},
          {"final_lr", setting_text(options_.final_lr)}};
}

CosineScheduler::CosineScheduler(const CosineOptions& options)
    : LRScheduler(options.base_lr, options.warm_up), options_(options) {
  check_max_update("CosineScheduler", options.max_update, options.warm_up);
}

double CosineScheduler::rate(std::int64_t num_update) const {
  const double t = progress(num_update, options_.max_update, warm_up_steps());
  return options_.final_lr +
         (base_lr() - options_.final_lr) * (1 + std::cos(std::numbers::pi * t)) / 2;
}

Settings CosineScheduler::own_settings() const {
  return {{"name", "CosineScheduler"},
          {"max_update", setting_text(options_.max_update)},
          {"final_lr", setting_text(options_.final_lr)}};
}

}  // namespace gluino::lr_scheduler
