#include <gluino/autograd/autograd.h>
#include <gluino/base/error.h>
#include <gluino/base/fork.h>
#include <gluino/base/text.h>
#include <gluino/gluon/hybrid_block.h>
#include <gluino/gluon/traced_forward.h>
#include <gluino/graph/run/recently_used.h>
#include <gluino/graph/symbol/checkpoint_files.h>
#include <gluino/ndarray/params.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

namespace gluino::gluon {
namespace {

// A parameter that waits for its shape draws its first values in the middle of forward, which then
// has to run in earnest.
bool parameters_wait(const Block& block) {
  const auto parameters = block.structural_params();
  return std::any_of(parameters.begin(), parameters.end(),
                     [](const auto& entry) { return !entry.second.is_initialized(); });
}

// For what looks at the graph: one for inference, also of a block that was never called.
TracedForward trace_now(Block& block, const Nested& inputs, bool train = false) {
  const autograd::Scope scope = autograd::pause(train);
  if (parameters_wait(block)) {
    const EagerScope eager;
    block.forward(inputs);
  }
  return TracedForward(block, inputs);
}

}  // namespace

struct HybridBlock::Graphs {
  using Graph = std::shared_ptr<const TracedForward>;
  using Cache = graph::RecentlyUsed<std::pair<CallSignature, Graph>>;

  std::atomic<bool> active = false;
  ForkMutex mutex;
  Cache cache{kMaxGraphs};
  /// What the block was made of when the graphs were traced, and when that was looked at.
  Block::Structure structure;
  std::uint64_t looked_at = 0;

  // Drops the graphs if layers were added since they were made, also deep inside. False when a
  // layer inside has hooks, which no graph would call.
  bool may_run(const HybridBlock& block) {
    Cache::Dropped dropped;  // destroyed after the lock, as below
    const std::lock_guard lock(mutex);
    const std::uint64_t now = Block::last_change();
    if (now != looked_at) {
      Block::Structure found = block.structure();
      if (found.stamps != structure.stamps) dropped = cache.remove_all();
      structure = std::move(found);
      looked_at = now;
    }
    return !structure.hooks_inside;
  }

  Graph find(const CallInputs& inputs) {
    const std::lock_guard lock(mutex);
    const auto* found = cache.find([&](const auto& entry) { return entry.first.fits(inputs); });
    return found == nullptr ? nullptr : found->second;
  }

  Graph keep(const CallInputs& inputs, TracedForward traced) {
    const auto graph = std::make_shared<const TracedForward>(std::move(traced));
    CallSignature signature(inputs);
    Cache::Dropped same;
    Cache::Dropped oldest;
    const std::lock_guard lock(mutex);
    same = cache.remove([&](const auto& entry) { return entry.first.fits(inputs); });
    oldest = cache.add({std::move(signature), graph});
    return graph;
  }

  void clear() {
    Cache::Dropped dropped;
    const std::lock_guard lock(mutex);
    dropped = cache.remove_all();
  }
};

EagerScope::EagerScope() { ++thread_state().eager_scopes; }
EagerScope::~EagerScope() { --thread_state().eager_scopes; }
bool EagerScope::is_active() { return thread_state().eager_scopes > 0; }

HybridBlock::HybridBlock(std::string prefix)
    : Block(std::move(prefix)), graphs_(std::make_shared<Graphs>()) {}

HybridBlock::HybridBlock(const HybridBlock& other)
    : Block(other), graphs_(std::make_shared<Graphs>()) {
  graphs_->active = other.graphs_->active.load();
}

HybridBlock& HybridBlock::operator=(const HybridBlock& other) {
  Block::operator=(other);
  graphs_->active = other.graphs_->active.load();
  return *this;
}

void HybridBlock::hybridize(bool active) {
  graphs_->active = active;
  graphs_->clear();
  Block::hybridize(active);
}

Nested HybridBlock::run(const Nested& inputs) {
  // Inside of another block's graph this one becomes a part of it.
  if (!graphs_->active || Tracer::is_active() || EagerScope::is_active()) return forward(inputs);
  if (!graphs_->may_run(*this)) return forward(inputs);
  const CallInputs given(inputs);
  const auto earlier = graphs_->find(given);
  if (earlier != nullptr && !earlier->may_differ()) {
    if (const auto arrays = earlier->gather(given)) return earlier->run(*arrays);
  }
  Nested first;
  if (parameters_wait(*this)) {
    const EagerScope eager;
    first = forward(inputs);
  }
  TracedForward traced(*this, inputs);
  if (earlier != nullptr) traced.take_compiled(*earlier);
  const auto kept = graphs_->keep(given, std::move(traced));
  return first.defined() ? first : kept->run(*kept->gather(given));
}

Symbol HybridBlock::to_symbol(const Nested& inputs) { return trace_now(*this, inputs).symbol(); }

FrozenGraph HybridBlock::freeze(const Nested& inputs) {
  const TracedForward traced = trace_now(*this, inputs);
  ArrayMap params;
  for (auto& [name, array] : traced.constants()) params[name] = array;
  const CallInputs given(inputs);
  return FrozenGraph(traced.symbol(), params, {},
                     {.inputs = input_names(given.arrays.size()),
                      .context = given.context(),
                      .allow_unused_inputs = true});
}

std::string HybridBlock::explain(const Nested& inputs, const ExplainOptions& options) {
  const TracedForward traced = trace_now(*this, inputs, options.train);
  const autograd::Scope scope = autograd::pause(options.train);
  return traced.explain(CallInputs(inputs), options);
}

std::pair<std::string, std::string> HybridBlock::export_model(const std::string& path,
                                                              int epoch) const {
  std::shared_ptr<const TracedForward> traced;
  {
    const std::lock_guard lock(graphs_->mutex);
    check(graphs_->cache.size() > 0, "export_model: ", title(),
          " has no graph yet; call hybridize(), then the block once");
    traced = graphs_->cache.front().second;
    for (const auto& [signature, graph] : graphs_->cache) {
      if (!signature.training()) {
        traced = graph;
        break;
      }
    }
  }
  const auto states = traced->symbol().list_auxiliary_states();
  nd::NamedArrays arrays;
  for (const auto& [name, array] : traced->constants()) {
    const bool state = std::find(states.begin(), states.end(), name) != states.end();
    arrays.emplace_back((state ? "aux:" : "arg:") + name, array);
  }
  const std::string symbol_file = path + "-symbol.json";
  const std::string params_file = path + "-" + zero_padded(epoch, 4) + ".params";
  graph::write_checkpoint(
      {.symbols = {{symbol_file, traced->symbol()}}, .params_file = params_file, .arrays = arrays});
  return {symbol_file, params_file};
}

}  // namespace gluino::gluon
