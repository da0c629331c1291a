#include <gluino/base/error.h>
#include <gluino/base/join.h>
#include <gluino/graph/explain.h>
#include <gluino/graph/freeze_passes.h>
#include <gluino/graph/frozen.h>
#include <gluino/graph/graph_run.h>
#include <gluino/graph/plan.h>
#include <gluino/graph/tracer.h>

#include <algorithm>
#include <list>
#include <mutex>
#include <set>
#include <utility>

namespace gluino {
namespace {

using graph::GraphRun;
using graph::KnownGraph;
using graph::Plan;

std::size_t at(int i) { return static_cast<std::size_t>(i); }

// A compilation, and the runs of it that nobody uses at the moment.
struct Compiled {
  std::shared_ptr<const Plan> plan;
  std::mutex mutex;
  std::vector<std::unique_ptr<GraphRun>> idle;
};

// The copies that a frozen graph keeps, by name.
KnownGraph copied(const Symbol& symbol, const ArrayMap& arg_params, const ArrayMap& aux_params,
                  const FrozenOptions& options) {
  check(symbol.defined(), "FrozenGraph: the symbol refers to nothing");
  check(!Tracer::is_active(), "FrozenGraph: a frozen graph cannot be made while a graph is traced");
  const InnerMode inference(false);
  const auto names = symbol.list_inputs();
  const std::set<std::string> known(names.begin(), names.end());
  KnownGraph result{symbol, {}};
  for (const ArrayMap* params : {&arg_params, &aux_params}) {
    for (const auto& [name, array] : *params) {
      check(array.defined(), "FrozenGraph: the parameter ", name, " has no array");
      check(known.contains(name) || options.allow_extra_params, "FrozenGraph: the symbol has no ",
            "argument or auxiliary state named ", name);
      const bool given = std::count(options.inputs.begin(), options.inputs.end(), name) > 0;
      check(!given, "FrozenGraph: ", name, " is both a parameter and an input");
      if (known.contains(name)) result.params[name] = array.copyto(options.context);
    }
  }
  for (const std::string& name : options.inputs) {
    check(known.contains(name), "FrozenGraph: the symbol has no argument named ", name, "; it has ",
          join(names));
  }
  return result;
}

KnownGraph simplified(KnownGraph known) {
  drop_training(known);
  fold_constants(known);
  fold_batch_norm(known);
  drop_unused(known);
  return known;
}

}  // namespace

struct FrozenGraph::Impl {
  Symbol symbol;
  ArrayMap params;
  FrozenOptions options;
  /// Per variable of the symbol: the array, or (not defined) the number of the input in `input_of`.
  std::vector<NDArray> constants;
  std::vector<int> input_of;
  std::mutex mutex;
  /// By the inputs' shapes and types; the one used last comes first.
  std::list<std::shared_ptr<Compiled>> cache;

  void find_variables();
  void check_inputs(std::span<const NDArray> inputs) const;
  bool fits(const Plan& plan, std::span<const NDArray> inputs) const;
  std::shared_ptr<Compiled> find(std::span<const NDArray> inputs);
  std::shared_ptr<Compiled> compile(std::span<const NDArray> inputs) const;
  std::unique_ptr<GraphRun> take_run(Compiled& compiled) const;
};

// Whose the variables are; unless options.inputs says the inputs, they are the unknown arguments.
void FrozenGraph::Impl::find_variables() {
  const auto names = symbol.list_inputs();
  const auto states = symbol.list_auxiliary_states();
  const bool named = !options.inputs.empty();
  for (const std::string& name : names) {
    const auto found = params.find(name);
    constants.push_back(found == params.end() ? NDArray() : found->second);
    input_of.push_back(-1);
    if (found != params.end()) continue;
    const bool state = std::count(states.begin(), states.end(), name) > 0;
    if (!named && !state) options.inputs.push_back(name);
    const auto place = std::find(options.inputs.begin(), options.inputs.end(), name);
    check(place != options.inputs.end(), "FrozenGraph: no array is given for the ",
          state ? "auxiliary state " : "argument ", name);
    input_of.back() = static_cast<int>(place - options.inputs.begin());
  }
}

void FrozenGraph::Impl::check_inputs(std::span<const NDArray> inputs) const {
  check(!Tracer::is_active(), "FrozenGraph: a frozen graph cannot become a part of another graph");
  check(inputs.size() == options.inputs.size(), "FrozenGraph: expected ", options.inputs.size(),
        " inputs (", join(options.inputs), "), got ", inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    check(inputs[i].context() == options.context, "FrozenGraph: the input ", options.inputs[i],
          " is at ", inputs[i].context(), ", the network at ", options.context);
  }
}

bool FrozenGraph::Impl::fits(const Plan& plan, std::span<const NDArray> inputs) const {
  for (std::size_t v = 0; v < input_of.size(); ++v) {
    if (input_of[v] < 0) continue;
    const NDArray& input = inputs[at(input_of[v])];
    const graph::Slot& slot = plan.variables[v];
    if (slot.shape != input.shape() || slot.dtype != input.dtype()) return false;
  }
  return true;
}

std::shared_ptr<Compiled> FrozenGraph::Impl::compile(std::span<const NDArray> inputs) const {
  graph::CompileOptions wanted;
  wanted.context = options.context;
  for (std::size_t v = 0; v < constants.size(); ++v) {
    const NDArray& array = input_of[v] < 0 ? constants[v] : inputs[at(input_of[v])];
    wanted.shapes.push_back(array.shape());
    wanted.types.push_back(array.dtype());
  }
  wanted.requests.assign(constants.size(), GradReq::null);
  wanted.passes = graph::passes_enabled();
  auto compiled = std::make_shared<Compiled>();
  compiled->plan = std::make_shared<const Plan>(graph::compile(symbol, wanted));
  return compiled;
}

std::shared_ptr<Compiled> FrozenGraph::Impl::find(std::span<const NDArray> inputs) {
  const std::lock_guard lock(mutex);
  const auto found = std::find_if(cache.begin(), cache.end(), [&](const auto& compiled) {
    return fits(*compiled->plan, inputs);
  });
  if (found != cache.end()) {
    cache.splice(cache.begin(), cache, found);
  } else {
    cache.push_front(compile(inputs));
    if (cache.size() > options.max_compiled) cache.pop_back();
  }
  return cache.front();
}

// A run that nobody else uses. It knows the parameters already.
std::unique_ptr<GraphRun> FrozenGraph::Impl::take_run(Compiled& compiled) const {
  {
    const std::lock_guard lock(compiled.mutex);
    if (!compiled.idle.empty()) {
      auto run = std::move(compiled.idle.back());
      compiled.idle.pop_back();
      return run;
    }
  }
  auto run = std::make_unique<GraphRun>(compiled.plan);
  for (std::size_t v = 0; v < constants.size(); ++v) {
    if (input_of[v] < 0)
      run->set(compiled.plan->externals.variable(static_cast<int>(v)), constants[v]);
  }
  return run;
}

namespace {

// Gives a run back at the end of a call, also of one that fails.
class Lease {
 public:
  Lease(Compiled& compiled, std::unique_ptr<GraphRun> run)
      : compiled_(compiled), run_(std::move(run)) {}
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() {
    const std::lock_guard lock(compiled_.mutex);
    compiled_.idle.push_back(std::move(run_));
  }
  GraphRun& run() const { return *run_; }

