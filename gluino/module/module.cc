#include <gluino/base/error.h>
#include <gluino/base/log.h>
#include <gluino/base/text.h>
#include <gluino/graph/symbol/indexed_graph.h>
#include <gluino/graph/symbol/row_gradients.h>
#include <gluino/module/module_impl.h>

#include <algorithm>
#include <utility>

namespace gluino::mod {
namespace {

std::string joined(const std::vector<std::string>& names) {
  return names.empty() ? "none" : join(names);
}

bool looks_like_a_parameter(const std::string& name) {
  return name.ends_with("_weight") || name.ends_with("_bias") || name.ends_with("_gamma") ||
         name.ends_with("_beta");
}

void check_names(const Symbol& symbol, const char* option, const std::vector<std::string>& names,
                 bool inputs) {
  const std::vector<std::string> arguments = symbol.list_arguments();
  for (const std::string& name : names) {
    if (contains(arguments, name)) continue;
    std::vector<std::string> candidates;
    for (const std::string& argument : arguments) {
      if (!inputs || !looks_like_a_parameter(argument)) candidates.push_back(argument);
    }
    fail("Module: ", option, ": the symbol has no argument '", name,
         "'; there are: ", joined(candidates));
  }
}

// A label is named after the output that takes it: "softmax_label" is that of one called "softmax".
// A name that is not
// there does no harm unless a label of another name would count as a parameter.
void check_label_names(const Symbol& symbol, const ModuleOptions& options) {
  const std::vector<std::string> arguments = symbol.list_arguments();
  const auto label = std::find_if(arguments.begin(), arguments.end(), [&](const auto& name) {
    return name.ends_with("_label") && !contains(options.label_names, name) &&
           !contains(options.data_names, name);
  });
  if (label == arguments.end()) return;
  for (const std::string& name : options.label_names) {
    check(contains(arguments, name), "Module: label_names: the symbol has no argument '", name,
          "'; its label is called '", *label,
          "', after the output that takes it. Call the output \"",
          name.substr(0, name.rfind("_label")), "\", or say '", *label,
          "' as label_names and as the iterator's label_name");
  }
}

// The order in which an iterator gives its arrays is its own.
void check_provided(const char* what, std::vector<std::string> expected,
                    const std::vector<io::DataDesc>& descs) {
  std::vector<std::string> given;
  given.reserve(descs.size());
  for (const io::DataDesc& desc : descs) given.push_back(desc.name);
  const std::string found = joined(given);
  const std::string wanted = joined(expected);
  std::sort(given.begin(), given.end());
  std::sort(expected.begin(), expected.end());
  check(given == expected, "bind: expected shapes of the ", what, " ", wanted, ", got those of ",
        found, "; the iterator's option ", what, "_name or ModuleOptions::", what,
        "_names make them agree");
}

void check_number(const Inputs& inputs, const io::DataBatch& batch) {
  check(batch.data.size() == inputs.data.size(), "forward: expected a batch with ",
        inputs.data.size(), " arrays of data, got ", batch.data.size());
  check(batch.label.empty() || inputs.labels.empty() || batch.label.size() == inputs.labels.size(),
        "forward: expected a batch with ", inputs.labels.size(), " labels, got ",
        batch.label.size());
}

// Whether all arrays have the shapes that the inputs have. A batch without labels may be of another
// size than those.
bool fits(const Inputs& inputs, const io::DataBatch& batch) {
  const auto same = [](const NDArray& array, const io::DataDesc& desc) {
    return array.shape() == desc.shape;
  };
  return (!batch.label.empty() || inputs.labels.empty()) &&
         std::equal(batch.data.begin(), batch.data.end(), inputs.data.begin(), same) &&
         (inputs.labels.empty() ||
          std::equal(batch.label.begin(), batch.label.end(), inputs.labels.begin(), same));
}

// The inputs with the shapes of this batch. Labels that are not given get its size.
Inputs inputs_for(const Inputs& before, const io::DataBatch& batch) {
  Inputs inputs = before;
  std::int64_t batch_size = -1;
  for (std::size_t i = 0; i < inputs.data.size(); ++i) {
    io::DataDesc& desc = inputs.data[i];
    desc.shape = batch.data[i].shape();
    const int axis = io::DataDesc::get_batch_axis(desc.layout);
    if (batch_size < 0 && axis >= 0 && axis < desc.shape.ndim()) batch_size = desc.shape[axis];
  }
  for (std::size_t i = 0; i < inputs.labels.size(); ++i) {
    io::DataDesc& desc = inputs.labels[i];
    const int axis = io::DataDesc::get_batch_axis(desc.layout);
    if (!batch.label.empty()) {
      desc.shape = batch.label[i].shape();
    } else if (axis >= 0 && axis < desc.shape.ndim()) {
      desc.shape[axis] = batch_size;
    }
  }
  return inputs;
}

}  // namespace

Module::Impl::Impl(const Symbol& given, const ModuleOptions& given_options)
    : symbol(given), options(given_options) {
  check(symbol.defined(), "Module: expected a symbol, got one that refers to nothing");
  check(!options.context.list().empty(), "Module: expected at least one context, got none");
  check_names(symbol, "data_names", options.data_names, true);
  check_label_names(symbol, options);
  check_names(symbol, "fixed_param_names", options.fixed_param_names, false);
  const std::vector<std::string> arguments = symbol.list_arguments();
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    check(std::count(arguments.begin(), arguments.end(), arguments[i]) == 1,
          "Module: two arguments of the symbol have the name '", arguments[i], "'");
    if (is_input(arguments[i])) continue;
    param_names.push_back(arguments[i]);
    keys.emplace_back(arguments[i]);
    param_places.push_back(i);
  }
  const std::set<std::string> by_rows = graph::row_gradients(symbol, {});
  for (const std::string& name : param_names) param_by_rows.push_back(by_rows.contains(name));
  aux_names = symbol.list_auxiliary_states();
  const IndexedGraph graph(symbol.entries());
  runs_user_code = std::any_of(graph.items.begin(), graph.items.end(), [](const auto& item) {
    return !item.node->is_variable() && item.node->op->runs_user_code &&
           item.node->op->runs_user_code(item.node->options.get());
  });
}

