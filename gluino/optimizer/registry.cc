#include <gluino/base/error.h>
#include <gluino/optimizer/optimizer.h>

#include <algorithm>
#include <cctype>
#include <utility>

namespace gluino::optimizer {
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

void register_optimizer(const std::string& name, Factory factory) {
  check(factory != nullptr, "the factory of the optimizer '", name, "' is empty");
  const bool added = registry().emplace(lower(name), std::move(factory)).second;
  check(added, "the optimizer '", name, "' is registered already");
}

std::shared_ptr<Optimizer> create(const std::string& name,
                                  const std::map<std::string, double>& options) {
  const auto found = registry().find(lower(name));
  if (found == registry().end()) {
    std::string known;
    for (const auto& [each, factory] : registry()) known += (known.empty() ? "" : ", ") + each;
    fail("unknown optimizer '", name, "'; known: ", known);
  }
  return found->second(options);
}

}  // namespace gluino::optimizer
