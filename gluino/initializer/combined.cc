// Initializers that leave the work to others.
#include <gluino/base/error.h>
#include <gluino/base/name_pattern.h>
#include <gluino/initializer/initializer.h>
#include <gluino/ndarray/params.h>

#include <utility>

namespace gluino::init {
namespace {

struct Rule {
  NamePattern pattern;
  Initializer initializer;
};

std::string without_kind(const std::string& name) {
  return name.starts_with("arg:") || name.starts_with("aux:") ? name.substr(4) : name;
}

}  // namespace

Initializer Mixed(const std::vector<std::string>& patterns,
                  const std::vector<Initializer>& initializers) {
  check(patterns.size() == initializers.size(), "[Mixed] ", patterns.size(), " patterns, but ",
        initializers.size(), " initializers");
  std::vector<Rule> rules;
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    check(initializers[i].defined(), "[Mixed] the initializer for \"", patterns[i],
          "\" refers to nothing");
    rules.push_back({NamePattern(patterns[i], "[Mixed]"), initializers[i]});
  }
  return Initializer::for_any_name(
      [rules = std::move(rules)](const std::string& name, const NDArray& array) {
        for (const Rule& rule : rules) {
          if (rule.pattern.matches(name)) {
            rule.initializer(name, array);
            return;
          }
        }
        fail("[Mixed] no pattern matches the parameter '", name, "'; add the pattern \".*\" last");
      },
      "mixed");
}

Initializer Load(const std::map<std::string, NDArray>& arrays, const Initializer& default_init) {
  std::map<std::string, NDArray> known;
  for (const auto& [name, array] : arrays) known[without_kind(name)] = array;
  return Initializer::for_any_name(
      [known = std::move(known), default_init](const std::string& name, const NDArray& array) {
        const auto found = known.find(name);
        if (found == known.end()) {
          check(default_init.defined(), "[Load] there is no array for the parameter '", name,
                "', and no initializer for those that are missing");
          default_init(name, array);
          return;
        }
        check(found->second.defined() && found->second.shape() == array.shape(), "[Load] '", name,
              "': expected shape ", array.shape(), ", got ",
              found->second.defined() ? found->second.shape().to_string() : "no array");
        array.assign(found->second.as_in_context(array.context()));
      },
      "load");
}

Initializer Load(const std::string& path, const Initializer& default_init) {
  const nd::NamedArrays arrays = nd::load_dense(path);
  return Load(std::map<std::string, NDArray>(arrays.begin(), arrays.end()), default_init);
}

}  // namespace gluino::init
