// fit of all kinds of modules: epochs of training, with MXNet's log lines.
#include <gluino/base/error.h>
#include <gluino/base/log.h>
#include <gluino/base/text.h>
#include <gluino/module/base_module.h>

#include <chrono>
#include <utility>

namespace gluino::mod {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void log_values(int epoch, const char* what, const std::vector<metric::NameValue>& values) {
  for (const auto& [name, value] : values) {
    log_line(str("Epoch[", epoch, "] ", what, "-", name, "=", fixed(value, 6)));
  }
}

// One epoch; gives what the metric counted in it.
std::vector<metric::NameValue> train_epoch(BaseModule& module, io::DataIter& train_data,
                                           metric::EvalMetric& metric, int epoch,
                                           const FitOptions& options) {
  metric.reset();
  io::DataBatch batch;
  io::DataBatch next;
  bool more = train_data.next(batch);
  check(more, "fit: the training data gave no batch in epoch ", epoch);
  std::vector<metric::NameValue> values;
  callback::BatchEndParam param{.epoch = epoch, .nbatch = 0, .eval_metric = &metric};
  for (; more; ++param.nbatch, std::swap(batch, next)) {
    if (options.monitor.defined()) options.monitor.tic();
    module.train_step(batch);
    module.update_metric(metric, batch.label);
    more = train_data.next(next);
    if (more) module.prepare(next);
    if (options.monitor.defined()) options.monitor.toc_print();
    // Before a callback that may reset the metric.
    if (!more) values = metric.get_global_name_value();
    options.batch_end_callback(param);
  }
  return values;
}

}  // namespace

void BaseModule::fit(io::DataIter& train_data, const FitOptions& options) {
  check(options.num_epoch.has_value(), "fit: say how many epochs: {.num_epoch = 10}");
  bind(train_data.provide_data(), train_data.provide_label(),
       {.for_training = true, .force_rebind = options.force_rebind});
  if (options.monitor.defined()) install_monitor(options.monitor);
  init_params({.initializer = options.initializer,
               .arg_params = options.arg_params,
               .aux_params = options.aux_params,
               .allow_missing = options.allow_missing,
               .force_init = options.force_init,
               .allow_extra = options.allow_extra});
  init_optimizer({.kvstore = options.kvstore,
                  .optimizer = options.optimizer,
                  .optimizer_params = options.optimizer_params});
  const std::shared_ptr<metric::EvalMetric> metric = options.eval_metric.get();
  const MetricRef& validation_metric =
      options.validation_metric.given() ? options.validation_metric : options.eval_metric;

  for (int epoch = options.begin_epoch; epoch < *options.num_epoch; ++epoch) {
    const Clock::time_point start = Clock::now();
    log_values(epoch, "Train", train_epoch(*this, train_data, *metric, epoch, options));
    log_line(str("Epoch[", epoch, "] Time cost=", fixed(seconds_since(start), 3)));

    // Contexts begin the next epoch with the same auxiliary states.
    const auto [arg_params, aux_params] = get_params();
    set_params(arg_params, aux_params);
    options.epoch_end_callback(epoch, symbol(), arg_params, aux_params);

    if (options.eval_data) {
      log_values(epoch, "Validation",
                 score(*options.eval_data, validation_metric,
                       {.batch_end_callback = options.eval_batch_end_callback,
                        .score_end_callback = options.eval_end_callback,
                        .epoch = epoch}));
    }
    train_data.reset();
  }
}

}  // namespace gluino::mod
