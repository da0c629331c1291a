#include <gluino/gluon/naming.h>

#include <utility>

namespace gluino::gluon {
namespace {

std::shared_ptr<NameCounters>& current() {
  static thread_local auto counters = std::make_shared<NameCounters>();
  return counters;
}

}  // namespace

NameScope::NameScope(std::shared_ptr<NameCounters> counters)
    : before_(std::exchange(current(), std::move(counters))) {}

NameScope::~NameScope() { current() = std::move(before_); }

std::string new_prefix(const std::string& hint, const std::string& given) {
  NameCounters& counters = *current();
  if (!given.empty()) return counters.prefix + given;
  return counters.prefix + hint + std::to_string(counters.counts[hint]++) + "_";
}

}  // namespace gluino::gluon
