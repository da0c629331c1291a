#include <gluino/base/error.h>
#include <gluino/base/log.h>
#include <gluino/base/text.h>
#include <gluino/io/iterators/ndarray_iter.h>
#include <gluino/module/feed_forward.h>
#include <gluino/module/module_impl.h>
#include <gluino/ndarray/creation.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

namespace gluino::model {
namespace {

using mod::Module;

std::vector<std::string> names_of(const std::vector<io::DataDesc>& descs) {
  std::vector<std::string> names;
  names.reserve(descs.size());
  for (const io::DataDesc& desc : descs) names.push_back(desc.name);
  return names;
}

// Leaves the parameters that the network has.
void keep_known(ArrayMap& params, const std::vector<std::string>& names, bool allow_extra) {
  std::erase_if(params, [&](const auto& param) {
    const bool known = std::find(names.begin(), names.end(), param.first) != names.end();
    check(known || allow_extra, "FeedForward: the network does not have the parameter ",
          param.first, "; pass allow_extra_params = true to leave it out");
    return !known;
  });
}

// Rows in a random order, for training. MXNet takes the same for evaluation.
io::NDArrayIter shuffled(const NDArray& X, const NDArray& y, std::int64_t batch_size) {
  check(X.defined() && X.ndim() >= 1, "FeedForward: expected data with an axis for the samples");
  check(y.defined() && (y.ndim() == 1 || (y.ndim() == 2 && y.shape()[1] == 1)),
        "FeedForward: expected labels of shape (N) or (N, 1), got ",
        y.defined() ? str(y.shape()) : "none");
  check(X.shape()[0] == y.shape()[0], "FeedForward: expected as many labels as samples, got ",
        y.shape()[0], " and ", X.shape()[0]);
  return {X,
          y.view({y.shape()[0]}),
          {.batch_size = std::min(batch_size, X.shape()[0]),
           .shuffle = true,
           .last_batch_handle = "roll_over"}};
}

std::string text_of(const std::vector<Context>& contexts) {
  std::string text;
  for (const Context& context : contexts) text += (text.empty() ? "" : ", ") + context.to_string();
  return "[" + text + "]";
}

}  // namespace

struct FeedForward::Impl {
  Symbol symbol;
  FeedForwardOptions options;
  /// Bound for prediction; made when it is first needed after the parameters have changed.
  std::optional<Module> predictor;

