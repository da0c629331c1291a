#include <gluino/base/error.h>
#include <gluino/base/log.h>
#include <gluino/base/text.h>
#include <gluino/graph/symbol/checkpoint_files.h>
#include <gluino/module/checkpoint.h>
#include <gluino/module/module_impl.h>
#include <gluino/ndarray/params.h>

#include <utility>

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
  mod::SavedNetwork saved{.params = {arg_params, aux_params}, .states = states};
  if (symbol.defined()) saved.symbols.emplace_back(prefix + "-symbol.json", symbol);
  mod::write_checkpoint(prefix, epoch, saved);
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

namespace gluino::mod {

void write_checkpoint(const std::string& prefix, int epoch, const SavedNetwork& saved) {
  const std::string path = model::checkpoint_path(prefix, epoch);
  const std::string states_path = model::checkpoint_path(prefix, epoch, "states");
  auto others = saved.others;
  if (saved.states) others.emplace_back(states_path, *saved.states);
  graph::write_checkpoint({.symbols = saved.symbols,
                           .params_file = path,
                           .arrays = model::named_arrays(path, saved.params),
                           .others = std::move(others)});
  log_line("Saved checkpoint to \"" + path + "\"");
  if (saved.states) log_line("Saved optimizer state to \"" + states_path + "\"");
}

}  // namespace gluino::mod
