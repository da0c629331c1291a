#include <gluino/base/error.h>
#include <gluino/base/log.h>
#include <gluino/base/text.h>
#include <gluino/module/base_module.h>
#include <gluino/module/callback.h>

#include <algorithm>
#include <cmath>

namespace gluino::callback {
namespace {

std::string values_text(const std::vector<metric::NameValue>& values) {
  std::string text;
  for (const auto& [name, value] : values) text += "\t" + name + "=" + fixed(value, 6);
  return text;
}

}  // namespace

Speedometer::Speedometer(std::int64_t batch_size, std::int64_t frequent,
                         const SpeedometerOptions& options)
    : batch_size_(batch_size), frequent_(frequent), auto_reset_(options.auto_reset) {
  check(frequent >= 1, "Speedometer: frequent: expected at least 1, got ", frequent);
}

void Speedometer::operator()(const BatchEndParam& param) {
  const std::int64_t count = param.nbatch;
  const bool new_epoch = last_count_ > count;
  last_count_ = count;
  if (!running_ || new_epoch) {
    running_ = true;
    start_ = Clock::now();
    return;
  }
  if (count % frequent_ != 0) return;
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  const double speed = static_cast<double>(frequent_ * batch_size_) / seconds;
  const std::string speed_text = "\tSpeed: " + fixed(speed, 2) + " samples/sec";
  if (param.eval_metric == nullptr) {
    log_line(str("Iter[", param.epoch, "] Batch [", count, "]", speed_text));
  } else if (param.style == LogStyle::running) {
    for (const auto& [name, value] : param.eval_metric->get_name_value()) {
      log_line(str("Epoch[", param.epoch, "] Batch [", count, "]", speed_text, "\tTrain-", name,
                   "=", fixed(value, 6)));
    }
  } else {
    const std::string values = values_text(param.eval_metric->get_name_value());
    if (auto_reset_) param.eval_metric->reset_local();
    log_line(str("Epoch[", param.epoch, "] Batch [", auto_reset_ ? count - frequent_ : 0, "-",
                 count, "]", speed_text, values));
  }
  start_ = Clock::now();
}

ProgressBar::ProgressBar(std::int64_t total, int length) : total_(total), length_(length) {
  check(total >= 1, "ProgressBar: total: expected at least 1, got ", total);
  check(length >= 1, "ProgressBar: length: expected at least 1, got ", length);
}

void ProgressBar::operator()(const BatchEndParam& param) const {
  const double share = static_cast<double>(param.nbatch) / static_cast<double>(total_);
  const double filled = std::clamp(std::nearbyint(length_ * share), 0.0, double(length_));
  std::string bar(static_cast<std::size_t>(filled), '=');
  bar.resize(static_cast<std::size_t>(length_), '-');
  const double percent =
      std::ceil(100 * static_cast<double>(param.nbatch) / static_cast<double>(total_));
  log_line(str("[", bar, "] ", fixed(percent, 0), "%\r"));
}

BatchEndCallbacks::Function log_train_metric(std::int64_t period,
                                             const SpeedometerOptions& options) {
  check(period >= 1, "log_train_metric: period: expected at least 1, got ", period);
  return [period, auto_reset = options.auto_reset](const BatchEndParam& param) {
    if (param.nbatch % period != 0 || param.eval_metric == nullptr) return;
    for (const auto& [name, value] : param.eval_metric->get_name_value()) {
      log_line(str("Iter[", param.epoch, "] Batch[", param.nbatch, "] Train-", name, "=",
                   fixed(value, 6)));
    }
    if (auto_reset) param.eval_metric->reset_local();
  };
}

void LogValidationMetricsCallback::operator()(const BatchEndParam& param) const {
  if (param.eval_metric == nullptr) return;
  for (const auto& [name, value] : param.eval_metric->get_name_value()) {
    log_line(str("Epoch[", param.epoch, "] Validation-", name, "=", fixed(value, 6)));
  }
}

EpochEndCallbacks::Function do_checkpoint(const std::string& prefix, int period) {
  return
      [prefix, period = std::max(1, period)](
          int epoch, const Symbol& symbol, const ArrayMap& arg_params, const ArrayMap& aux_params) {
        if ((epoch + 1) % period != 0) return;
        model::save_checkpoint(prefix, epoch + 1, symbol, arg_params, aux_params);
      };
}

EpochEndCallbacks::Function module_checkpoint(const mod::BaseModule& module,
                                              const std::string& prefix,
                                              const ModuleCheckpointOptions& options) {
  return [module = module.handle(), prefix, options](int epoch, const Symbol&, const ArrayMap&,
                                                     const ArrayMap&) {
    if ((epoch + 1) % std::max(1, options.period) != 0) return;
    module->save_checkpoint(prefix, epoch + 1, options.save_optimizer_states);
  };
}

}  // namespace gluino::callback
