#include <gluino/base/error.h>
#include <gluino/metric/metric.h>

namespace gluino::metric {
namespace {

void append(std::vector<NameValue>& all, std::vector<NameValue> values) {
  for (NameValue& value : values) all.push_back(std::move(value));
}

}  // namespace

CompositeEvalMetric::CompositeEvalMetric(std::vector<std::shared_ptr<EvalMetric>> metrics)
    : EvalMetric("composite") {
  for (auto& metric : metrics) add(std::move(metric));
}

void CompositeEvalMetric::add(std::shared_ptr<EvalMetric> metric) {
  check(metric != nullptr, "CompositeEvalMetric: expected a metric, got none");
  metrics_.push_back(std::move(metric));
}

void CompositeEvalMetric::reset() {
  for (const auto& metric : metrics_) metric->reset();
}

void CompositeEvalMetric::reset_local() {
  for (const auto& metric : metrics_) metric->reset_local();
}

std::vector<NameValue> CompositeEvalMetric::get_name_value() const {
  std::vector<NameValue> all;
  for (const auto& metric : metrics_) append(all, metric->get_name_value());
  return all;
}

std::vector<NameValue> CompositeEvalMetric::get_global_name_value() const {
  std::vector<NameValue> all;
  for (const auto& metric : metrics_) append(all, metric->get_global_name_value());
  return all;
}

void CompositeEvalMetric::update_batch(std::span<const NDArray> labels,
                                       std::span<const NDArray> preds) {
  for (const auto& metric : metrics_) forward(*metric, labels, preds);
}

std::shared_ptr<EvalMetric> create(const std::vector<std::string>& names) {
  auto composite = std::make_shared<CompositeEvalMetric>();
  for (const std::string& name : names) composite->add(create(name));
  return composite;
}

std::shared_ptr<EvalMetric> create(std::initializer_list<std::string> names) {
  return create(std::vector<std::string>(names));
}

}  // namespace gluino::metric
