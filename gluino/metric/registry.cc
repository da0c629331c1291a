#include <gluino/base/registry.h>
#include <gluino/metric/metric.h>

#include <utility>

namespace gluino::metric {
namespace {

Registry<Factory>& registry() {
  static Registry<Factory> metrics("metric");
  return metrics;
}

}  // namespace

void register_metric(const std::string& name, Factory factory) {
  registry().add(name, std::move(factory));
}

std::shared_ptr<EvalMetric> create(const std::string& name) { return registry().get(name)(); }

}  // namespace gluino::metric