 private:
  Compiled& compiled_;
  std::unique_ptr<GraphRun> run_;
};

}  // namespace

FrozenGraph::FrozenGraph(const Symbol& symbol, const ArrayMap& arg_params,
                         const ArrayMap& aux_params, const FrozenOptions& options)
    : FrozenGraph(simplified(copied(symbol, arg_params, aux_params, options)), options) {}

FrozenGraph::FrozenGraph(graph::KnownGraph known, const FrozenOptions& options)
    : impl_(std::make_shared<Impl>()) {
  check(options.max_compiled > 0, "FrozenGraph: max_compiled: expected at least 1, got 0");
  impl_->symbol = std::move(known.symbol);
  impl_->params = std::move(known.params);
  impl_->options = options;
  impl_->find_variables();
}

std::vector<NDArray> FrozenGraph::operator()(std::span<const NDArray> inputs) const {
  impl_->check_inputs(inputs);
  const auto compiled = impl_->find(inputs);
  const Plan& plan = *compiled->plan;
  const Lease lease(*compiled, impl_->take_run(*compiled));
  for (std::size_t v = 0; v < impl_->input_of.size(); ++v) {
    const int input = impl_->input_of[v];
    if (input < 0) continue;
    lease.run().set_data(plan.externals.variable(static_cast<int>(v)), inputs[at(input)].data());
  }
  std::vector<NDArray> outputs;
  outputs.reserve(plan.outputs.size());
  for (const graph::Slot& slot : plan.outputs) {
    outputs.emplace_back(slot.shape, slot.dtype, plan.context);
    lease.run().set_data(plan.externals.output(static_cast<int>(outputs.size()) - 1),
                         outputs.back().data());
  }
  lease.run().forward(false);
  return outputs;
}

NDArray FrozenGraph::operator()(const NDArray& input) const {
  check(impl_->symbol.num_outputs() == 1, "FrozenGraph: the network has ",
        impl_->symbol.num_outputs(), " outputs; call it with a list of inputs to get all");
  return (*this)(std::span(&input, 1))[0];
}

std::string FrozenGraph::explain(std::span<const NDArray> inputs, int runs) const {
  impl_->check_inputs(inputs);
  const auto compiled = impl_->find(inputs);
  const Plan& plan = *compiled->plan;
  // A run of its own, because it keeps the arrays.
  GraphRun run(compiled->plan);
  for (std::size_t v = 0; v < impl_->constants.size(); ++v) {
    const int input = impl_->input_of[v];
    run.set(plan.externals.variable(static_cast<int>(v)),
            input < 0 ? impl_->constants[v] : inputs[at(input)]);
  }
  for (std::size_t h = 0; h < plan.outputs.size(); ++h) {
    const graph::Slot& slot = plan.outputs[h];
    run.set(plan.externals.output(static_cast<int>(h)),
            NDArray(slot.shape, slot.dtype, plan.context));
  }
  return graph::explain(run, {.runs = runs});
}

const std::vector<std::string>& FrozenGraph::inputs() const { return impl_->options.inputs; }
const Context& FrozenGraph::context() const { return impl_->options.context; }
const Symbol& FrozenGraph::symbol() const { return impl_->symbol; }
const ArrayMap& FrozenGraph::params() const { return impl_->params; }

std::size_t FrozenGraph::num_compiled() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->cache.size();
}

}  // namespace gluino
