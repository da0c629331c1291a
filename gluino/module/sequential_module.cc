#include <gluino/base/error.h>
#include <gluino/base/log.h>
#include <gluino/module/module_impl.h>
#include <gluino/module/sequential_module.h>

#include <functional>
#include <map>
#include <utility>

namespace gluino::mod {
namespace {

struct Part {
  std::shared_ptr<BaseModule> module;
  AddOptions options;
};

// The parameters of these modules. Throws Error when two have the same name.
model::Params params_of(const char* who, const std::vector<Part>& parts,
                        const std::function<bool(const BaseModule&)>& counts) {
  model::Params all;
  std::map<std::string, std::size_t> owners;
  const auto add = [&](ArrayMap& known, const ArrayMap& more, std::size_t part) {
    for (const auto& [name, array] : more) {
      const auto [owner, is_new] = owners.emplace(name, part);
      check(is_new, who, ": module ", part, " has a parameter ", name, ", and so has module ",
            owner->second, "; give layers names of their own");
      if (counts(*parts[part].module)) known.emplace(name, array);
    }
  };
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto [arg_params, aux_params] = parts[i].module->param_arrays();
    add(all.arg_params, arg_params, i);
    add(all.aux_params, aux_params, i);
  }
  return all;
}

bool any_of(const BaseModule& /*module*/) { return true; }

// Names that no module knows are no way to ask for gradients.
void check_grad_reqs(const GradReqs& given, const std::vector<Part>& parts) {
  for (const auto& [name, req] : given.by_name()) {
    bool known = false;
    for (const Part& part : parts) {
      const Symbol& symbol = part.module->symbol();
      known = known || !symbol.defined() || contains(symbol.list_arguments(), name);
    }
    check(known, "bind: grad_req: no module has an argument '", name, "'");
  }
}

}  // namespace

struct SequentialModule::Impl {
  Part& last() { return parts.back(); }

  std::vector<Part> parts;
  std::vector<io::DataDesc> label_shapes;
  BindOptions bind_options;
  bool binded = false;
  bool params_initialized = false;
  bool optimizer_initialized = false;
};

SequentialModule::SequentialModule() : impl_(std::make_shared<Impl>()) {}

SequentialModule& SequentialModule::add(const BaseModule& module, const AddOptions& options) {
  const auto* other = dynamic_cast<const SequentialModule*>(&module);
  check(other == nullptr || !(other->impl_ == impl_), "add: a module cannot be a part of itself");
  impl_->parts.push_back({module.handle(), options});
  impl_->binded = impl_->params_initialized = impl_->optimizer_initialized = false;
  return *this;
}

std::shared_ptr<BaseModule> SequentialModule::handle() const {
  return std::make_shared<SequentialModule>(*this);
}

void SequentialModule::bind(const std::vector<io::DataDesc>& data_shapes,
                            const std::vector<io::DataDesc>& label_shapes,
                            const BindOptions& options) {
  Impl& self = *impl_;
  if (self.binded && !options.force_rebind) {
    log_line("Already bound, ignoring bind()");
    return;
  }
  check(!self.parts.empty(), "bind: there is no module yet; call add first");
  check(options.for_training || !options.inputs_need_grad,
        "bind: inputs_need_grad needs for_training");
  check(options.shared_module == nullptr,
        "bind: shared_module: a SequentialModule has parameters of its own");
  check_grad_reqs(options.grad_req, self.parts);
  self.binded = false;  // should one of them fail
  self.label_shapes.clear();
  std::vector<io::DataDesc> shapes = data_shapes;
  for (std::size_t i = 0; i < self.parts.size(); ++i) {
    BaseModule& module = *self.parts[i].module;
    const AddOptions& how = self.parts[i].options;
    if (how.auto_wiring) {
      const std::vector<std::string>& names = module.data_names();
      check(names.size() == shapes.size(), "bind: module ", i, " takes ", names.size(),
            " arrays of data, there are ", shapes.size());
      for (std::size_t k = 0; k < names.size(); ++k) shapes[k].name = names[k];
    }
    BindOptions own = options;
    own.inputs_need_grad = options.inputs_need_grad || (options.for_training && i > 0);
    if (module.symbol().defined()) own.grad_req = of_arguments(options.grad_req, module.symbol());
    module.bind(shapes, how.take_labels ? label_shapes : std::vector<io::DataDesc>(), own);
    if (how.take_labels) self.label_shapes = label_shapes;
    shapes = module.output_shapes();
  }
  self.bind_options = options;
  self.binded = true;
}

