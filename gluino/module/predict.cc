// All kinds of modules on whole data sets: score and predict.
#include <gluino/autograd/autograd.h>
#include <gluino/base/error.h>
#include <gluino/module/base_module.h>
#include <gluino/ops/movement/movement.h>

#include <utility>

namespace gluino::mod {
namespace {

// Networks of several buckets may give what cannot be joined.
void check_like(const std::vector<NDArray>& first, const std::vector<NDArray>& batch) {
  check(batch.size() == first.size(), "predict: one batch gave ", first.size(),
        " outputs, another ", batch.size(), "; call predict_batches");
  for (std::size_t i = 0; i < batch.size(); ++i) {
    Shape expected = first[i].shape();
    const Shape& found = batch[i].shape();
    if (expected.ndim() > 0 && found.ndim() > 0) expected[0] = found[0];
    check(found == expected, "predict: output ", i, " has shape ", first[i].shape(),
          " in one batch, ", found, " in another, and cannot be joined; call predict_batches");
  }
}

}  // namespace

std::vector<metric::NameValue> BaseModule::score(io::DataIter& eval_data,
                                                 const MetricRef& eval_metric,
                                                 const ScoreOptions& options) {
  check_ready("score");
  const std::shared_ptr<metric::EvalMetric> metric = eval_metric.get();
  metric->reset();
  if (options.reset) eval_data.reset();
  callback::BatchEndParam param{.epoch = options.epoch, .nbatch = 0, .eval_metric = metric.get()};
  io::DataBatch batch;
  while ((!options.num_batch.has_value() || param.nbatch < *options.num_batch) &&
         eval_data.next(batch)) {
    prepare(batch);
    forward(batch, false);
    update_metric(*metric, batch.label);
    options.batch_end_callback(param);
    ++param.nbatch;
  }
  options.score_end_callback(param);
  return metric->get_name_value();
}

NDArray BaseModule::predict(io::DataIter& eval_data, const PredictOptions& options) {
  const std::size_t count = output_names().size();
  check(count == 1, "predict: the network has ", count, " outputs; call predict_outputs");
  return predict_outputs(eval_data, options)[0];
}

NDArray BaseModule::predict(const NDArray& data) {
  const autograd::Scope scope = autograd::pause();
  forward({.data = {data}, .label = {}}, false);
  const std::vector<NDArray> outputs = get_outputs();
  check(outputs.size() == 1, "predict: the network has ", outputs.size(),
        " outputs; call forward and get_outputs");
  return outputs[0].copy();
}

std::vector<NDArray> BaseModule::predict_outputs(io::DataIter& eval_data,
                                                 const PredictOptions& options) {
  const std::vector<std::vector<NDArray>> batches = predict_batches(eval_data, options);
  check(!batches.empty(), "predict: the iterator gave no batch");
  for (const std::vector<NDArray>& batch : batches) check_like(batches[0], batch);
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

std::vector<std::vector<NDArray>> BaseModule::predict_batches(io::DataIter& eval_data,
                                                              const PredictOptions& options) {
  const autograd::Scope scope = autograd::pause();
  std::vector<std::vector<NDArray>> batches;
  for (const Prediction& prediction : iter_predict(eval_data, options)) {
    batches.emplace_back();
    for (const NDArray& output : prediction.outputs) batches.back().push_back(output.copy());
  }
  return batches;
}

Predictions BaseModule::iter_predict(io::DataIter& eval_data, const PredictOptions& options) {
  check_ready("predict");
  return {*this, eval_data, options};
}

Predictions::Predictions(const BaseModule& module, io::DataIter& iter,
                         const PredictOptions& options)
    : module_(module.handle()), iter_(&iter), num_batch_(options.num_batch) {
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
  module_->prepare(current_.batch);
  module_->forward(current_.batch, false);
  current_.outputs = module_->get_outputs();
  for (NDArray& output : current_.outputs) {
    const std::int64_t rows = output.ndim() > 0 ? output.shape()[0] : 0;
    check(current_.batch.pad >= 0 && current_.batch.pad <= rows, "predict: a batch of ", rows,
          " samples says that ", current_.batch.pad, " of them are padding");
    output = output.slice_view(0, rows - current_.batch.pad);
  }
}

}  // namespace gluino::mod
