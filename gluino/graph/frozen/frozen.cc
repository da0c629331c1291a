#include <gluino/amp/amp.h>
#include <gluino/base/error.h>
#include <gluino/base/fork.h>
#include <gluino/base/text.h>
#include <gluino/graph/frozen/freeze_passes.h>
#include <gluino/graph/frozen/frozen.h>
#include <gluino/graph/frozen/frozen_runs.h>
#include <gluino/graph/frozen/row_wise.h>
#include <gluino/graph/run/explain.h>
#include <gluino/graph/run/plan_cache.h>
#include <gluino/graph/run/tracer.h>
#include <gluino/ndarray/device.h>
#include <gluino/ndarray/pooled.h>

#include <algorithm>
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
    check(known.contains(name) || options.allow_unused_inputs,
          "FrozenGraph: the symbol has no argument named ", name, "; it has ", join(names));
  }
  return result;
}

KnownGraph simplified(KnownGraph known) {
  // Constants outlive whatever precision is set now.
  const amp::Scope exact(float32);
  drop_training(known);
  fold_constants(known);
  fold_batch_norm(known);
  drop_unused(known);
  return known;
}

// What a compilation was made for.
struct Signature {
  std::vector<Shape> shapes;
  std::vector<DType> types;
  /// What products were to be computed in; see amp::init.
  DType products;
  /// Serves every batch that is rounded up to its size.
  bool row_wise;

  bool fits(std::span<const NDArray> inputs) const {
    if (products != amp::dtype()) return false;
    bool same = true;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (types[i] != inputs[i].dtype()) return false;
      same = same && shapes[i] == inputs[i].shape();
    }
    return same || (row_wise && fits_rounded(inputs));
  }

 private:
  // Inputs of several sizes are no batch, though all are rounded up to one.
  bool fits_rounded(std::span<const NDArray> inputs) const {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const Shape& shape = inputs[i].shape();
      if (shapes[i] != graph::rounded(shape) || shape[0] != inputs[0].shape()[0]) return false;
    }
    return true;
  }
};

// The input, or where the batch was rounded up, a copy whose last row comes again and again.
NDArray filled_up(const NDArray& input, const Shape& shape) {
  if (input.shape() == shape) return input;
  const NDArray filled(shape, input.dtype(), input.context());
  auto* const bytes = static_cast<std::byte*>(filled.data());
  const std::size_t row = input.bytes() / static_cast<std::size_t>(input.shape()[0]);
  const auto copy = [&](std::byte* to, const void* from, std::size_t count) {
    copy_bytes(to, filled.context(), from, input.context(), count);
  };
  copy(bytes, input.data(), input.bytes());
  for (std::size_t at = input.bytes(); at < filled.bytes(); at += row) {
    copy(bytes + at, bytes + input.bytes() - row, row);
  }
  return filled;
}

}  // namespace

struct FrozenGraph::Impl {
  Impl(KnownGraph graph, const FrozenOptions& given)
      : known(std::move(graph)), options(given), cache(given.max_compiled) {
    find_inputs();
  }

  KnownGraph known;
  FrozenOptions options;
  graph::PlanCache<Signature, FrozenRuns> cache;
  ForkMutex packing;
  /// Weights by the name of what they were packed from, for all compilations.
  ArrayMap packed;

  void find_inputs();
  void check_inputs(std::span<const NDArray> inputs) const;
  std::shared_ptr<FrozenRuns> find(std::span<const NDArray> inputs);
  std::shared_ptr<FrozenRuns> compile(const Signature& signature);
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

std::shared_ptr<FrozenRuns> FrozenGraph::Impl::compile(const Signature& signature) {
  std::vector<NDArray> like;
  like.reserve(signature.shapes.size());
  for (std::size_t i = 0; i < signature.shapes.size(); ++i) {
    like.emplace_back(signature.shapes[i], signature.types[i], options.context);
  }
  KnownGraph ready = known;
  if (graph::passes_enabled() && signature.products == float32) {
    const graph::EntryTypes types = graph::types_for(known, options.inputs, like);
    const std::lock_guard lock(packing);
    graph::pack_weights(ready, types, packed);
  }
  return std::make_shared<FrozenRuns>(ready, options.inputs, like, options.context);
}

std::shared_ptr<FrozenRuns> FrozenGraph::Impl::find(std::span<const NDArray> inputs) {
  const auto fits = [&](const Signature& signature) { return signature.fits(inputs); };
  if (auto found = cache.find(fits)) return found;
  const bool row_wise = graph::is_row_wise(known, options.inputs, inputs);
  const auto signature = [&] {
    Signature made{{}, {}, amp::dtype(), row_wise};
    for (const NDArray& input : inputs) {
      made.shapes.push_back(row_wise ? graph::rounded(input.shape()) : input.shape());
      made.types.push_back(input.dtype());
    }
    return made;
  };
  return cache.get(fits, signature, [&](const Signature& made_for) { return compile(made_for); });
}

FrozenGraph::FrozenGraph(const Symbol& symbol, const ArrayMap& arg_params,
                         const ArrayMap& aux_params, const FrozenOptions& options)
    : FrozenGraph(simplified(copied(symbol, arg_params, aux_params, options)), options) {}

FrozenGraph::FrozenGraph(graph::KnownGraph known, const FrozenOptions& options) {
  check(options.max_compiled > 0, "FrozenGraph: max_compiled: expected at least 1, got 0");
  impl_ = std::make_shared<Impl>(std::move(known), options);
}

std::vector<NDArray> FrozenGraph::operator()(std::span<const NDArray> inputs) const {
  impl_->check_inputs(inputs);
  const auto runs = impl_->find(inputs);
  const Plan& plan = runs->plan();
  const FrozenRuns::Lease run(*runs);
  PooledVector<NDArray> kept;  // until the run is over
  bool rounded = false;
  runs->for_inputs([&](int variable, std::size_t input) {
    const Shape& shape = plan.variables[static_cast<std::size_t>(variable)].shape;
    rounded = rounded || shape != inputs[input].shape();
    kept.push_back(filled_up(inputs[input], shape));
    run->set_data(plan.externals.variable(variable), kept.back().data());
  });
  runs->for_states([&](int variable, const NDArray& state) {
    kept.push_back(state.copyto(state.context()));
    run->set_data(plan.externals.variable(variable), kept.back().data());
  });
  std::vector<NDArray> outputs;
  outputs.reserve(plan.outputs.size());
  for (const graph::Slot& slot : plan.outputs) {
    outputs.emplace_back(slot.shape, slot.dtype, plan.context);
    run->set_data(plan.externals.output(static_cast<int>(outputs.size()) - 1),
                  outputs.back().data());
  }
  run->forward(false);
  for (NDArray& output : outputs) {
    if (rounded) output = output.slice_view(0, inputs[0].shape()[0]);
  }
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
    const Shape& shape = plan.variables[static_cast<std::size_t>(variable)].shape;
    run->set(plan.externals.variable(variable), filled_up(inputs[input], shape));
  });
  compiled->for_states([&](int variable, const NDArray& state) {
    run->set(plan.externals.variable(variable), state.copyto(state.context()));
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
const graph::KnownGraph& FrozenGraph::known() const { return impl_->known; }

ArrayMap FrozenGraph::params() const {
  ArrayMap copies;
  for (const auto& [name, array] : impl_->known.params) {
    copies[name] = array.copyto(array.context());
  }
  return copies;
}

std::size_t FrozenGraph::num_compiled() const { return impl_->cache.size(); }

}  // namespace gluino
