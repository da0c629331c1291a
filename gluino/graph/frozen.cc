#include <gluino/amp/amp.h>
#include <gluino/base/error.h>
#include <gluino/base/join.h>
#include <gluino/graph/explain.h>
#include <gluino/graph/freeze_passes.h>
#include <gluino/graph/frozen.h>
#include <gluino/graph/frozen_runs.h>
#include <gluino/graph/tracer.h>

#include <algorithm>
#include <list>
#include <mutex>
#include <set>
#include <utility>

namespace gluino {
namespace {

using graph::FrozenRuns;
using graph::KnownGraph;
using graph::Plan;

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
  KnownGraph known;
  FrozenOptions options;
  std::mutex mutex;
  /// Weights by the name of what they were packed from, for all compilations.
  ArrayMap packed;
  /// By the inputs' shapes and types; the one used last comes first.
  std::list<std::shared_ptr<FrozenRuns>> cache;

  void find_inputs();
  void check_inputs(std::span<const NDArray> inputs) const;
  std::shared_ptr<FrozenRuns> find(std::span<const NDArray> inputs);
  std::shared_ptr<FrozenRuns> compile(std::span<const NDArray> inputs);
};

// Unless options.inputs says the inputs, they are the arguments that are not known.
void FrozenGraph::Impl::find_inputs() {
  const auto states = known.symbol.list_auxiliary_states();
  const bool named = !options.inputs.empty();
  for (const std::string& name : known.symbol.list_inputs()) {
    if (known.params.contains(name)) continue;
    const bool state = std::count(states.begin(), states.end(), name) > 0;
    if (!named && !state) options.inputs.push_back(name);
    check(std::count(options.inputs.begin(), options.inputs.end(), name) > 0,
          "FrozenGraph: no array is given for the ", state ? "auxiliary state " : "argument ",
          name);
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

std::shared_ptr<FrozenRuns> FrozenGraph::Impl::compile(std::span<const NDArray> inputs) {
  KnownGraph ready = known;
  if (graph::passes_enabled() && amp::dtype() == float32) {
    graph::pack_weights(ready, graph::types_for(known, options.inputs, inputs), packed);
  }
  return std::make_shared<FrozenRuns>(ready, options.inputs, inputs, options.context);
}

std::shared_ptr<FrozenRuns> FrozenGraph::Impl::find(std::span<const NDArray> inputs) {
  const std::lock_guard lock(mutex);
  const auto found = std::find_if(cache.begin(), cache.end(),
                                  [&](const auto& runs) { return runs->fits(inputs); });
  if (found != cache.end()) {
    cache.splice(cache.begin(), cache, found);
  } else {
    cache.push_front(compile(inputs));
    if (cache.size() > options.max_compiled) cache.pop_back();
  }
  return cache.front();
}

FrozenGraph::FrozenGraph(const Symbol& symbol, const ArrayMap& arg_params,
                         const ArrayMap& aux_params, const FrozenOptions& options)
    : FrozenGraph(simplified(copied(symbol, arg_params, aux_params, options)), options) {}

FrozenGraph::FrozenGraph(graph::KnownGraph known, const FrozenOptions& options)
    : impl_(std::make_shared<Impl>()) {
  check(options.max_compiled > 0, "FrozenGraph: max_compiled: expected at least 1, got 0");
  impl_->known = std::move(known);
  impl_->options = options;
  impl_->find_inputs();
}

std::vector<NDArray> FrozenGraph::operator()(std::span<const NDArray> inputs) const {
  impl_->check_inputs(inputs);
  const auto runs = impl_->find(inputs);
  const Plan& plan = runs->plan();
  const FrozenRuns::Lease run(*runs);
  runs->for_inputs([&](int variable, std::size_t input) {
    run->set_data(plan.externals.variable(variable), inputs[input].data());
  });
  std::vector<NDArray> outputs;
  outputs.reserve(plan.outputs.size());
  for (const graph::Slot& slot : plan.outputs) {
    outputs.emplace_back(slot.shape, slot.dtype, plan.context);
    run->set_data(plan.externals.output(static_cast<int>(outputs.size()) - 1),
                  outputs.back().data());
  }
  run->forward(false);
  return outputs;
}

NDArray FrozenGraph::operator()(const NDArray& input) const {
  check(symbol().num_outputs() == 1, "FrozenGraph: the network has ", symbol().num_outputs(),
        " outputs; call it with a list of inputs to get all");
  return (*this)(std::span(&input, 1))[0];
}

std::string FrozenGraph::explain(std::span<const NDArray> inputs, int runs) const {
  impl_->check_inputs(inputs);
  const auto compiled = impl_->find(inputs);
  const Plan& plan = compiled->plan();
  // A run of its own, because it keeps the arrays.
  const auto run = compiled->make_run();
  compiled->for_inputs([&](int variable, std::size_t input) {
    run->set(plan.externals.variable(variable), inputs[input]);
  });
  for (std::size_t h = 0; h < plan.outputs.size(); ++h) {
    const graph::Slot& slot = plan.outputs[h];
    run->set(plan.externals.output(static_cast<int>(h)),
             NDArray(slot.shape, slot.dtype, plan.context));
  }
  return graph::explain(*run, {.runs = runs});
}

const std::vector<std::string>& FrozenGraph::inputs() const { return impl_->options.inputs; }
const Context& FrozenGraph::context() const { return impl_->options.context; }
const Symbol& FrozenGraph::symbol() const { return impl_->known.symbol; }
const ArrayMap& FrozenGraph::params() const { return impl_->known.params; }

std::size_t FrozenGraph::num_compiled() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->cache.size();
}

}  // namespace gluino
