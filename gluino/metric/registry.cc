#include <gluino/base/error.h>
#include <gluino/base/registry.h>
#include <gluino/metric/metric.h>

#include <algorithm>
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

std::shared_ptr<EvalMetric> create(const std::string& name, const Options& options) {
  auto metric = registry().get(name)(options);
  check(metric != nullptr, "the factory of the metric '", name, "' gave none");
  return metric;
}

void check_options(const char* who, const Options& options,
                   std::initializer_list<const char*> known) {
  for (const auto& [name, value] : options) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    std::string list;
    for (const char* each : known) list += (list.empty() ? "" : ", ") + std::string(each);
    fail("[", who, "] has no option '", name, "'; known: ", list.empty() ? "none" : list);
  }
}

}  // namespace gluino::metric
