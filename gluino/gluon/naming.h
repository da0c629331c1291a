#pragma once

#include <gluino/base/export.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace gluino::gluon {

/// The counters with which layers made without a prefix get one: "dense0_", "dense1_", "conv0_".
struct NameCounters {
  std::string prefix;
  std::map<std::string, int> counts;
  /// The prefixes that were made by counting, with what stands before their number.
  std::map<std::string, std::string> counted{};
};

/// While it lives, layers made on this thread are named below a block: "MLP_dense0_". Outside of
/// all scopes the thread counts for itself.
class [[nodiscard]] GLUINO_API NameScope {
 public:
  explicit NameScope(std::shared_ptr<NameCounters> counters);
  NameScope(const NameScope&) = delete;
  NameScope& operator=(const NameScope&) = delete;
  ~NameScope();

 private:
  std::shared_ptr<NameCounters> before_;
};

/// The prefix of a new layer of the kind `hint` ("dense"): `given` below the scope's prefix if it
/// is not empty, else the hint and the next number.
GLUINO_API std::string new_prefix(const std::string& hint, const std::string& given);

/// Of prefixes in the order in which their layers were made, which C++ leaves open for the
/// arguments of a call, the same in the order in which they should have been counted: numbers of
/// one kind increase. Prefixes that were given stay.
GLUINO_API std::vector<std::string> counted_in_order(std::vector<std::string> prefixes);

}  // namespace gluino::gluon
