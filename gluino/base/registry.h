#pragma once

#include <gluino/base/error.h>
#include <gluino/base/text.h>

#include <map>
#include <string>
#include <utility>

namespace gluino {

/// Factories by name, in lower or upper case: what the optimizers, initializers and metrics are
/// made by. `kind` is what errors call them: "optimizer".
template <class Factory>
class Registry {
 public:
  explicit Registry(std::string kind) : kind_(std::move(kind)) {}

  /// Throws Error when the factory is empty or the name is taken.
  void add(const std::string& name, Factory factory) {
    check(factory != nullptr, "the factory of the ", kind_, " '", name, "' is empty");
    const bool added = factories_.emplace(lower_case(name), std::move(factory)).second;
    check(added, "the ", kind_, " '", name, "' is registered already");
  }

  /// Throws Error, listing what is known, for unknown names.
  const Factory& get(const std::string& name) const {
    const auto found = factories_.find(lower_case(name));
    if (found == factories_.end()) {
      fail("unknown ", kind_, " '", name, "'; known: ", names());
    }
    return found->second;
  }

  /// "adadelta, adagrad, ..."
  std::string names() const {
    std::string names;
    for (const auto& [name, factory] : factories_) names += (names.empty() ? "" : ", ") + name;
    return names;
  }

 private:
  std::string kind_;
  std::map<std::string, Factory> factories_;
};

}  // namespace gluino
