#include <gluino/autograd/autograd.h>
#include <gluino/base/error.h>
#include <gluino/gluon/hybrid_block.h>
#include <gluino/graph/cached_op.h>
#include <gluino/graph/tracer.h>
#include <gluino/ndarray/params.h>
#include <gluino/ndarray/pooled.h>

#include <algorithm>
#include <cstdio>
#include <list>
#include <mutex>
#include <optional>
#include <utility>

namespace gluino::gluon {
namespace {

thread_local int eager_scopes = 0;

// What a graph was traced for.
struct Signature {
  std::vector<Shape> shapes;
  std::vector<DType> types;
  Context context;
  bool training;
  bool recording;

  explicit Signature(std::span<const NDArray> inputs)
      : context(inputs[0].context()),
        training(autograd::is_training()),
        recording(autograd::is_recording()) {
    for (const NDArray& input : inputs) {
      shapes.push_back(input.shape());
      types.push_back(input.dtype());
    }
  }

  // Whether a call with these inputs, now, would have the same.
  bool fits(std::span<const NDArray> inputs) const {
    if (inputs.size() != shapes.size() || context != inputs[0].context() ||
        training != autograd::is_training() || recording != autograd::is_recording()) {
      return false;
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (shapes[i] != inputs[i].shape() || types[i] != inputs[i].dtype()) return false;
    }
    return true;
  }
};

// Where an input of the graph comes from.
struct Source {
  std::string name;
  Parameter parameter{};
  NDArray constant{};
  /// The block's own input of that number, if it is neither.
  std::size_t input = 0;
};

struct Traced {
  CachedOp op;
  std::vector<Source> sources;

  NDArray operator()(std::span<const NDArray> inputs) const {
    NDArray output;
    op(gather(inputs), {&output, 1});
    return output;
  }

  PooledVector<NDArray> gather(std::span<const NDArray> inputs) const {
    PooledVector<NDArray> arrays;
    arrays.reserve(sources.size());
    for (const Source& source : sources) {
      arrays.push_back(source.parameter.defined()  ? source.parameter.data(inputs[0].context())
                       : source.constant.defined() ? source.constant
                                                   : inputs[source.input]);
    }
    return arrays;
  }
};

// "data"; of several "data0", "data1".
std::string input_name(std::size_t index, std::size_t count) {
  return count == 1 ? "data" : str("data", index);
}

// A parameter that waits for its shape draws its first values in the middle of forward, which then
// has to run in earnest, as it would have without a graph.
bool parameters_wait(const Block& block) {
  const auto parameters = block.structural_params();
  return std::any_of(parameters.begin(), parameters.end(),
                     [](const auto& entry) { return !entry.second.is_initialized(); });
}

// Makes a graph of what forward does. The output is that of an eager call, unless dry_run.
std::pair<Traced, NDArray> trace(const Block& block, std::span<const NDArray> inputs,
                                 FunctionRef<NDArray()> forward, bool dry_run) {
  Tracer tracer(dry_run);
  std::map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::string name = input_name(i, inputs.size());
    tracer.add_input(inputs[i], name);
    places[name] = i;
  }
  NDArray output = forward();
  // Parameters may have been made only now, in the first forward.
  std::map<const void*, Parameter> parameters;
  for (const auto& [key, parameter] : block.structural_params()) {
    if (!parameter.is_initialized()) continue;
    for (const NDArray& copy : parameter.list_data()) parameters[copy.id()] = parameter;
  }
  const Symbol symbol = tracer.finish({output}, [&](const NDArray& array) {
    const auto found = parameters.find(array.id());
    return found == parameters.end() ? std::nullopt : std::optional(found->second.name());
  });
  std::vector<Source> sources;
  for (const std::string& name : symbol.list_inputs()) {
    const NDArray& array = tracer.inputs().at(name).array;
    Source source{name};
    if (const auto place = places.find(name); place != places.end()) {
      source.input = place->second;
    } else if (const auto found = parameters.find(array.id()); found != parameters.end()) {
      source.parameter = found->second;
    } else {
      source.constant = array;
    }
    sources.push_back(std::move(source));
  }
  return {Traced{CachedOp(symbol), std::move(sources)}, std::move(output)};
}

}  // namespace

struct HybridBlock::Graphs {
  bool active = false;
  std::mutex mutex;
  /// The one used last comes first.
  std::list<std::pair<Signature, std::shared_ptr<const Traced>>> cache;

