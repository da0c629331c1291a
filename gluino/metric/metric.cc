#include <gluino/base/error.h>
#include <gluino/base/text.h>
#include <gluino/metric/metric.h>

#include <cmath>
#include <limits>
#include <ostream>

namespace gluino::metric {
void check_label_count(std::span<const NDArray> labels, std::span<const NDArray> preds) {
  check(labels.size() == preds.size(), "metric: expected as many labels as predictions, got ",
        labels.size(), " and ", preds.size());
}

double EvalMetric::Count::mean() const {
  if (instances == 0) return std::numeric_limits<double>::quiet_NaN();
  return sum / static_cast<double>(instances);
}

void EvalMetric::update(const NDArray& label, const NDArray& pred) {
  update_batch(std::span(&label, 1), std::span(&pred, 1));
}

void EvalMetric::update(const std::vector<NDArray>& labels, const std::vector<NDArray>& preds) {
  update_batch(labels, preds);
}

void EvalMetric::reset() {
  local_ = {};
  global_ = {};
}

void EvalMetric::reset_local() { local_ = {}; }

void EvalMetric::count(double sum, std::int64_t instances) {
  for (Count* count : {&local_, &global_}) {
    count->sum += sum;
    count->instances += instances;
  }
}

void EvalMetric::go_on_from(const Counted& counted) {
  reset();
  count(counted.sum, counted.instances);
}

NameValue EvalMetric::get() const {
  const std::vector<NameValue> values = get_name_value();
  check(values.size() == 1, "the metric '", name_, "' has ", values.size(),
        " values; read them with get_name_value");
  return values[0];
}

std::vector<NameValue> EvalMetric::get_name_value() const { return {{name_, local_.mean()}}; }

std::vector<NameValue> EvalMetric::get_global_name_value() const {
  return {{name_, global_.mean()}};
}

std::string EvalMetric::to_string() const {
  std::string text;
  for (const auto& [name, value] : get_name_value()) {
    text += (text.empty() ? "'" : ", '") + name + "': " + python_repr(value);
  }
  return "EvalMetric: {" + text + "}";
}

std::ostream& operator<<(std::ostream& out, const EvalMetric& metric) {
  return out << metric.to_string();
}

}  // namespace gluino::metric
