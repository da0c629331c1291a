#include <gluino/autograd/autograd.h>
#include <gluino/base/error.h>
#include <gluino/base/log.h>
#include <gluino/base/text.h>
#include <gluino/gluon/contrib/estimator/handlers.h>
#include <gluino/gluon/utils.h>

#include <algorithm>
#include <functional>
#include <utility>

namespace gluino::gluon::contrib::estimator {
namespace {

Metrics default_metrics(const std::string& word, loss::Loss& loss) {
  Metrics metrics;
  if (dynamic_cast<loss::SoftmaxCrossEntropyLoss*>(&loss) != nullptr) {
    metrics.push_back(
        std::make_shared<metric::Accuracy>(metric::AccuracyOptions{.name = word + " accuracy"}));
  }
  std::string name = loss.name();
  name.erase(name.find_last_not_of("0123456789") + 1);
  metrics.push_back(std::make_shared<metric::Loss>(word + " " + name));
  return metrics;
}

template <class Handler>
bool has(const Handlers& handlers) {
  return std::any_of(handlers.begin(), handlers.end(), [](const auto& handler) {
    return dynamic_cast<const Handler*>(handler.get()) != nullptr;
  });
}

void sort(Handlers& handlers) {
  for (const auto& handler : handlers) check(handler != nullptr, "Estimator: a handler is missing");
  std::stable_sort(handlers.begin(), handlers.end(),
                   [](const auto& a, const auto& b) { return a->priority() < b->priority(); });
}

// All of them hear of an event; true if one of them wants to stop.
bool any(const Handlers& handlers, const std::function<bool(EventHandler&)>& event) {
  bool stop = false;
  for (const auto& handler : handlers) stop = event(*handler) || stop;
  return stop;
}

void all(const Handlers& handlers, const std::function<void(EventHandler&)>& event) {
  for (const auto& handler : handlers) event(*handler);
}

}  // namespace

Estimator::Estimator(Block& net, loss::Loss& loss, const EstimatorOptions& options)
    : net_(net),
      loss_(loss),
      val_net_(options.val_net != nullptr ? *options.val_net : net),
      val_loss_(options.val_loss != nullptr ? *options.val_loss : loss),
      train_metrics_(options.train_metrics),
      val_metrics_(options.val_metrics),
      context_(options.context),
      trainer_(options.trainer) {
  for (const Metrics* each : {&train_metrics_, &val_metrics_}) {
    for (const auto& metric : *each) check(metric != nullptr, "Estimator: a metric is missing");
  }
  if (train_metrics_.empty()) train_metrics_ = default_metrics("training", loss_);
  if (val_metrics_.empty()) val_metrics_ = default_metrics("validation", val_loss_);
  if (context_.empty()) context_ = {current_context()};
  const init::Initializer init =
      options.initializer.defined() ? options.initializer : init::Initializer(init::Uniform());
  for (const Block* each : {&net_, &val_net_}) {
    for (const Parameter& parameter : each->collect_params()) {
      if (parameter.is_initialized() || parameter.is_deferred()) continue;
      parameter.initialize(init, context_);
    }
  }
  if (trainer_ != nullptr) return;
  log_line("Estimator: no trainer is given; SGD with a learning rate of 0.001 is used");
  trainer_ = std::make_shared<Trainer>(net_.collect_params(), "sgd",
                                       optimizer::OptionMap{{"learning_rate", 0.001}});
}

BatchResult Estimator::run(const data::Batch& batch, Block& net, loss::Loss& loss) const {
  BatchResult result{.batch = batch, .labels = {}, .preds = {}, .losses = {}};
  const auto inputs = utils::split_and_load(batch.data(), context_, {.batch_axis = batch_axis_});
  result.labels = utils::split_and_load(batch.label(), context_, {.batch_axis = batch_axis_});
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    result.preds.push_back(net(inputs[i]));
    result.losses.push_back(loss(result.preds[i], result.labels[i]));
  }
  return result;
}

