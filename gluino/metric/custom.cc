#include <gluino/base/error.h>
#include <gluino/metric/metric.h>

#include <algorithm>

namespace gluino::metric {

CustomMetric::CustomMetric(Counting function, CustomMetricOptions options)
    : EvalMetric(std::move(options.name)),
      function_(std::move(function)),
      allow_extra_outputs_(options.allow_extra_outputs) {
  check(function_ != nullptr, "CustomMetric: the function is empty");
}

CustomMetric::CustomMetric(Value function, CustomMetricOptions options)
    : EvalMetric(std::move(options.name)), allow_extra_outputs_(options.allow_extra_outputs) {
  check(function != nullptr, "CustomMetric: the function is empty");
  function_ = [function = std::move(function)](const NDArray& label, const NDArray& pred) {
    return std::pair<double, std::int64_t>(function(label, pred), 1);
  };
}

void CustomMetric::update_batch(std::span<const NDArray> labels, std::span<const NDArray> preds) {
  if (!allow_extra_outputs_) check_label_count(labels, preds);
  for (std::size_t i = 0; i < std::min(labels.size(), preds.size()); ++i) {
    const auto [sum, instances] = function_(labels[i], preds[i]);
    count(sum, instances);
  }
}

}  // namespace gluino::metric