GradReqs of_arguments(const GradReqs& given, const Symbol& symbol) {
  if (given.by_name().empty()) return given;
  const std::vector<std::string> arguments = symbol.list_arguments();
  std::map<std::string, GradReq> known = given.by_name();
  std::erase_if(known, [&](const auto& one) { return !contains(arguments, one.first); });
  if (known.empty()) return {};  // a list of none would mean that nothing is computed
  return known;
}

bool Module::Impl::is_input(const std::string& name) const {
  return contains(options.data_names, name) || contains(options.label_names, name);
}

ExecutorGroup& Module::Impl::bound(const char* who) const {
  check(group != nullptr, who, ": the module has no shapes yet; call bind first");
  return *group;
}

ExecutorGroup& Module::Impl::ready(const char* who) const {
  ExecutorGroup& result = bound(who);
  check(params_initialized, who, ": the parameters have no values yet; call init_params first");
  return result;
}

GradReqs Module::Impl::grad_reqs(const BindOptions& given) const {
  const std::map<std::string, GradReq>& by_name = given.grad_req.by_name();
  const GradReq usual = by_name.empty() ? given.grad_req.of("") : GradReq::write;
  std::map<std::string, GradReq> all;
  // With a gradient of 0 weight decay would still move them.
  const auto fixed = symbol.list_arguments_fixed_at_one();
  for (const std::string& name : symbol.list_arguments()) {
    const bool wanted = is_input(name)
                            ? given.inputs_need_grad && contains(options.data_names, name)
                            : !contains(options.fixed_param_names, name) && !contains(fixed, name);
    const auto own = by_name.find(name);
    GradReq req = wanted ? usual : GradReq::null;
    if (own != by_name.end()) req = own->second;
    all.emplace(name, given.for_training ? req : GradReq::null);
  }
  for (const auto& [name, req] : by_name) {
    check(all.contains(name), "bind: grad_req: the symbol has no argument '", name, "'");
  }
  return all;
}

Module::Module(const Symbol& symbol, const ModuleOptions& options)
    : impl_(std::make_shared<Impl>(symbol, options)) {}

std::shared_ptr<BaseModule> Module::handle() const { return std::make_shared<Module>(*this); }

void Module::bind(const std::vector<io::DataDesc>& data_shapes,
                  const std::vector<io::DataDesc>& label_shapes, const BindOptions& options) {
  Impl& self = *impl_;
  if (self.group != nullptr && !options.force_rebind) {
    log_line("Already bound, ignoring bind()");
    return;
  }
  check(options.for_training || !options.inputs_need_grad,
        "bind: inputs_need_grad needs for_training");
  check_provided("data", self.options.data_names, data_shapes);
  if (!label_shapes.empty()) check_provided("label", self.options.label_names, label_shapes);
  const ExecutorGroup* shared = nullptr;
  if (options.shared_module != nullptr) {
    const Impl& other = *options.shared_module->impl_;
    shared = other.group.get();
    check(shared != nullptr && other.params_initialized,
          "bind: shared_module has no parameters yet; call its bind and init_params first");
    check(other.options.context.list() == self.options.context.list(),
          "bind: shared_module is on other contexts");
  }
  auto group = std::make_unique<ExecutorGroup>(
      self.symbol, self.options.context.list(), Inputs{data_shapes, label_shapes},
      self.options.label_names, self.grad_reqs(options), shared);
  LoadedParams params;
  if (self.params_initialized && shared == nullptr) {
    params = self.loaded.has_value() ? *self.loaded : LoadedParams{"bind", self.current_params()};
    const Executor& first = group->executors()[0];
    ArrayMap needed;
    for (const std::string& name : self.param_names)
      needed.emplace(name, first.arg_dict().at(name));
    check_params(params.source, params.params.arg_params, needed, false, false);
    check_params(params.source, params.params.aux_params, first.aux_dict(), false, false);
  }
  if (self.group != nullptr) group->take_monitors(*self.group);
  self.group = std::move(group);
  self.bind_options = options;
  self.bind_options.shared_module = nullptr;
  if (shared != nullptr) {
    self.params_initialized = true;
    if (options.shared_module->optimizer_initialized()) borrow_optimizer(*options.shared_module);
  } else if (self.params_initialized) {
    for (const Executor& executor : self.group->executors()) {
      executor.copy_params_from(params.params.arg_params, params.params.aux_params);
    }
  }
  self.loaded.reset();
}