BatchResult Estimator::fit_batch(const data::Batch& batch) {
  const auto recording = autograd::record();
  BatchResult result = run(batch, net_, loss_);
  autograd::backward(result.losses);
  return result;
}

BatchResult Estimator::evaluate_batch(const data::Batch& batch) {
  return run(batch, val_net_, val_loss_);
}

Handlers Estimator::with_defaults(const FitOptions& options) {
  Handlers handlers = options.event_handlers;
  if (!has<StoppingHandler>(handlers)) handlers.push_back(std::make_shared<StoppingHandler>());
  if (!has<GradientUpdateHandler>(handlers)) {
    handlers.push_back(std::make_shared<GradientUpdateHandler>());
  }
  if (!has<MetricHandler>(handlers)) {
    handlers.push_back(std::make_shared<MetricHandler>(train_metrics_));
  }
  if (!has<ValidationHandler>(handlers) && options.val_data != nullptr) {
    handlers.push_back(std::make_shared<ValidationHandler>(*options.val_data));
  }
  if (!has<LoggingHandler>(handlers)) {
    handlers.push_back(std::make_shared<LoggingHandler>(train_metrics_));
  }
  sort(handlers);
  return handlers;
}

void Estimator::fit(const data::DataLoader& train_data, const FitOptions& options) {
  check(options.epochs.has_value() != options.batches.has_value(),
        "Estimator: fit: expected either epochs or batches");
  const std::int64_t wanted = options.epochs.value_or(options.batches.value_or(0));
  check(wanted >= 1, "Estimator: fit: expected at least 1 epoch or batch, got ", wanted);
  max_epoch = options.epochs;
  max_batch = options.batches;
  batch_axis_ = options.batch_axis;
  const Handlers handlers = with_defaults(options);
  all(handlers, [&](EventHandler& h) { h.train_begin(*this); });
  bool stop = max_epoch == 0 || max_batch == 0;
  while (!stop) {
    bool is_empty = true;
    all(handlers, [&](EventHandler& h) { h.epoch_begin(*this); });
    for (const data::Batch& batch : train_data) {
      is_empty = false;
      all(handlers, [&](EventHandler& h) { h.batch_begin(*this, batch); });
      const BatchResult result = fit_batch(batch);
      stop = any(handlers, [&](EventHandler& h) { return h.batch_end(*this, result); });
      if (stop) break;
    }
    check(!is_empty || max_epoch, "Estimator: fit: the loader has no batches, of which ",
          max_batch.value_or(0), " were asked for");
    stop = any(handlers, [&](EventHandler& h) { return h.epoch_end(*this); }) || stop;
  }
  all(handlers, [&](EventHandler& h) { h.train_end(*this); });
}

void Estimator::evaluate(const data::DataLoader& val_data, const EvaluateOptions& options) {
  for (const auto& metric : val_metrics_) metric->reset();
  batch_axis_ = options.batch_axis;
  Handlers handlers = options.event_handlers;
  if (!has<MetricHandler>(handlers)) {
    handlers.push_back(std::make_shared<MetricHandler>(val_metrics_));
  }
  if (!has<LoggingHandler>(handlers)) {
    handlers.push_back(std::make_shared<LoggingHandler>(val_metrics_));
  }
  sort(handlers);
  const autograd::Scope scope = autograd::pause(false);
  all(handlers, [&](EventHandler& h) { h.epoch_begin(*this); });
  for (const data::Batch& batch : val_data) {
    all(handlers, [&](EventHandler& h) { h.batch_begin(*this, batch); });
    const BatchResult result = evaluate_batch(batch);
    all(handlers, [&](EventHandler& h) { h.batch_end(*this, result); });
  }
  all(handlers, [&](EventHandler& h) { h.epoch_end(*this); });
}

}  // namespace gluino::gluon::contrib::estimator
