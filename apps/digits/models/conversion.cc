#include <apps/digits/models/checkpoint.h>
#include <apps/digits/models/conversion.h>
#include <apps/digits/models/model_file.h>
#include <apps/digits/models/onnx_file.h>
#include <gluino/base/error.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

namespace digits {
namespace {

using gluino::check;
using gluino::NDArray;
using Arrays = std::map<std::string, NDArray>;
using NameList = std::vector<std::string>;

Arrays by_name(const Parameters& parameters) {
  Arrays arrays;
  for (const auto& [name, array] : parameters.arrays) {
    check(array.defined(), parameters.path, ": ", name, " holds no array");
    check(arrays.emplace(without_kind(name), array).second, parameters.path, ": holds ",
          without_kind(name), " twice");
  }
  return arrays;
}

bool has_all(const Arrays& arrays, const NameList& names) {
  return std::all_of(names.begin(), names.end(),
                     [&](const std::string& name) { return arrays.contains(name); });
}

// `names`, which begin with `prefix`, under the prefix that the file has for them; empty if there
// is none.
NameList with_prefix_of(const Arrays& arrays, const std::string& prefix, const NameList& names) {
  const std::string first = names.at(0).substr(prefix.size());
  for (const auto& [name, array] : arrays) {
    if (!name.ends_with(first)) continue;
    const std::string other = name.substr(0, name.size() - first.size());
    NameList candidates;
    for (const std::string& each : names) candidates.push_back(other + each.substr(prefix.size()));
    if (has_all(arrays, candidates)) return candidates;
  }
  return {};
}

// The names of a graph's variables that the file has arrays for, in the graph's order.
NameList in_order_of(const gluino::Symbol& symbol, const Arrays& arrays) {
  NameList names;
  for (const std::string& name : symbol.list_inputs()) {
    if (arrays.contains(name)) names.push_back(name);
  }
  return names;
}

}  // namespace

std::string without_kind(const std::string& name) {
  return name.starts_with("arg:") || name.starts_with("aux:") ? name.substr(4) : name;
}

Parameters read_parameters(const std::string& in, const std::optional<int>& epoch) {
  std::error_code error;
  const bool is_file = is_onnx_file(in) || std::filesystem::is_regular_file(in, error);
  if (is_file || is_model(in)) refuse_epoch(is_file ? in : in + ".json", epoch);
  if (is_onnx_file(in)) return read_onnx_parameters(in);
  if (is_file) return {in, gluino::nd::load_dense(in)};
  if (is_model(in)) {
    const std::string path = described_params(in);
    return {.path = path, .arrays = gluino::nd::load_dense(path), .network = read_network(in)};
  }
  check(is_checkpoint(in), in, ": expected a file of arrays, or ", model_names(in),
        "; found none of them");
  const int found = find_epoch(in, epoch);
  const std::string path = checkpoint_path(in, found);
  return {.path = path,
          .arrays = gluino::nd::load_dense(path),
          .symbol = gluino::sym::load(symbol_path(in)),
          .epoch = found};
}

void fill(gluino::gluon::nn::HybridSequential& net, const Parameters& parameters) {
  const Arrays arrays = by_name(parameters);
  const auto slots = net.structural_params();
  NameList structural;
  NameList prefixed;
  for (const auto& [name, parameter] : slots) {
    structural.push_back(name);
    prefixed.push_back(parameter.name());
  }
  NameList found = structural;
  if (!has_all(arrays, found)) found = with_prefix_of(arrays, net.prefix(), prefixed);
  if (found.empty() && parameters.symbol) found = in_order_of(*parameters.symbol, arrays);
  check(!found.empty(), parameters.path, ": expected the parameters of ", net.name(), " (",
        structural[0], ", ... or ", prefixed[0], ", ...), found ",
        arrays.empty() ? "none" : arrays.begin()->first);
  check(found.size() == slots.size() && arrays.size() == slots.size(), parameters.path,
        ": expected ", slots.size(), " arrays, those of ", net.name(), ", found ", arrays.size());
  // Everything is checked before anything is changed.
  for (std::size_t i = 0; i < slots.size(); ++i) {
    check(slots[i].second.shape() == arrays.at(found[i]).shape(), parameters.path, ": ", found[i],
          ": expected shape ", slots[i].second.shape(), " for ", prefixed[i], ", found ",
          arrays.at(found[i]).shape());
  }
  for (std::size_t i = 0; i < slots.size(); ++i) {
    slots[i].second.load(arrays.at(found[i]), {gluino::cpu(0)});
  }
}

gluino::nd::NamedArrays named_arrays(const gluino::gluon::Block& net, Names names) {
  gluino::nd::NamedArrays arrays;
  for (const auto& [name, parameter] : net.structural_params()) {
    arrays.emplace_back(names == Names::structural ? name : parameter.name(), parameter.reduce());
  }
  return arrays;
}

gluino::nd::NamedArrays checkpoint_arrays(const gluino::Symbol& symbol,
                                          const gluino::nd::NamedArrays& arrays) {
  const auto states = symbol.list_auxiliary_states();
  const auto inputs = symbol.list_inputs();
  gluino::nd::NamedArrays result;
  for (const auto& [key, array] : arrays) {
    const std::string name = without_kind(key);
    check(std::find(inputs.begin(), inputs.end(), name) != inputs.end(), "the graph has no ", name,
          ", of which there is an array");
    const bool is_state = std::find(states.begin(), states.end(), name) != states.end();
    result.emplace_back((is_state ? "aux:" : "arg:") + name, array);
  }
  return result;
}

}  // namespace digits
