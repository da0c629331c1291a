#include <gluino/amp/amp.h>
#include <gluino/base/error.h>
#include <gluino/graph/run/executor.h>
#include <gluino/graph/run/explain.h>
#include <gluino/graph/run/graph_run.h>
#include <gluino/graph/symbol/indexed_graph.h>
#include <gluino/graph/symbol/infer.h>

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

namespace gluino {

using graph::Externals;
using graph::GraphRun;
using graph::Plan;

struct Executor::Impl {
  Symbol symbol;
  Context context;
  GradReqs grad_req;
  graph::CompileOptions compile_options;
  std::unique_ptr<GraphRun> run;

  std::vector<std::string> arg_names, aux_names;
  std::vector<NDArray> args, grads, aux, outputs, ones;
  ArrayMap arg_dict, grad_dict, aux_dict;
  /// What the outputs are of, as long as their gradients can be asked for.
  enum class Ran { nothing, inference, training } ran = Ran::nothing;
  /// Per step of the gradient, the arguments that are settled after it; filled when first asked
  /// for.
  std::vector<std::vector<std::size_t>> settled;

  // `arrays` holds arguments and auxiliary states.
  void bind_arrays(const ArrayMap& arrays, const ArrayMap& gradients);
  void compile_again(bool passes);
  void set_head_gradients(const std::vector<NDArray>& out_grads, bool of_inference);
  void find_settled();
  void copy_into(const ArrayMap& from, const ArrayMap& to, const char* what,
                 bool allow_extra) const;
};

namespace {

// The array bound to a name, checked to be at the executor's place.
const NDArray& bound(const ArrayMap& arrays, const std::string& name, const Context& context,
                     const char* what) {
  const auto found = arrays.find(name);
  check(found != arrays.end() && found->second.defined(), "bind: no array is given for the ", what,
        " ", name);
  check(found->second.context() == context, "bind: the ", what, " ", name, " is at ",
        found->second.context(), ", the executor at ", context);
  return found->second;
}

// True when the bytes of two arrays overlap.
bool overlap(const NDArray& a, const NDArray& b) {
  const auto* first = static_cast<const char*>(a.data());
  const auto* second = static_cast<const char*>(b.data());
  const std::less<> before;
  return before(first, second + b.bytes()) && before(second, first + a.bytes());
}

// A gradient written over another, or over what the graph reads, would be lost or change it.
void check_apart(const ArrayMap& arrays, const ArrayMap& gradients, const GradReqs& grad_req) {
  for (const auto& [name, gradient] : gradients) {
    if (grad_req.of(name) == GradReq::null || !gradient.defined()) continue;
    for (const auto& [other, array] : arrays) {
      check(!array.defined() || !overlap(gradient, array), "bind: the gradient of ", name,
            " shares memory with ", other, " itself; give it an array of its own");
    }
    for (auto next = gradients.upper_bound(name); next != gradients.end(); ++next) {
      const bool added =
          grad_req.of(name) == GradReq::add && grad_req.of(next->first) == GradReq::add;
      if (added || grad_req.of(next->first) == GradReq::null || !next->second.defined()) continue;
      check(!overlap(gradient, next->second), "bind: the gradients of ", name, " and ", next->first,
            " share memory, and one would be written over the other");
    }
  }
}

void check_known(const ArrayMap& arrays, const std::vector<std::string>& names, const char* what) {
  for (const auto& [name, array] : arrays) {
    check(std::find(names.begin(), names.end(), name) != names.end(), "bind: there is no ", what,
          " named ", name);
  }
}

}  // namespace

void Executor::Impl::bind_arrays(const ArrayMap& arrays, const ArrayMap& gradients) {
  const auto names = symbol.list_inputs();
  arg_names = symbol.list_arguments();
  aux_names = symbol.list_auxiliary_states();
  std::vector<Shape> shapes;
  std::vector<DType> types;
  std::vector<GradReq> requests;
  const std::set<std::string> states(aux_names.begin(), aux_names.end());
  for (const std::string& name : names) {
    const NDArray& array =
        bound(arrays, name, context, states.contains(name) ? "auxiliary state" : "argument");
    shapes.push_back(array.shape());
    types.push_back(array.dtype());
    const bool differentiable = !states.contains(name) && gradients.contains(name);
    requests.push_back(differentiable ? grad_req.of(name) : GradReq::null);
  }
  compile_options = {context, shapes, types, requests, graph::passes_enabled()};
  run = std::make_unique<GraphRun>(
      std::make_shared<const Plan>(graph::compile(symbol, compile_options)));
  const Plan& plan = run->plan();
  const Externals& numbers = plan.externals;
  for (std::size_t v = 0; v < names.size(); ++v) {
    const int number = static_cast<int>(v);
    const NDArray& array = arrays.at(names[v]);
    run->set(numbers.variable(number), array);
    if (states.contains(names[v])) {
      aux.push_back(array);
      aux_dict[names[v]] = array;
      continue;
    }
    args.push_back(array);
    arg_dict[names[v]] = array;
    NDArray gradient;
    if (requests[v] != GradReq::null) {
      gradient = bound(gradients, names[v], context, "gradient of");
      check(gradient.shape() == array.shape() && gradient.dtype() == array.dtype(),
            "bind: the gradient of ", names[v], ": expected ", array.dtype(), " ", array.shape(),
            ", got ", gradient.dtype(), " ", gradient.shape());
      grad_dict[names[v]] = gradient;
      run->set(numbers.in_grad(number), gradient);
    }
    grads.push_back(gradient);
  }
  for (std::size_t h = 0; h < plan.outputs.size(); ++h) {
    const graph::Slot& slot = plan.outputs[h];
    outputs.emplace_back(slot.shape, slot.dtype, context);
    run->set(numbers.output(static_cast<int>(h)), outputs.back());
  }
}

void Executor::Impl::compile_again(bool passes) {
  compile_options.passes = passes;
  auto other = std::make_unique<GraphRun>(
      std::make_shared<const Plan>(graph::compile(symbol, compile_options)));
  for (int number = 0; number < run->plan().externals.count(); ++number) {
    if (run->external(number).defined()) other->set(number, run->external(number));
  }
  run = std::move(other);
  settled.clear();
  ran = Ran::nothing;
}

void Executor::Impl::copy_into(const ArrayMap& from, const ArrayMap& to, const char* what,
                               bool allow_extra) const {
  // All are checked before any is written.
  std::vector<std::pair<NDArray, NDArray>> pairs;
  for (const auto& [name, array] : from) {
    const auto place = to.find(name);
    if (place == to.end() && allow_extra) continue;
    check(place != to.end(), "executor: there is no ", what, " named ", name);
    check(array.defined() && place->second.shape() == array.shape(), "executor: ", what, " ", name,
          ": expected shape ", place->second.shape(), ", got ",
          array.defined() ? str(array.shape()) : "none");
    pairs.emplace_back(place->second, array);
  }
  for (const auto& [place, array] : pairs) place.assign(array.detach());
}

const std::vector<NDArray>& Executor::forward(bool is_train) const {
  impl_->ran = Impl::Ran::nothing;
  // Layouts are chosen for the kernels that products are computed with.
  const bool other_products = impl_->run->plan().products != amp::dtype();
  if (other_products && impl_->compile_options.passes) impl_->compile_again(true);
  impl_->run->forward(is_train);
  impl_->ran = is_train ? Impl::Ran::training : Impl::Ran::inference;
  return impl_->outputs;
}

const std::vector<NDArray>& Executor::forward(bool is_train, const ArrayMap& inputs) const {
  impl_->copy_into(inputs, impl_->arg_dict, "argument", false);
  return forward(is_train);
}

void Executor::Impl::set_head_gradients(const std::vector<NDArray>& out_grads, bool of_inference) {
  Impl& impl = *this;
  check(ran == Ran::training || (of_inference && ran == Ran::inference),
        "executor: backward needs a forward", of_inference ? "" : "(is_train = true)",
        " before it");
  const std::size_t count = impl.outputs.size();
  check(out_grads.empty() || out_grads.size() == count, "executor: backward: expected ", count,
        " head gradients, one per output, got ", out_grads.size());
  if (impl.ones.empty()) {
    for (const NDArray& output : impl.outputs) {
      impl.ones.emplace_back(output.shape(), output.dtype(), output.context());
      impl.ones.back().assign(1.0);
    }
  }
  for (std::size_t h = 0; h < count; ++h) {
    const DType dtype = impl.outputs[h].dtype();
    // No gradient goes through whole numbers, whatever is given for them.
    const bool given = h < out_grads.size() && out_grads[h].defined() && is_floating(dtype);
    const NDArray& gradient = given ? out_grads[h] : impl.ones[h];
    check(gradient.shape() == impl.outputs[h].shape() && gradient.context() == impl.context,
          "executor: backward: head gradient ", h, ": expected shape ", impl.outputs[h].shape(),
          " at ", impl.context, ", got ", gradient.shape(), " at ", gradient.context());
    impl.run->set(impl.run->plan().externals.out_grad(static_cast<int>(h)),
                  gradient.astype(dtype, false));
  }
}

void Executor::Impl::find_settled() {
  const Plan& plan = run->plan();
  const Externals& numbers = plan.externals;
  // Per variable, the last step that reads it or writes its gradient.
  std::vector<std::size_t> last(static_cast<std::size_t>(numbers.num_variables), 0);
  for (std::size_t i = 0; i < plan.backward.size(); ++i) {
    const graph::Step& step = plan.backward[i];
    for (const graph::SlotRange& range : {step.in, step.out, step.out_grad, step.in_grad}) {
      for (int s = range.begin; s < range.begin + range.count; ++s) {
        const int buffer = plan.slots[static_cast<std::size_t>(s)].buffer;
        if (buffer < 0) continue;
        const int external = plan.buffers[static_cast<std::size_t>(buffer)].external;
        const int variable = external - (external >= numbers.in_grad(0) ? numbers.in_grad(0) : 0);
        const bool is_variable = external >= 0 && variable < numbers.num_variables;
        if (is_variable) last[static_cast<std::size_t>(variable)] = i;
      }
    }
  }
  settled.assign(plan.backward.size(), {});
  const auto names = symbol.list_inputs();
  for (std::size_t v = 0; v < names.size(); ++v) {
    const auto place = std::find(arg_names.begin(), arg_names.end(), names[v]);
    const auto argument = static_cast<std::size_t>(place - arg_names.begin());
    if (place == arg_names.end() || !grads[argument].defined()) continue;
    settled[last[v]].push_back(argument);
  }
}

void Executor::backward(const std::vector<NDArray>& out_grads,
                        const BackwardOptions& options) const {
  impl_->set_head_gradients(out_grads, options.of_inference);
  impl_->run->backward(options.retain_graph);
}

void Executor::backward(const std::vector<NDArray>& out_grads,
                        const SettledCallback& settled) const {
  Impl& impl = *impl_;
  impl.set_head_gradients(out_grads, false);
  if (impl.settled.empty()) impl.find_settled();
  impl.run->backward_through([&](std::size_t step, FunctionRef<void()> run) {
    run();
    for (const std::size_t argument : impl.settled[step]) settled(argument);
  });
}

std::string Executor::explain(int runs) const {
  const bool training = impl_->run->plan().has_gradient();
  forward(training);
  if (training) backward();  // gives it head gradients
  return graph::explain(*impl_->run, {.train = training, .runs = runs});
}

const std::vector<NDArray>& Executor::arg_arrays() const { return impl_->args; }
const std::vector<NDArray>& Executor::grad_arrays() const { return impl_->grads; }
const std::vector<NDArray>& Executor::aux_arrays() const { return impl_->aux; }
const std::vector<NDArray>& Executor::outputs() const { return impl_->outputs; }
const ArrayMap& Executor::arg_dict() const { return impl_->arg_dict; }
const ArrayMap& Executor::grad_dict() const { return impl_->grad_dict; }
const ArrayMap& Executor::aux_dict() const { return impl_->aux_dict; }
const Symbol& Executor::symbol() const { return impl_->symbol; }
const Context& Executor::context() const { return impl_->context; }
MemoryPlan Executor::memory() const { return impl_->run->plan().memory; }

ArrayMap Executor::output_dict() const {
  ArrayMap outputs;
  const auto names = impl_->symbol.list_outputs();
  for (std::size_t i = 0; i < names.size(); ++i) outputs[names[i]] = impl_->outputs[i];
  return outputs;
}

void Executor::copy_params_from(const ArrayMap& arg_params, const ArrayMap& aux_params,
                                bool allow_extra_params) const {
  impl_->copy_into(arg_params, impl_->arg_dict, "argument", allow_extra_params);
  impl_->copy_into(aux_params, impl_->aux_dict, "auxiliary state", allow_extra_params);
}

void Executor::set_monitor_callback(MonitorCallback callback, bool monitor_all) const {
  // A pass may have made one node of several, whose outputs are then nowhere to be seen.
  const bool passes = callback == nullptr && graph::passes_enabled();
  if (passes != impl_->compile_options.passes) impl_->compile_again(passes);
  impl_->run->monitor = std::move(callback);
  impl_->run->monitor_inputs = monitor_all;
}

Executor Executor::reshape(const Shapes& shapes, const ReshapeOptions& options) const {
  const auto inferred = impl_->symbol.infer_shape(shapes);
  ArrayMap args, grads, aux;
  const auto fitted = [&](const std::string& name, const NDArray& array, const Shape& shape) {
    if (array.shape() == shape) return array;
    check(options.partial_shaping || shapes.contains(name), "reshape: ", name,
          " would change from ", array.shape(), " to ", shape, "; allow it with partial_shaping");
    const bool grows = shape.size() > array.size();
    check(!grows || options.allow_up_sizing, "reshape: ", name, " would grow from ", array.shape(),
          " to ", shape, "; allow it with allow_up_sizing");
    if (grows) return NDArray(shape, array.dtype(), array.context());
    return array.view({array.size()}).slice_view(0, shape.size()).view(shape);
  };
  for (std::size_t i = 0; i < impl_->args.size(); ++i) {
    const std::string& name = impl_->arg_names[i];
    args[name] = fitted(name, impl_->args[i], inferred.arguments[i]);
    if (impl_->grads[i].defined()) {
      grads[name] = fitted(name, impl_->grads[i], inferred.arguments[i]);
    }
  }
  for (std::size_t i = 0; i < impl_->aux.size(); ++i) {
    const std::string& name = impl_->aux_names[i];
    aux[name] = fitted(name, impl_->aux[i], inferred.auxiliary_states[i]);
  }
  const Executor other = impl_->symbol.bind(impl_->context, args, grads, impl_->grad_req, aux);
  if (impl_->run->monitor) {
    other.set_monitor_callback(impl_->run->monitor, impl_->run->monitor_inputs);
  }
  return other;
}

Executor Symbol::bind(const Context& context, const ArrayMap& args, const ArrayMap& args_grad,
                      const GradReqs& grad_req, const ArrayMap& aux_states) const {
  check(defined(), "bind: the symbol refers to nothing");
  auto impl = std::make_shared<Executor::Impl>();
  impl->symbol = *this;
  impl->context = context;
  impl->grad_req = grad_req;
  const auto arguments = list_arguments();
  check_known(args, arguments, "argument");
  check_known(args_grad, arguments, "argument");
  check_known(aux_states, list_auxiliary_states(), "auxiliary state");
  for (const auto& [name, request] : grad_req.by_name()) {
    check(std::find(arguments.begin(), arguments.end(), name) != arguments.end(),
          "bind: grad_req names ", name, ", which is no argument");
  }
  ArrayMap arrays = args;
  arrays.insert(aux_states.begin(), aux_states.end());
  check_apart(arrays, args_grad, grad_req);
  impl->bind_arrays(arrays, args_grad);
  return Executor(std::move(impl));
}

Executor Symbol::simple_bind(const Context& context, const Shapes& shapes, const GradReqs& grad_req,
                             const DTypes& types) const {
  check(defined(), "simple_bind: the symbol refers to nothing");
  const IndexedGraph graph(outputs_);
  const auto found = graph::infer_entries(graph, shapes, types);
  ArrayMap args, grads, aux;
  for (const int i : graph.variables) {
    const auto& item = graph.items[static_cast<std::size_t>(i)];
    const auto entry = static_cast<std::size_t>(item.first_entry);
    const std::string& name = item.node->name;
    NDArray array(found.shapes[entry], found.types[entry], context);
    array.assign(0.0);
    (item.is_state ? aux : args)[name] = array;
    const bool wanted =
        !item.is_state && is_floating(array.dtype()) && grad_req.of(name) != GradReq::null;
    if (!wanted) continue;
    NDArray& gradient = grads[name] = NDArray(array.shape(), array.dtype(), context);
    gradient.assign(0.0);
  }
  return bind(context, args, grads, grad_req, aux);
}

std::vector<NDArray> Symbol::eval(const ArrayMap& args) const {
  const Context context = args.empty() ? current_context() : args.begin()->second.context();
  ArrayMap arguments, states;
  const auto names = list_auxiliary_states();
  for (const auto& [name, array] : args) {
    const bool is_state = std::find(names.begin(), names.end(), name) != names.end();
    (is_state ? states : arguments)[name] = array;
  }
  return bind(context, arguments, {}, GradReq::null, states).forward();
}

}  // namespace gluino
