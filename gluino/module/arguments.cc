#include <gluino/module/arguments.h>

namespace gluino::mod {

std::shared_ptr<metric::EvalMetric> MetricRef::get() const {
  check(given(), "eval_metric: expected a metric, got none");
  if (metric_ != nullptr) return metric_;
  return names_.size() == 1 ? metric::create(names_[0]) : metric::create(names_);
}

}  // namespace gluino::mod
