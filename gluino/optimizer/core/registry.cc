#include <gluino/base/registry.h>
#include <gluino/optimizer/core/optimizer.h>

#include <utility>

namespace gluino::optimizer {
namespace {

Registry<Factory>& registry() {
  static Registry<Factory> optimizers("optimizer");
  return optimizers;
}

}  // namespace

void register_optimizer(const std::string& name, Factory factory) {
  registry().add(name, std::move(factory));
}

std::shared_ptr<Optimizer> create(const std::string& name, const OptionMap& options) {
  auto optimizer = registry().get(name)(options);
  check(optimizer != nullptr, "the factory of the optimizer '", name, "' gave none");
  return optimizer;
}

std::string known_names() { return registry().names(); }

}  // namespace gluino::optimizer
