// Module's parameters: their first values, and their way into and out of the executors.
#include <gluino/base/error.h>
#include <gluino/base/log.h>
#include <gluino/module/module_impl.h>
#include <gluino/ndarray/creation.h>
#include <gluino/ops/elementwise/copies.h>

#include <utility>

namespace gluino::mod {
namespace {

// What parameters are to become: copies of those given, else what the initializer makes, in the
// order of their names; those for which there is neither stay out.
ArrayMap new_values(const std::optional<ArrayMap>& given, const ArrayMap& needed,
                    const init::Initializer& initializer,
                    const std::map<std::string, Attributes>& attributes) {
  ArrayMap values;
  for (const auto& [name, array] : needed) {
    const bool is_given = given.has_value() && given->contains(name);
    if (is_given) {
      values.emplace(name, given->at(name));
    } else if (initializer.defined()) {
      const NDArray value = nd::zeros(array.shape(), array.dtype(), cpu());
      const auto own = attributes.find(name);
      initialize(initializer, name, own == attributes.end() ? Attributes() : own->second, value);
      values.emplace(name, value);
    }
  }
  return values;
}

ArrayMap named(const std::vector<std::string>& names, const ArrayMap& arrays) {
  ArrayMap part;
  for (const std::string& name : names) part.emplace(name, arrays.at(name));
  return part;
}

void init_all(const std::string& source, ExecutorGroup& group, const Symbol& symbol,
              const std::vector<std::string>& param_names, const InitParamsOptions& options) {
  const Executor& first = group.executors()[0];
  const ArrayMap needed = named(param_names, first.arg_dict());
  const auto check_all = [&](const std::optional<ArrayMap>& given, const ArrayMap& all) {
    if (given.has_value()) {
      check_params(source, *given, all, options.allow_missing, options.allow_extra);
    }
  };
  check_all(options.arg_params, needed);
  check_all(options.aux_params, first.aux_dict());
  const auto attributes = symbol.attr_dict();
  const ArrayMap arg = new_values(options.arg_params, needed, options.initializer, attributes);
  const ArrayMap aux =
      new_values(options.aux_params, first.aux_dict(), options.initializer, attributes);
  for (const Executor& executor : group.executors()) executor.copy_params_from(arg, aux);
}

}  // namespace

void initialize(const init::Initializer& initializer, const std::string& name,
                const Attributes& attributes, const NDArray& array) {
  const auto own = attributes.find("__init__");
  if (own != attributes.end() && !own->second.empty()) {
    init::create_from_json(own->second).init_weight(name, array, initializer);
  } else if (name.ends_with("weight")) {
    initializer.init_weight(name, array);
  } else {
    initializer(name, array);
  }
}

void check_params(const std::string& source, const ArrayMap& given, const ArrayMap& needed,
                  bool allow_missing, bool allow_extra) {
  for (const auto& [name, array] : needed) {
    const auto found = given.find(name);
    if (found == given.end()) {
      check(allow_missing, source, ": has no parameter ", name, ", which the network needs; pass ",
            "allow_missing = true if it is to be initialized");
      continue;
    }
    const NDArray& value = found->second;
    check(value.defined() && value.shape() == array.shape(), source, ": parameter ", name,
          ": expected shape ", array.shape(), ", found ",
          value.defined() ? str(value.shape()) : "no array");
  }
  for (const auto& [name, array] : given) {
    check(allow_extra || needed.contains(name), source, ": holds the parameter ", name,
          ", which the network does not have; pass allow_extra = true to leave it out");
  }
}

// What stands in files, too.
model::Params Module::Impl::current_params() const {
  model::Params params;
  const auto fixed = symbol.list_arguments_fixed_at_one();
  const auto hold_fixed = [&] {
    for (const std::string& name : fixed) {
      const auto found = params.arg_params.find(name);
      if (found != params.arg_params.end()) found->second.assign(1.0);
    }
  };
  if (loaded.has_value()) {
    for (const auto& [name, array] : loaded->params.arg_params) {
      params.arg_params.emplace(name, array.copy());
    }
    for (const auto& [name, array] : loaded->params.aux_params) {
      params.aux_params.emplace(name, array.copy());
    }
    hold_fixed();
    return params;
  }
  const std::vector<Executor>& executors = group->executors();
  const auto mean = [&](const std::string& name, const ArrayMap& (Executor::*arrays)() const) {
    std::vector<NDArray> copies;
    copies.reserve(executors.size());
    for (const Executor& executor : executors) copies.push_back((executor.*arrays)().at(name));
    // A copy, also where the mean is one of them.
    return ops::mean_of_copies(copies).copy();
  };
  for (const std::string& name : param_names) {
    params.arg_params.emplace(name, mean(name, &Executor::arg_dict));
  }
  for (const std::string& name : aux_names) {
    params.aux_params.emplace(name, mean(name, &Executor::aux_dict));
  }
  hold_fixed();
  return params;
}

void Module::init_params(const InitParamsOptions& options) {
  if (params_initialized() && !options.force_init) {
    log_line("Parameters already initialized and force_init=False. init_params call ignored.");
    return;
  }
  ExecutorGroup& group = impl_->bound("init_params");
  init_all("init_params", group, impl_->symbol, impl_->param_names, options);
  impl_->params_initialized = true;
}

model::Params Module::get_params() const {
  check(params_initialized(), "get_params: the parameters have no values yet; call init_params");
  return impl_->current_params();
}

model::Params Module::param_arrays() const {
  const Executor& first = impl_->bound("param_arrays").executors()[0];
  return {named(impl_->param_names, first.arg_dict()), first.aux_dict()};
}

FrozenGraph Module::freeze() const {
  const auto [arg_params, aux_params] = get_params();
  return FrozenGraph(
      impl_->symbol, arg_params, aux_params,
      {.inputs = impl_->options.data_names, .context = impl_->options.context.list().front()});
}

void Module::set_params(const ArrayMap& arg_params, const ArrayMap& aux_params,
                        const SetParamsOptions& options) {
  if (params_initialized() && !options.force_init) {
    log_line("Parameters already initialized and force_init=False. set_params call ignored.");
    return;
  }
  init_all("set_params", impl_->bound("set_params"), impl_->symbol, impl_->param_names,
           {.initializer = {},
            .arg_params = arg_params,
            .aux_params = aux_params,
            .allow_missing = options.allow_missing,
            .allow_extra = options.allow_extra});
  impl_->params_initialized = true;
}

void Module::Impl::take_saved(const std::string& prefix, int epoch, model::Params params,
                              bool with_states) {
  loaded = LoadedParams{model::checkpoint_path(prefix, epoch), std::move(params)};
  params_initialized = true;
  if (with_states) states_to_load = model::checkpoint_path(prefix, epoch, "states");
}

Module Module::load(const std::string& prefix, int epoch, const LoadOptions& options) {
  const model::Checkpoint checkpoint = model::load_checkpoint(prefix, epoch);
  Module module(checkpoint.symbol, {.data_names = options.data_names,
                                    .label_names = options.label_names,
                                    .context = options.context,
                                    .fixed_param_names = options.fixed_param_names});
  module.impl_->take_saved(prefix, epoch, {checkpoint.arg_params, checkpoint.aux_params},
                           options.load_optimizer_states);
  return module;
}

void Module::save_checkpoint(const std::string& prefix, int epoch,
                             bool save_optimizer_states) const {
  const auto [arg_params, aux_params] = get_params();
  std::optional<std::string> states;
  if (save_optimizer_states) {
    check(optimizer_initialized(), "save_checkpoint: the module has no optimizer");
    states = impl_->updates->updater.get_states();
  }
  model::save_checkpoint(prefix, epoch, impl_->symbol, arg_params, aux_params, states);
}

}  // namespace gluino::mod
