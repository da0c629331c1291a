#include <gluino/base/error.h>
#include <gluino/base/log.h>
#include <gluino/base/text.h>
#include <gluino/gluon/contrib/estimator/handlers.h>

#include <cmath>
#include <utility>

namespace gluino::gluon::contrib::estimator {
namespace {

void check_period(const char* who, const char* option, std::int64_t period) {
  check(period >= 0, who, ": ", option, ": expected at least 0, got ", period);
}

Metrics checked(Metrics metrics) {
  for (const auto& metric : metrics) check(metric != nullptr, "Estimator: a metric is missing");
  return metrics;
}

bool is_due(std::int64_t count, std::int64_t period) { return period > 0 && count % period == 0; }

}  // namespace

void StoppingHandler::train_begin(Estimator& /*estimator*/) { batch_ = epoch_ = 0; }

bool StoppingHandler::batch_end(Estimator& estimator, const BatchResult& /*result*/) {
  ++batch_;
  return estimator.max_batch && batch_ >= *estimator.max_batch;
}

bool StoppingHandler::epoch_end(Estimator& estimator) {
  ++epoch_;
  return estimator.max_epoch && epoch_ >= *estimator.max_epoch;
}

bool GradientUpdateHandler::batch_end(Estimator& estimator, const BatchResult& result) {
  std::int64_t samples = 0;
  for (const NDArray& loss : result.losses) {
    samples += loss.shape()[normalize_axis(estimator.batch_axis(), loss.ndim())];
  }
  estimator.trainer().step(static_cast<double>(samples));
  return false;
}

MetricHandler::MetricHandler(Metrics metrics) : metrics_(checked(std::move(metrics))) {}

void MetricHandler::epoch_begin(Estimator& /*estimator*/) {
  for (const auto& metric : metrics_) metric->reset();
}

bool MetricHandler::batch_end(Estimator& /*estimator*/, const BatchResult& result) {
  for (const auto& metric : metrics_) {
    const bool of_losses = dynamic_cast<const metric::Loss*>(metric.get()) != nullptr;
    metric->update(result.labels, of_losses ? result.losses : result.preds);
  }
  return false;
}

ValidationHandler::ValidationHandler(const data::DataLoader& val_data,
                                     ValidationHandlerOptions options)
    : val_data_(val_data), options_(std::move(options)) {
  check_period("ValidationHandler", "epoch_period", options_.epoch_period);
  check_period("ValidationHandler", "batch_period", options_.batch_period);
}

void ValidationHandler::train_begin(Estimator& /*estimator*/) { batch_ = epoch_ = 0; }

bool ValidationHandler::batch_end(Estimator& estimator, const BatchResult& /*result*/) {
  if (is_due(++batch_, options_.batch_period)) {
    estimator.evaluate(val_data_, {options_.event_handlers, estimator.batch_axis()});
  }
  return false;
}

bool ValidationHandler::epoch_end(Estimator& estimator) {
  if (is_due(++epoch_, options_.epoch_period)) {
    estimator.evaluate(val_data_, {options_.event_handlers, estimator.batch_axis()});
  }
  return false;
}

LoggingHandler::LoggingHandler(Metrics metrics, const LoggingHandlerOptions& options)
    : metrics_(checked(std::move(metrics))), options_(options) {
  check_period("LoggingHandler", "log_interval", options.log_interval);
}

std::string LoggingHandler::figures() const {
  std::string text;
  for (const auto& metric : metrics_) {
    for (const auto& [name, value] : metric->get_name_value()) {
      text += str(text.empty() ? "" : ", ", name, ": ", fixed(value, 4));
    }
  }
  return text;
}

void LoggingHandler::train_begin(Estimator& estimator) {
  train_start_ = Clock::now();
  epoch_ = batch_ = samples_ = 0;
  const bool epochs = estimator.max_epoch.has_value();
  log_line(str("Training begins, for ", epochs ? *estimator.max_epoch : *estimator.max_batch,
               epochs ? " epochs" : " batches", ", with a learning rate of ",
               fixed(estimator.trainer().learning_rate(), 4)));
}

void LoggingHandler::train_end(Estimator& /*estimator*/) {
  const std::chrono::duration<double> took = Clock::now() - train_start_;
  log_line(str("Training ended after ", fixed(took.count(), 1), " s and ", epoch_,
               " epochs: ", figures()));
}

void LoggingHandler::epoch_begin(Estimator& /*estimator*/) {
  epoch_start_ = Clock::now();
  batch_ = 0;
}

bool LoggingHandler::epoch_end(Estimator& /*estimator*/) {
  const std::chrono::duration<double> took = Clock::now() - epoch_start_;
  log_line(str("[Epoch ", epoch_++, "] ", fixed(took.count(), 3), " s, ", figures()));
  return false;
}

bool LoggingHandler::batch_end(Estimator& /*estimator*/, const BatchResult& result) {
  samples_ += result.batch.data().shape()[0];
  if (is_due(batch_++, options_.log_interval)) {
    log_line(
        str("[Epoch ", epoch_, "][Batch ", batch_ - 1, "][Samples ", samples_, "] ", figures()));
  }
  return false;
}

Improvement::Improvement(const char* who, std::shared_ptr<metric::EvalMetric> monitor,
                         const std::string& mode)
    : who_(who), monitor_(std::move(monitor)) {
  check(monitor_ != nullptr, who_, ": monitor: expected one of the estimator's metrics");
  check(mode == "auto" || mode == "min" || mode == "max", who_,
        ": mode: expected auto, min or max, got ", mode);
  const std::string name = lower_case(monitor_->name());
  const auto says = [&](const char* word) { return name.find(word) != std::string::npos; };
  larger_is_better_ = mode == "max" || (mode == "auto" && (says("acc") || says("f1")));
}

double Improvement::worst() const {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  return larger_is_better_ ? -kInfinity : kInfinity;
}

double Improvement::value() const {
  const double value = monitor_->get().second;
  check(!std::isnan(value), who_, ": ", monitor_->name(),
        " is not updated; expected one of the metrics of the training");
  return value;
}

bool Improvement::is_better(double best, double by) const {
  return larger_is_better_ ? value() - by > best : value() + by < best;
}

EarlyStoppingHandler::EarlyStoppingHandler(std::shared_ptr<metric::EvalMetric> monitor,
                                           const EarlyStoppingHandlerOptions& options)
    : improvement_("EarlyStoppingHandler", std::move(monitor), options.mode), options_(options) {
  check_period("EarlyStoppingHandler", "patience", options.patience);
}

void EarlyStoppingHandler::train_begin(Estimator& /*estimator*/) {
  wait_ = epoch_ = 0;
  stopped_epoch_.reset();
  best_ = options_.baseline.value_or(improvement_.worst());
}

bool EarlyStoppingHandler::epoch_end(Estimator& /*estimator*/) {
  if (improvement_.is_better(best_, options_.min_delta)) {
    best_ = improvement_.value();
    wait_ = 0;
  } else if (++wait_ >= options_.patience) {
    stopped_epoch_ = epoch_;
    log_line(str("[Epoch ", epoch_, "] EarlyStoppingHandler: ", improvement_.monitor().name(),
                 " does not become better"));
  }
  ++epoch_;
  return stopped_epoch_.has_value();
}

}  // namespace gluino::gluon::contrib::estimator
