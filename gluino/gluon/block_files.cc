#include <gluino/base/error.h>
#include <gluino/gluon/block.h>
#include <gluino/ndarray/params.h>

#include <algorithm>
#include <map>

namespace gluino::gluon {
namespace {

using Named = std::vector<std::pair<std::string, Parameter>>;

// Files older than structural names hold the prefixed ones, in which no "." occurs; "arg:" and
// "aux:" stand before them in files that export wrote.
bool has_structural_names(const nd::NamedArrays& arrays) {
  return std::any_of(arrays.begin(), arrays.end(),
                     [](const auto& entry) { return entry.first.find('.') != std::string::npos; });
}

std::string without_kind(const std::string& name) {
  return name.starts_with("arg:") || name.starts_with("aux:") ? name.substr(4) : name;
}

bool fits(const Shape& known, const Shape& found) {
  if (!known.ndim_known()) return true;
  if (known.ndim() != found.ndim()) return false;
  for (int axis = 0; axis < known.ndim(); ++axis) {
    if (known[axis] >= 0 && known[axis] != found[axis]) return false;
  }
  return true;
}

}  // namespace

void Block::save_parameters(const std::string& path) const {
  nd::NamedArrays arrays;
  for (const auto& [name, parameter] : structural_params()) {
    arrays.emplace_back(name, parameter.data());
  }
  nd::save(path, arrays);
}

void Block::load_parameters(const std::string& path, const LoadOptions& options) const {
  const nd::NamedArrays arrays = nd::load(path);
  check(arrays.empty() || !arrays[0].first.empty(), path, ": holds arrays without names");
  const bool structural = has_structural_names(arrays);
  std::map<std::string, NDArray> found;
  for (const auto& [name, array] : arrays)
    found.emplace(structural ? name : without_kind(name), array);

  // Everything is checked before anything is changed.
  std::vector<std::pair<Parameter, NDArray>> matched;
  for (const auto& [name, parameter] : structural_params()) {
    const std::string key = structural ? name : parameter.name();
    const auto entry = found.find(key);
    if (entry == found.end()) {
      check(options.allow_missing, path, ": has no parameter ", key, " that the ", type_name(),
            " needs; pass allow_missing = true to keep its value");
      continue;
    }
    check(entry->second.defined() && fits(parameter.shape(), entry->second.shape()), path,
          ": parameter ", key, ": expected shape ", parameter.shape(), ", found ",
          entry->second.defined() ? entry->second.shape() : Shape::unknown());
    matched.emplace_back(parameter, entry->second);
    found.erase(entry);
  }
  check(options.ignore_extra || found.empty(), path, ": holds ",
        found.empty() ? std::string() : found.begin()->first, ", which the ", type_name(),
        " does not have; pass ignore_extra = true to leave it out");
  for (const auto& [parameter, array] : matched) parameter.load(array, options.ctx);
}

}  // namespace gluino::gluon
