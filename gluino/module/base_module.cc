#include <gluino/base/error.h>
#include <gluino/module/base_module.h>
#include <gluino/module/module_impl.h>

namespace gluino::mod {

void BaseModule::check_ready(const char* who) const {
  check(binded(), who, ": the module has no shapes yet; call bind first");
  check(params_initialized(), who, ": the parameters have no values yet; call init_params first");
}

void BaseModule::set_params(const ArrayMap& arg_params, const ArrayMap& aux_params,
                            const SetParamsOptions& options) {
  init_params({.initializer = {},
               .arg_params = arg_params,
               .aux_params = aux_params,
               .allow_missing = options.allow_missing,
               .force_init = options.force_init,
               .allow_extra = options.allow_extra});
}

void BaseModule::prepare(const io::DataBatch& /*batch*/) {}

void BaseModule::forward_backward(const io::DataBatch& batch) {
  forward(batch, true);
  backward();
}

void BaseModule::train_step(const io::DataBatch& batch) {
  forward_backward(batch);
  update();
}

void BaseModule::save_checkpoint(const std::string& /*prefix*/, int /*epoch*/,
                                 bool /*save_optimizer_states*/) const {
  fail(
      "save_checkpoint: this kind of module has no file for its network; save_params writes the "
      "parameters");
}

void BaseModule::save_params(const std::string& path) const {
  model::save_params_file(path, get_params());
}

void BaseModule::load_params(const std::string& path) {
  check(binded(), "load_params: the module has no shapes yet; call bind first");
  const auto [arg_params, aux_params] = model::load_params_file(path);
  const model::Params needed = param_arrays();
  check_params(path, arg_params, needed.arg_params, false, false);
  check_params(path, aux_params, needed.aux_params, false, false);
  set_params(arg_params, aux_params);
}

const Symbol& BaseModule::symbol() const {
  static const Symbol none;
  return none;
}

}  // namespace gluino::mod
