#include <gluino/base/error.h>
#include <gluino/metric/metric.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <utility>

namespace gluino::metric {
namespace {

std::map<std::string, Factory>& registry() {
  static std::map<std::string, Factory> factories;
  return factories;
}

std::string lower(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

}  // namespace

void register_metric(const std::string& name, Factory factory) {
  check(factory != nullptr, "the factory of the metric '", name, "' is empty");
  const bool added = registry().emplace(lower(name), std::move(factory)).second;
  check(added, "the metric '", name, "' is registered already");
}

std::shared_ptr<EvalMetric> create(const std::string& name) {
  const auto found = registry().find(lower(name));
  if (found == registry().end()) {
    std::string known;
    for (const auto& [each, factory] : registry()) known += (known.empty() ? "" : ", ") + each;
    fail("unknown metric '", name, "'; known: ", known);
  }
  return found->second();
}

}  // namespace gluino::metric
