// Module on whole data sets: score and predict.
#include <gluino/autograd/autograd.h>
#include <gluino/base/error.h>
#include <gluino/module/module_impl.h>
#include <gluino/ops/movement/movement.h>

#include <utility>

namespace gluino::mod {

std::vector<metric::NameValue> Module::score(io::DataIter& eval_data, const MetricRef& eval_metric,
                                             const ScoreOptions& options) {
  impl_->ready("score");
  const std::shared_ptr<metric::EvalMetric> metric = eval_metric.get();
  metric->reset();
  if (options.reset) eval_data.reset();
  callback::BatchEndParam param{.epoch = options.epoch, .nbatch = 0, .eval_metric = metric.get()};
  io::DataBatch batch;
  while ((!options.num_batch.has_value() || param.nbatch < *options.num_batch) &&
         eval_data.next(batch)) {
    forward(batch, false);
    update_metric(*metric, batch.label);
    options.batch_end_callback(param);
    ++param.nbatch;
  }
  options.score_end_callback(param);
  return metric->get_name_value();
}

NDArray Module::predict(io::DataIter& eval_data, const PredictOptions& options) {
  const std::size_t count = impl_->symbol.num_outputs();
  check(count == 1, "predict: the network has ", count, " outputs; call predict_outputs");
  return predict_outputs(eval_data, options)[0];
}

NDArray Module::predict(const NDArray& data) {
  const std::size_t count = impl_->symbol.num_outputs();
  check(count == 1, "predict: the network has ", count, " outputs; call forward and get_outputs");
  const autograd::Scope scope = autograd::pause();
  forward({.data = {data}, .label = {}}, false);
  return get_outputs()[0].copy();
}

std::vector<NDArray> Module::predict_outputs(io::DataIter& eval_data,
                                             const PredictOptions& options) {
  const std::vector<std::vector<NDArray>> batches = predict_batches(eval_data, options);
  check(!batches.empty(), "predict: the iterator gave no batch");
  const autograd::Scope scope = autograd::pause();
  std::vector<NDArray> whole;
  for (std::size_t i = 0; i < batches[0].size(); ++i) {
    std::vector<NDArray> parts;
    parts.reserve(batches.size());
    for (const std::vector<NDArray>& batch : batches) parts.push_back(batch[i]);
    whole.push_back(ops::concat(parts, {.dim = 0}));
  }
  return whole;
}

std::vector<std::vector<NDArray>> Module::predict_batches(io::DataIter& eval_data,
                                                          const PredictOptions& options) {
  const autograd::Scope scope = autograd::pause();
  std::vector<std::vector<NDArray>> batches;
  for (const Prediction& prediction : iter_predict(eval_data, options)) {
    batches.emplace_back();
    for (const NDArray& output : prediction.outputs) batches.back().push_back(output.copy());
  }
  return batches;
}

Predictions Module::iter_predict(io::DataIter& eval_data, const PredictOptions& options) {
  impl_->ready("predict");
  return {*this, eval_data, options};
}

Predictions::Predictions(Module module, io::DataIter& iter, const PredictOptions& options)
    : module_(std::move(module)), iter_(&iter), num_batch_(options.num_batch) {
  if (options.reset) iter.reset();
  current_.nbatch = -1;
}

Predictions::Iterator Predictions::begin() {
  advance();
  return Iterator(*this);
}

void Predictions::advance() {
  ++current_.nbatch;
  const bool enough = num_batch_.has_value() && current_.nbatch >= *num_batch_;
  more_ = !enough && iter_->next(current_.batch);
  if (!more_) return;
  module_.forward(current_.batch, false);
  current_.outputs = module_.get_outputs();
  for (NDArray& output : current_.outputs) {
    const std::int64_t rows = output.ndim() > 0 ? output.shape()[0] : 0;
    check(current_.batch.pad >= 0 && current_.batch.pad <= rows, "predict: a batch of ", rows,
          " samples says that ", current_.batch.pad, " of them are padding");
    output = output.slice_view(0, rows - current_.batch.pad);
  }
}

}  // namespace gluino::mod