void SequentialModule::init_params(const InitParamsOptions& options) {
  Impl& self = *impl_;
  if (self.params_initialized && !options.force_init) {
    log_line("Parameters already initialized and force_init=False. init_params call ignored.");
    return;
  }
  check(self.binded, "init_params: the module has no shapes yet; call bind first");
  // All is looked at before anything changes.
  const auto takes = [&](const BaseModule& module) {
    return options.force_init || !module.params_initialized();
  };
  const model::Params all = params_of("init_params", self.parts, any_of);
  const model::Params needed = params_of("init_params", self.parts, takes);
  const auto check_all = [&](const std::optional<ArrayMap>& given, const ArrayMap& known,
                             const ArrayMap& asked) {
    if (!given.has_value()) return;
    check_params("init_params", *given, known, true, options.allow_extra);
    check_params("init_params", *given, asked, options.allow_missing, true);
  };
  check_all(options.arg_params, all.arg_params, needed.arg_params);
  check_all(options.aux_params, all.aux_params, needed.aux_params);
  InitParamsOptions own = options;
  own.allow_extra = true;  // what the other modules have
  for (const Part& part : self.parts) part.module->init_params(own);
  self.params_initialized = true;
}

model::Params SequentialModule::get_params() const {
  check_ready("get_params");
  model::Params all;
  for (const Part& part : impl_->parts) {
    auto [arg_params, aux_params] = part.module->get_params();
    all.arg_params.merge(arg_params);
    all.aux_params.merge(aux_params);
  }
  return all;
}

model::Params SequentialModule::param_arrays() const {
  check(binded(), "param_arrays: the module has no shapes yet; call bind first");
  return params_of("param_arrays", impl_->parts, any_of);
}

void SequentialModule::init_optimizer(const InitOptimizerOptions& options) {
  check_ready("init_optimizer");
  if (impl_->optimizer_initialized && !options.force_init) {
    log_line("optimizer already initialized, ignoring...");
    return;
  }
  for (const Part& part : impl_->parts) part.module->init_optimizer(options);
  impl_->optimizer_initialized = true;
}

void SequentialModule::install_monitor(const mon::Monitor& monitor) {
  check(binded(), "install_monitor: the module has no shapes yet; call bind first");
  for (const Part& part : impl_->parts) part.module->install_monitor(monitor);
}

void SequentialModule::forward(const io::DataBatch& batch, std::optional<bool> is_train) {
  check_ready("forward");
  const std::vector<Part>& parts = impl_->parts;
  io::DataBatch now = batch;
  for (const Part& part : parts) {
    part.module->forward(now, is_train);
    if (&part == &parts.back()) return;
    now.data = part.module->get_outputs();
    now.provide_data.clear();  // of the first module's data
  }
}

void SequentialModule::backward(const std::vector<NDArray>& out_grads) {
  check_ready("backward");
  const std::vector<Part>& parts = impl_->parts;
  std::vector<NDArray> grads = out_grads;
  for (std::size_t i = parts.size(); i-- > 0;) {
    parts[i].module->backward(grads);
    if (i > 0) grads = parts[i].module->get_input_grads();
  }
}

void SequentialModule::update() {
  check(optimizer_initialized(), "update: the module has no optimizer; call init_optimizer first");
  for (const Part& part : impl_->parts) part.module->update();
}

void SequentialModule::update_metric(metric::EvalMetric& metric,
                                     const std::vector<NDArray>& labels) {
  check_ready("update_metric");
  for (const Part& part : impl_->parts) {
    if (part.options.take_labels) part.module->update_metric(metric, labels);
  }
}

std::vector<NDArray> SequentialModule::get_outputs() const {
  check_ready("get_outputs");
  return impl_->last().module->get_outputs();
}

std::vector<NDArray> SequentialModule::get_input_grads() const {
  check_ready("get_input_grads");
  check(inputs_need_grad(), "get_input_grads: the module is bound without inputs_need_grad");
  return impl_->parts[0].module->get_input_grads();
}

bool SequentialModule::binded() const { return impl_->binded; }
bool SequentialModule::for_training() const { return binded() && impl_->bind_options.for_training; }
bool SequentialModule::inputs_need_grad() const {
  return binded() && impl_->bind_options.inputs_need_grad;
}
bool SequentialModule::params_initialized() const { return impl_->params_initialized; }
bool SequentialModule::optimizer_initialized() const { return impl_->optimizer_initialized; }

const std::vector<std::string>& SequentialModule::data_names() const {
  static const std::vector<std::string> none;
  return impl_->parts.empty() ? none : impl_->parts[0].module->data_names();
}

std::vector<std::string> SequentialModule::output_names() const {
  return impl_->parts.empty() ? std::vector<std::string>() : impl_->last().module->output_names();
}

const std::vector<io::DataDesc>& SequentialModule::data_shapes() const {
  check(binded(), "data_shapes: the module has no shapes yet; call bind first");
  return impl_->parts[0].module->data_shapes();
}

const std::vector<io::DataDesc>& SequentialModule::label_shapes() const {
  check(binded(), "label_shapes: the module has no shapes yet; call bind first");
  return impl_->label_shapes;
}

std::vector<io::DataDesc> SequentialModule::output_shapes() const {
  check(binded(), "output_shapes: the module has no shapes yet; call bind first");
  return impl_->last().module->output_shapes();
}

}  // namespace gluino::mod
