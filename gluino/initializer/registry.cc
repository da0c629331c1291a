#include <gluino/base/error.h>
#include <gluino/base/registry.h>
#include <gluino/initializer/initializer.h>
#include <gluino/initializer/options.h>

#include <charconv>
#include <utility>

namespace gluino::init {
namespace {

Registry<Factory>& registry() {
  static Registry<Factory> initializers("initializer");
  return initializers;
}

}  // namespace

void register_initializer(const std::string& name, Factory factory) {
  registry().add(name, std::move(factory));
}

Initializer create(const std::string& name, const std::map<std::string, std::string>& options) {
  return registry().get(name)(options);
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
    if (known_.contains(name)) continue;
    std::string known;
    for (const std::string& each : known_) known += (known.empty() ? "" : ", ") + each;
    fail("[", who_, "] has no option '", name, "'; known: ", known.empty() ? "none" : known);
  }
}

}  // namespace gluino::init