  Module module_for_training(const io::DataIter& data) const;
  void init_params(Module& module);
  mod::OptimizerParams optimizer_params() const;
  void train_epoch(Module& module, io::DataIter& data, metric::EvalMetric& metric, int epoch,
                   const FeedForwardFitOptions& fit) const;
  void evaluate(Module& module, io::DataIter& data, metric::EvalMetric& metric, int epoch,
                const FeedForwardFitOptions& fit) const;
  Module& predictor_for(const io::DataIter& data);
};

FeedForward::FeedForward(const Symbol& symbol, const FeedForwardOptions& options)
    : impl_(std::make_shared<Impl>(Impl{symbol, options, {}})) {
  check(symbol.defined(), "FeedForward: expected a symbol, got one that refers to nothing");
  FeedForwardOptions& own = impl_->options;
  check(own.numpy_batch_size >= 1, "FeedForward: numpy_batch_size: expected at least 1, got ",
        own.numpy_batch_size);
  keep_known(own.arg_params, symbol.list_arguments(), own.allow_extra_params);
  keep_known(own.aux_params, symbol.list_auxiliary_states(), own.allow_extra_params);
}

Module FeedForward::Impl::module_for_training(const io::DataIter& data) const {
  Module module(symbol, {.data_names = names_of(data.provide_data()),
                         .label_names = names_of(data.provide_label()),
                         .context = options.ctx});
  module.bind(data.provide_data(), data.provide_label());
  return module;
}

// Unlike Module's, the random numbers are drawn in the order of list_arguments.
void FeedForward::Impl::init_params(Module& module) {
  const Executor& executor = module.executors()[0];
  const auto attributes = symbol.attr_dict();
  const auto complete = [&](const std::vector<std::string>& names, const ArrayMap& arrays,
                            const ArrayMap& before) {
    ArrayMap params;
    for (const std::string& name : names) {
      const NDArray& array = arrays.at(name);
      const auto given = before.find(name);
      NDArray value = nd::zeros(array.shape(), array.dtype(), cpu());
      if (given != before.end()) {
        check(given->second.defined() && given->second.shape() == array.shape(),
              "FeedForward: parameter ", name, ": expected shape ", array.shape(), ", found ",
              given->second.defined() ? str(given->second.shape()) : "no array");
        given->second.copyto(value);
      } else {
        const auto own = attributes.find(name);
        mod::initialize(options.initializer, name,
                        own == attributes.end() ? Attributes() : own->second, value);
      }
      params.emplace(name, value);
    }
    return params;
  };
  std::vector<std::string> names = symbol.list_arguments();
  const auto is_input = [&](const std::string& name) {
    const auto among = [&](const std::vector<std::string>& inputs) {
      return std::find(inputs.begin(), inputs.end(), name) != inputs.end();
    };
    return among(module.data_names()) || among(module.label_names());
  };
  std::erase_if(names, is_input);
  ArrayMap arg_params = complete(names, executor.arg_dict(), options.arg_params);
  options.aux_params =
      complete(symbol.list_auxiliary_states(), executor.aux_dict(), options.aux_params);
  options.arg_params = std::move(arg_params);
  module.set_params(options.arg_params, options.aux_params);
}

mod::OptimizerParams FeedForward::Impl::optimizer_params() const {
  mod::OptimizerParams params = options.optimizer_params;
  const auto add = [&](const char* name, const std::optional<double>& value) {
    if (value.has_value()) params.insert_or_assign(name, *value);
  };
  add("learning_rate", options.learning_rate);
  add("momentum", options.momentum);
  add("wd", options.wd);
  return params;
}

// Trains for epoch_size batches, which may begin and end in the midst of the data, or for all that
// the iterator gives.
void FeedForward::Impl::train_epoch(Module& module, io::DataIter& data, metric::EvalMetric& metric,
                                    int epoch, const FeedForwardFitOptions& fit) const {
  callback::BatchEndParam param{
      .epoch = epoch, .nbatch = 0, .eval_metric = &metric, .style = callback::LogStyle::running};
  const std::int64_t size = options.epoch_size.value_or(std::numeric_limits<std::int64_t>::max());
  io::DataBatch batch;
  // The epoch before may have ended with the iterator's last batch.
  for (bool may_be_empty = options.epoch_size.has_value();; may_be_empty = false) {
    const std::int64_t before = param.nbatch;
    while (param.nbatch < size && data.next(batch)) {
      if (fit.monitor.defined()) fit.monitor.tic();
      module.train_step(batch);
      if (fit.monitor.defined()) fit.monitor.toc_print();
      module.update_metric(metric, batch.label);
      ++param.nbatch;
      fit.batch_end_callback(param);
    }
    if (param.nbatch >= size) return;
    check(may_be_empty || param.nbatch > before, "fit: the data gave no batch in epoch ", epoch);
    log_line(str("Epoch[", epoch, "] Resetting Data Iterator"));
    data.reset();
    if (!options.epoch_size.has_value()) return;
  }
}

void FeedForward::Impl::evaluate(Module& module, io::DataIter& data, metric::EvalMetric& metric,
                                 int epoch, const FeedForwardFitOptions& fit) const {
  metric.reset();
  data.reset();
  callback::BatchEndParam param{
      .epoch = epoch, .nbatch = 0, .eval_metric = &metric, .style = callback::LogStyle::running};
  io::DataBatch batch;
  for (; data.next(batch); ++param.nbatch) {
    module.forward(batch, false);
    module.update_metric(metric, batch.label);
    fit.eval_batch_end_callback(param);
  }
  fit.eval_end_callback(param);
  data.reset();
}

// Arguments that are neither data nor parameters are labels, which prediction does not look at.
Module& FeedForward::Impl::predictor_for(const io::DataIter& data) {
  const std::vector<std::string> data_names = names_of(data.provide_data());
  if (predictor.has_value() && predictor->data_names() == data_names) return *predictor;
  std::vector<std::string> labels;
  for (const std::string& name : symbol.list_arguments()) {
    const bool is_data = std::find(data_names.begin(), data_names.end(), name) != data_names.end();
    if (is_data || options.arg_params.contains(name)) continue;
    check(name.ends_with("label"), "FeedForward: the parameter ", name,
          " has no value; call fit, or load a model");
    labels.push_back(name);
  }
  Module module(
      symbol, {.data_names = data_names, .label_names = labels, .context = options.ctx.list()[0]});
  module.bind(data.provide_data(), {}, {.for_training = false});
  module.set_params(options.arg_params, options.aux_params);
  predictor = module;
  return *predictor;
}

void FeedForward::fit(io::DataIter& data, const FeedForwardFitOptions& options) {
  Impl& self = *impl_;
  check(self.options.num_epoch.has_value(), "fit: say how many epochs: {.num_epoch = 10}");
  if (options.eval_data.data().defined()) {
    io::NDArrayIter rows = shuffled(options.eval_data.data(), options.eval_data.label(),
                                    self.options.numpy_batch_size);
    FeedForwardFitOptions with_rows = options;
    with_rows.eval_data = rows;
    return fit(data, with_rows);
  }
  Module module = self.module_for_training(data);
  self.init_params(module);
  self.predictor.reset();
  const std::shared_ptr<metric::EvalMetric> metric = options.eval_metric.get();
  module.init_optimizer({.kvstore = options.kvstore,
                         .optimizer = self.options.optimizer,
                         .optimizer_params = self.optimizer_params()});
  log_line("Start training with " + text_of(self.options.ctx.list()));
  if (options.monitor.defined()) module.install_monitor(options.monitor);
  options.begin_callback(module);

  data.reset();
  for (int epoch = self.options.begin_epoch; epoch < *self.options.num_epoch; ++epoch) {
    const auto start = std::chrono::steady_clock::now();
    metric->reset();
    self.train_epoch(module, data, *metric, epoch, options);
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    for (const auto& [name, value] : metric->get_global_name_value()) {
      log_line(str("Epoch[", epoch, "] Train-", name, "=", fixed(value, 6)));
    }
    log_line(str("Epoch[", epoch, "] Time cost=", fixed(time.count(), 3)));
    auto [arg_params, aux_params] = module.get_params();
    self.options.arg_params = std::move(arg_params);
    self.options.aux_params = std::move(aux_params);
    options.epoch_end_callback(epoch, self.symbol, self.options.arg_params,
                               self.options.aux_params);
    if (options.eval_data.iter()) {
      self.evaluate(module, *options.eval_data.iter(), *metric, epoch, options);
    }
  }
}

void FeedForward::fit(const NDArray& X, const NDArray& y, const FeedForwardFitOptions& options) {
  io::NDArrayIter rows = shuffled(X, y, impl_->options.numpy_batch_size);
  fit(rows, options);
}

NDArray FeedForward::predict(io::DataIter& data, const mod::PredictOptions& options) {
  return impl_->predictor_for(data).predict(data, options);
}

NDArray FeedForward::predict(const NDArray& X) {
  check(X.defined() && X.ndim() >= 1, "predict: expected data with an axis for the samples");
  io::NDArrayIter rows(X, {.batch_size = std::min(impl_->options.numpy_batch_size, X.shape()[0])});
  return predict(rows);
}

double FeedForward::score(io::DataIter& data, const FeedForwardScoreOptions& options) {
  const std::vector<metric::NameValue> values =
      impl_->predictor_for(data).score(data, options.eval_metric,
                                       {.num_batch = options.num_batch,
                                        .batch_end_callback = options.batch_end_callback,
                                        .reset = options.reset});
  check(values.size() == 1, "score: expected a metric with one value, got one with ",
        values.size());
  return values[0].second;
}

void FeedForward::save(const std::string& prefix, std::optional<int> epoch) const {
  const std::optional<int> number = epoch.has_value() ? epoch : impl_->options.num_epoch;
  check(number.has_value(), "save: say which epoch it is, as there is no num_epoch");
  save_checkpoint(prefix, *number, impl_->symbol, arg_params(), aux_params());
}

FeedForward FeedForward::load(const std::string& prefix, int epoch, FeedForwardOptions options) {
  Checkpoint checkpoint = load_checkpoint(prefix, epoch);
  options.arg_params = std::move(checkpoint.arg_params);
  options.aux_params = std::move(checkpoint.aux_params);
  options.begin_epoch = epoch;
  return FeedForward(checkpoint.symbol, options);
}

FeedForward FeedForward::create(const Symbol& symbol, io::DataIter& data,
                                const FeedForwardOptions& options,
                                const FeedForwardFitOptions& fit_options) {
  FeedForward model(symbol, options);
  model.fit(data, fit_options);
  return model;
}

const Symbol& FeedForward::symbol() const { return impl_->symbol; }
const ArrayMap& FeedForward::arg_params() const { return impl_->options.arg_params; }
const ArrayMap& FeedForward::aux_params() const { return impl_->options.aux_params; }

}  // namespace gluino::model
