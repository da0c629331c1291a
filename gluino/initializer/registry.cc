#include <gluino/base/error.h>
#include <gluino/initializer/initializer.h>
#include <gluino/initializer/options.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

namespace gluino::init {
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

template <class Names, class NameOf>
std::string join(const Names& names, NameOf name_of) {
  std::string text;
  for (const auto& item : names) text += (text.empty() ? "" : ", ") + name_of(item);
  return text.empty() ? "none" : text;
}

}  // namespace

void register_initializer(const std::string& name, Factory factory) {
  check(factory != nullptr, "the factory of the initializer '", name, "' is empty");
  const bool added = registry().emplace(lower(name), std::move(factory)).second;
  check(added, "the initializer '", name, "' is registered already");
}

Initializer create(const std::string& name, const std::map<std::string, std::string>& options) {
  const auto found = registry().find(lower(name));
  check(found != registry().end(), "unknown initializer '", name,
        "'; known: ", join(registry(), [](const auto& entry) { return entry.first; }));
  return found->second(options);
}

OptionReader::OptionReader(std::string who, const std::map<std::string, std::string>& options)
    : who_(std::move(who)), options_(options) {}

std::string OptionReader::text(const std::string& name, const std::string& otherwise) {
  known_.insert(name);
  const auto found = options_.find(name);
  return found == options_.end() ? otherwise : found->second;
}

double OptionReader::number(const std::string& name, double otherwise) {
  known_.insert(name);
  const auto found = options_.find(name);
  if (found == options_.end()) return otherwise;
  const std::string& text = found->second;
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  check(result.ec == std::errc() && result.ptr == text.data() + text.size(), "[", who_, "] ", name,
        ": expected a number, got '", text, "'");
  return value;
}

void OptionReader::done() const {
  for (const auto& [name, value] : options_) {
    check(known_.contains(name), "[", who_, "] has no option '", name,
          "'; known: ", join(known_, [](const std::string& known) { return known; }));
  }
}

}  // namespace gluino::init
