#include <gluino/base/error.h>
#include <gluino/base/thread_state.h>
#include <gluino/graph/symbol/naming.h>

#include <algorithm>
#include <array>
#include <utility>

namespace gluino::sym {
namespace {

NameManager*& current_manager() { return thread_state().node_names; }

}  // namespace

NameManager::NameManager() : before_(std::exchange(current_manager(), this)) {}

NameManager::~NameManager() { current_manager() = before_; }

std::string NameManager::get(std::string_view name, const std::string& stem) {
  if (!name.empty()) return std::string(name);
  return stem + std::to_string(counters_[stem]++);
}

NameManager& NameManager::current() {
  if (current_manager() == nullptr) {
    // Installs itself below all others when it is made; later states of the thread lack it.
    static thread_local NameManager base;
    current_manager() = &base;
  }
  return *current_manager();
}

AttrScope::AttrScope(std::initializer_list<Attributes::value_type> attributes)
    : before_(thread_state().attributes) {
  Attributes merged = current();
  for (const auto& [key, value] : attributes) {
    const std::string hidden = hidden_key(key);
    check(hidden.size() > 4 && hidden.starts_with("__") && hidden.ends_with("__"),
          "AttrScope: the attribute \"", key,
          "\" could be taken for an option of an operator; name it \"__", key, "__\"");
    merged[hidden] = value;
  }
  thread_state().attributes = std::make_shared<const Attributes>(std::move(merged));
}

AttrScope::~AttrScope() { thread_state().attributes = std::move(before_); }

const Attributes& AttrScope::current() {
  static const Attributes none;
  const auto& attributes = thread_state().attributes;
  return attributes == nullptr ? none : *attributes;
}

std::string hidden_key(const std::string& key) {
  static const std::array<std::string, 5> kHidden = {"ctx_group", "lr_mult", "wd_mult",
                                                     "force_mirroring", "mirror_stage"};
  const bool hidden = std::find(kHidden.begin(), kHidden.end(), key) != kHidden.end();
  return hidden ? "__" + key + "__" : key;
}

}  // namespace gluino::sym