  std::shared_ptr<const Traced> find(std::span<const NDArray> inputs) {
    const std::lock_guard lock(mutex);
    const auto found = std::find_if(cache.begin(), cache.end(),
                                    [&](const auto& entry) { return entry.first.fits(inputs); });
    if (found == cache.end()) return nullptr;
    cache.splice(cache.begin(), cache, found);
    return found->second;
  }

  std::shared_ptr<const Traced> keep(Signature signature, Traced traced) {
    const std::lock_guard lock(mutex);
    cache.emplace_front(std::move(signature), std::make_shared<const Traced>(std::move(traced)));
    if (cache.size() > kMaxGraphs) cache.pop_back();
    return cache.front().second;
  }

  void clear() {
    const std::lock_guard lock(mutex);
    cache.clear();
  }
};

EagerScope::EagerScope() { ++eager_scopes; }
EagerScope::~EagerScope() { --eager_scopes; }
bool EagerScope::is_active() { return eager_scopes > 0; }

HybridBlock::HybridBlock(std::string prefix)
    : Block(std::move(prefix)), graphs_(std::make_shared<Graphs>()) {}

void HybridBlock::hybridize(bool active) {
  graphs_->active = active;
  graphs_->clear();
  Block::hybridize(active);
}

void HybridBlock::structure_changed() {
  if (graphs_) graphs_->clear();
}

NDArray HybridBlock::run(const NDArray& input) {
  return run_graph({&input, 1}, [&] { return forward(input); });
}

NDArray HybridBlock::run_graph(std::span<const NDArray> inputs, FunctionRef<NDArray()> forward) {
  // Inside of another block's graph this one becomes a part of it.
  if (!graphs_->active || Tracer::is_active() || EagerScope::is_active()) return forward();
  if (const auto traced = graphs_->find(inputs)) return (*traced)(inputs);
  Signature signature(inputs);
  const bool dry_run = !parameters_wait(*this);
  auto [traced, output] = trace(*this, inputs, forward, dry_run);
  const auto kept = graphs_->keep(std::move(signature), std::move(traced));
  return dry_run ? (*kept)(inputs) : output;
}

Symbol HybridBlock::to_symbol(const NDArray& input) {
  const autograd::Scope scope = autograd::pause();
  const auto run_forward = [&] { return forward(input); };
  return trace(*this, {&input, 1}, run_forward, !parameters_wait(*this)).first.op.symbol();
}

FrozenGraph HybridBlock::freeze(const NDArray& input) {
  const autograd::Scope scope = autograd::pause();
  const auto run_forward = [&] { return forward(input); };
  const Traced traced = trace(*this, {&input, 1}, run_forward, !parameters_wait(*this)).first;
  ArrayMap params;
  for (const Source& source : traced.sources) {
    const NDArray array = source.parameter.defined() ? source.parameter.reduce() : source.constant;
    if (array.defined()) params[source.name] = array;
  }
  return FrozenGraph(traced.op.symbol(), params, {},
                     {.inputs = {input_name(0, 1)}, .context = input.context()});
}

std::string HybridBlock::explain(const NDArray& input, const ExplainOptions& options) {
  const autograd::Scope scope = autograd::pause(options.train);
  const auto run_forward = [&] { return forward(input); };
  const Traced traced = trace(*this, {&input, 1}, run_forward, !parameters_wait(*this)).first;
  return traced.op.explain(traced.gather({&input, 1}), options);
}

std::pair<std::string, std::string> HybridBlock::export_model(const std::string& path,
                                                              int epoch) const {
  std::shared_ptr<const Traced> traced;
  {
    const std::lock_guard lock(graphs_->mutex);
    check(!graphs_->cache.empty(), "export_model: ", type_name(), " ", name(),
          " has no graph yet; call hybridize(), then the block once");
    traced = graphs_->cache.front().second;
    for (const auto& [signature, graph] : graphs_->cache) {
      if (!signature.training) {
        traced = graph;
        break;
      }
    }
  }
  const Symbol& symbol = traced->op.symbol();
  const auto states = symbol.list_auxiliary_states();
  nd::NamedArrays arrays;
  for (const Source& source : traced->sources) {
    const bool state = std::find(states.begin(), states.end(), source.name) != states.end();
    const NDArray array = source.parameter.defined() ? source.parameter.reduce() : source.constant;
    if (array.defined()) arrays.emplace_back((state ? "aux:" : "arg:") + source.name, array);
  }
  char number[16];
  std::snprintf(number, sizeof number, "-%04d", epoch);
  const std::string symbol_file = path + "-symbol.json";
  const std::string params_file = path + number + ".params";
  symbol.save(symbol_file);
  nd::save(params_file, arrays);
  return {symbol_file, params_file};
}

}  // namespace gluino::gluon
