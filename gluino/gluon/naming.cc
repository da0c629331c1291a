#include <gluino/base/thread_state.h>
#include <gluino/gluon/naming.h>

#include <algorithm>
#include <utility>

namespace gluino::gluon {
namespace {

std::shared_ptr<NameCounters>& current() {
  auto& counters = thread_state().layer_names;
  if (counters == nullptr) counters = std::make_shared<NameCounters>();
  return counters;
}

}  // namespace

NameScope::NameScope(std::shared_ptr<NameCounters> counters)
    : before_(std::exchange(current(), std::move(counters))) {}

NameScope::~NameScope() { current() = std::move(before_); }

std::string new_prefix(const std::string& hint, const std::string& given) {
  NameCounters& counters = *current();
  if (!given.empty()) return counters.prefix + given;
  const std::string stem = counters.prefix + hint;
  const std::string prefix = stem + std::to_string(counters.counts[hint]++) + "_";
  counters.counted[prefix] = stem;
  return prefix;
}

std::vector<std::string> counted_in_order(std::vector<std::string> prefixes) {
  const auto& counted = current()->counted;
  std::map<std::string, std::vector<std::size_t>> places;
  for (std::size_t i = 0; i < prefixes.size(); ++i) {
    const auto found = counted.find(prefixes[i]);
    if (found != counted.end()) places[found->second].push_back(i);
  }
  for (const auto& [stem, indices] : places) {
    const auto number = [&stem = stem](const std::string& prefix) {
      return std::stoll(prefix.substr(stem.size()));
    };
    std::vector<std::string> names;
    for (const std::size_t i : indices) names.push_back(prefixes[i]);
    std::sort(names.begin(), names.end(),
              [&](const std::string& a, const std::string& b) { return number(a) < number(b); });
    for (std::size_t i = 0; i < indices.size(); ++i) prefixes[indices[i]] = names[i];
  }
  return prefixes;
}

}  // namespace gluino::gluon
