#include <gluino/base/error.h>
#include <gluino/base/log.h>
#include <gluino/base/text.h>
#include <gluino/graph/symbol/checkpoint_files.h>
#include <gluino/module/checkpoint.h>
#include <gluino/ndarray/params.h>

namespace gluino::model {

std::string checkpoint_path(const std::string& prefix, int epoch, const std::string& kind) {
  check(epoch >= 0, "checkpoint ", prefix, ": expected an epoch of at least 0, got ", epoch);
  return str(prefix, "-", zero_padded(epoch, 4), ".", kind);
}

namespace {

nd::NamedArrays named_arrays(const std::string& path, const Params& params) {
  nd::NamedArrays arrays;
  const auto add = [&](const char* kind, const ArrayMap& named) {
    for (const auto& [name, array] : named) {
      check(array.defined(), path, ": the parameter ", name, " cannot be saved: it has no array");
      arrays.emplace_back(kind + name, array.as_in_context(cpu()));
    }
  };
  add("arg:", params.arg_params);
  add("aux:", params.aux_params);
  return arrays;
}

}  // namespace

void save_params_file(const std::string& path, const Params& params) {
  nd::save(path, named_arrays(path, params));
}

Params load_params_file(const std::string& path) {
  Params params;
  const nd::NamedArrays arrays = nd::load_dense(path);
  if (arrays.empty()) log_line("Params file '" + path + "' is empty");
  for (const auto& [key, array] : arrays) {
    const bool is_arg = key.starts_with("arg:");
    check(is_arg || key.starts_with("aux:"), path, ": expected names that begin with arg: or aux:,",
          " found '", key, "'");
    check(array.defined(), path, ": '", key, "' holds no array");
    (is_arg ? params.arg_params : params.aux_params).emplace(key.substr(4), array);
  }
  return params;
}

void save_checkpoint(const std::string& prefix, int epoch, const Symbol& symbol,
                     const ArrayMap& arg_params, const ArrayMap& aux_params,
                     const std::optional<std::string>& states) {
  const std::string path = checkpoint_path(prefix, epoch);
  const std::string states_path = states ? checkpoint_path(prefix, epoch, "states") : "";
  graph::write_checkpoint({.symbol_file = symbol.defined() ? prefix + "-symbol.json" : "",
                           .symbol = symbol,
                           .params_file = path,
                           .arrays = named_arrays(path, {arg_params, aux_params}),
                           .states_file = states_path,
                           .states = states.value_or("")});
  log_line("Saved checkpoint to \"" + path + "\"");
  if (states) log_line("Saved optimizer state to \"" + states_path + "\"");
}

Params load_params(const std::string& prefix, int epoch) {
  return load_params_file(checkpoint_path(prefix, epoch));
}

Checkpoint load_checkpoint(const std::string& prefix, int epoch) {
  Symbol symbol = sym::load(prefix + "-symbol.json");
  auto [arg_params, aux_params] = load_params(prefix, epoch);
  return {std::move(symbol), std::move(arg_params), std::move(aux_params)};
}

FrozenGraph load_frozen(const std::string& prefix, int epoch, const FrozenOptions& options) {
  const Checkpoint checkpoint = load_checkpoint(prefix, epoch);
  return FrozenGraph(checkpoint.symbol, checkpoint.arg_params, checkpoint.aux_params, options);
}

}  // namespace gluino::model