void Module::reshape(const std::vector<io::DataDesc>& data_shapes,
                     const std::vector<io::DataDesc>& label_shapes) {
  ExecutorGroup& group = impl_->bound("reshape");
  check_provided("data", impl_->options.data_names, data_shapes);
  if (!label_shapes.empty()) check_provided("label", impl_->options.label_names, label_shapes);
  group.reshape({data_shapes, label_shapes});
}

void Module::forward(const io::DataBatch& batch, std::optional<bool> is_train) {
  ExecutorGroup& group = impl_->ready("forward");
  check_number(group.inputs(), batch);
  if (!fits(group.inputs(), batch)) group.reshape(inputs_for(group.inputs(), batch));
  group.forward(batch, is_train.value_or(impl_->bind_options.for_training));
}

void Module::backward(const std::vector<NDArray>& out_grads) {
  const ExecutorGroup& group = impl_->ready("backward");
  check(impl_->bind_options.for_training,
        "backward: the module is bound without for_training; bind it anew with it");
  group.backward(out_grads);
}

void Module::update_metric(metric::EvalMetric& metric, const std::vector<NDArray>& labels) {
  impl_->ready("update_metric").update_metric(metric, labels);
}

void Module::install_monitor(const mon::Monitor& monitor) {
  impl_->bound("install_monitor").install_monitor(monitor);
}

std::vector<NDArray> Module::get_outputs() const {
  return impl_->ready("get_outputs").merged_outputs();
}

std::vector<std::vector<NDArray>> Module::get_outputs_per_context() const {
  return impl_->ready("get_outputs").outputs();
}

std::vector<NDArray> Module::get_input_grads() const {
  const ExecutorGroup& group = impl_->ready("get_input_grads");
  check(inputs_need_grad(), "get_input_grads: the module is bound without inputs_need_grad");
  return group.merged_data_grads();
}

std::vector<std::vector<NDArray>> Module::get_input_grads_per_context() const {
  const ExecutorGroup& group = impl_->ready("get_input_grads");
  check(inputs_need_grad(), "get_input_grads: the module is bound without inputs_need_grad");
  return group.data_grads();
}

bool Module::binded() const { return impl_->group != nullptr; }
bool Module::for_training() const { return binded() && impl_->bind_options.for_training; }
bool Module::inputs_need_grad() const { return binded() && impl_->bind_options.inputs_need_grad; }
bool Module::params_initialized() const { return impl_->params_initialized; }
bool Module::optimizer_initialized() const { return impl_->updates.has_value(); }
const Symbol& Module::symbol() const { return impl_->symbol; }
const std::vector<std::string>& Module::data_names() const { return impl_->options.data_names; }
const std::vector<std::string>& Module::label_names() const { return impl_->options.label_names; }
std::vector<std::string> Module::output_names() const { return impl_->symbol.list_outputs(); }

const std::vector<io::DataDesc>& Module::data_shapes() const {
  return impl_->bound("data_shapes").inputs().data;
}
const std::vector<io::DataDesc>& Module::label_shapes() const {
  return impl_->bound("label_shapes").inputs().labels;
}
const std::vector<Executor>& Module::executors() const {
  return impl_->bound("executors").executors();
}

std::vector<io::DataDesc> Module::output_shapes() const {
  const ExecutorGroup& group = impl_->bound("output_shapes");
  const Inputs& inputs = group.inputs();
  Shapes known;
  for (const auto* descs : {&inputs.data, &inputs.labels}) {
    for (const io::DataDesc& desc : *descs) {
      if (group.executors()[0].arg_dict().contains(desc.name)) known.emplace(desc.name, desc.shape);
    }
  }
  DTypes types;
  for (const auto& [name, array] : group.executors()[0].arg_dict()) {
    types.emplace(name, array.dtype());
  }
  const Symbol& net = impl_->symbol;
  const std::vector<Shape> shapes = net.infer_shape(known).outputs;
  const std::vector<DType> dtypes = net.infer_type(types).outputs;
  const std::vector<std::string> names = output_names();
  std::vector<io::DataDesc> outputs;
  for (std::size_t i = 0; i < names.size(); ++i) {
    outputs.push_back({.name = names[i], .shape = shapes[i], .dtype = dtypes[i]});
    if (const auto layout = net[i].attr("__layout__")) outputs.back().layout = *layout;
  }
  return outputs;
}

}  // namespace gluino::mod
