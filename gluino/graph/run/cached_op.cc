#include <gluino/amp/amp.h>
#include <gluino/base/error.h>
#include <gluino/base/fork.h>
#include <gluino/graph/run/cached_op.h>
#include <gluino/graph/run/explain.h>
#include <gluino/graph/run/graph_derivative.h>
#include <gluino/graph/run/graph_run.h>
#include <gluino/graph/run/plan.h>
#include <gluino/graph/run/plan_cache.h>
#include <gluino/graph/run/tracer.h>
#include <gluino/graph/symbol/indexed_graph.h>
#include <gluino/ndarray/pooled.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

namespace gluino {
namespace {

using graph::GraphRun;
using graph::Plan;

// What a compilation was made for.
struct Signature {
  std::vector<Shape> shapes;
  std::vector<DType> types;
  std::vector<GradReq> requests;
  Context context;
  /// What products were to be computed in; see amp::init.
  DType products;
};

// What becomes of the gradient of an input.
GradReq request_of(const NDArray& input, bool is_state, bool recording) {
  // What only stands behind a cut gets no gradient, and no place for one.
  const Recorder* const recorder = current_mode().recorder;
  const bool leads_on =
      input.autograd_entry() != nullptr && (recorder == nullptr || recorder->remembers(input));
  return recording && !is_state && leads_on ? GradReq::write : GradReq::null;
}

Context context_of(std::span<const NDArray> inputs) {
  return inputs.empty() ? current_context() : inputs[0].context();
}

// A compilation, and the runs of it that nobody uses at the moment. A recording may hold any number
// of runs; of those only a few stay for the next one.
class Compiled {
 public:
  static constexpr std::size_t kIdleRuns = 4;
  // So many more stay where they are small: those of a recurrent cell.
  static constexpr std::size_t kSmallIdleRuns = 32;
  static constexpr std::size_t kSmallIdleBytes = std::size_t{64} << 20;

  explicit Compiled(Plan plan) : plan_(std::make_shared<const Plan>(std::move(plan))) {}

  const Plan& plan() const { return *plan_; }
  const std::shared_ptr<const Plan>& shared_plan() const { return plan_; }

  // A run for one call; it comes back when the last that holds it lets go, which autograd does
  // after the gradient.
  static std::shared_ptr<GraphRun> take_run(const std::shared_ptr<Compiled>& compiled) {
    std::unique_ptr<GraphRun> run;
    {
      const std::lock_guard lock(compiled->mutex_);
      if (!compiled->idle_.empty()) {
        run = std::move(compiled->idle_.back());
        compiled->idle_.pop_back();
      }
    }
    if (run == nullptr) run = std::make_unique<GraphRun>(compiled->plan_);
    const auto bring_back = [compiled](GraphRun* used) {
      const std::unique_ptr<GraphRun> dropped = compiled->keep(std::unique_ptr<GraphRun>(used));
    };
    return {run.release(), bring_back, PoolAllocator<GraphRun>()};
  }

 private:
  // Gives back the run when there are enough.
  std::unique_ptr<GraphRun> keep(std::unique_ptr<GraphRun> run) {
    const std::lock_guard lock(mutex_);
    const std::size_t bytes = plan_->memory.planned_bytes * (idle_.size() + 1);
    const bool small = idle_.size() < kSmallIdleRuns && bytes <= kSmallIdleBytes;
    if (idle_.size() < kIdleRuns || small) idle_.push_back(std::move(run));
    return run;
  }

  std::shared_ptr<const Plan> plan_;
  ForkMutex mutex_;
  std::vector<std::unique_ptr<GraphRun>> idle_;
};

// What a recorded call needs to run once more, operator by operator.
struct Recording {
  std::shared_ptr<const Symbol> symbol;
  PooledVector<NDArray> inputs{};
  PooledVector<std::uint32_t> versions{};
};

// The options of the operator as which a graph is recorded: one call.
struct GraphCall {
  std::shared_ptr<Compiled> compiled;
  std::shared_ptr<GraphRun> run;
  /// Null where nothing is recorded.
  std::shared_ptr<const Recording> recording;
  const Plan& plan() const { return compiled->plan(); }
};

const GraphCall& call_of(const void* options) { return *static_cast<const GraphCall*>(options); }

void infer(const void* options, Inference& inference) {
  const Plan& plan = call_of(options).plan();
  for (std::size_t h = 0; h < plan.outputs.size(); ++h) {
    inference.set_out(static_cast<int>(h), plan.outputs[h].shape);
    inference.set_out_type(static_cast<int>(h), plan.outputs[h].dtype);
  }
}

void forward(const void* options, const Call& call) {
  const GraphCall& graph_call = call_of(options);
  GraphRun& run = *graph_call.run;
  const graph::Externals& numbers = graph_call.plan().externals;
  for (int v = 0; v < numbers.num_variables; ++v) {
    run.set_data(numbers.variable(v), call.in[static_cast<std::size_t>(v)].data);
  }
  for (int h = 0; h < numbers.num_outputs; ++h) {
    run.set_data(numbers.output(h), call.out[static_cast<std::size_t>(h)].data);
  }
  run.forward(call.training);
}

void backward(const void* options, const GradientCall& call) {
  const GraphCall& graph_call = call_of(options);
  GraphRun& run = *graph_call.run;
  const graph::Externals& numbers = graph_call.plan().externals;
  for (int h = 0; h < numbers.num_outputs; ++h) {
    run.set_data(numbers.out_grad(h), call.out_grad[static_cast<std::size_t>(h)].data);
  }
  for (int v = 0; v < numbers.num_variables; ++v) {
    run.set_data(numbers.in_grad(v), call.in_grad[static_cast<std::size_t>(v)].data);
  }
  run.backward(call.again);
}

// A training step changes states, but reads none; what prediction read was copied.
void check_unchanged(const GraphCall& call) {
  const Plan& plan = call.plan();
  const Recording& recording = *call.recording;
  for (std::size_t i = 0; i < recording.inputs.size(); ++i) {
    const NDArray& input = recording.inputs[i];
    const bool is_state = plan.use(plan.externals.variable(static_cast<int>(i))).changed_by_forward;
    check(is_state || input.version() == recording.versions[i],
          "autograd::grad: create_graph: input ", i, " of a hybridized block, an array of shape ",
          input.shape(), ", was changed in place after the block was called, which has to be run ",
          "once more; change it afterwards");
  }
}

std::vector<NDArray> derivative_of(const void* options, const DerivativeCall& call) {
  const Recording& recording = *call_of(options).recording;
  check_unchanged(call_of(options));
  std::vector<NDArray> inputs;
  for (std::size_t i = 0; i < recording.inputs.size(); ++i) {
    inputs.push_back(recording.inputs[i].detach());
    inputs[i].set_autograd_entry(call.in[i].autograd_entry());
  }
  return graph::graph_derivative(*recording.symbol, inputs, call);
}

// Not in the registry: a graph in memory has no form as text.
const Op& graph_op() {
  static const Op* const made = [] {
    auto* op = new Op;
    op->name = "_CachedOp";
    op->doc = "A compiled graph.";
    op->all_inputs = {"input"};
    op->variadic = true;
    op->mixed_types = true;
    op->types = Types::any;
    op->options_type = typeid(GraphCall);
    op->copy_options = [](const void* options) {
      return make_pooled<const GraphCall>(call_of(options));
    };
    op->total_outputs = [](const void* options) {
      return static_cast<int>(call_of(options).plan().outputs.size());
    };
    op->visible_outputs = op->total_outputs;
    op->infer = infer;
    op->kernels[0] = {forward, backward};
    op->backward_reads = Op::inputs | Op::outputs;
    op->derivative = derivative_of;
    op->is_state_by = [](const void* options, int input) {
      const Plan& plan = call_of(options).plan();
      return plan.use(plan.externals.variable(input)).changed_by_forward;
    };
    // The run refers to the elements of what it reads; they must stay.
    op->reads_input_by = [](const void* options, int input) {
      const Plan& plan = call_of(options).plan();
      return plan.use(plan.externals.variable(input)).read_by_gradient;
    };
    op->reads_output_by = [](const void* options, int output) {
      const Plan& plan = call_of(options).plan();
      return plan.use(plan.externals.output(output)).read_by_gradient;
    };
    op->runs_user_code = [](const void* options) { return call_of(options).plan().runs_user_code; };
    return op;
  }();
  return *made;
}

Signature signature_of(std::span<const NDArray> inputs, const std::vector<bool>& is_state,
                       bool recording) {
  Signature signature;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    signature.shapes.push_back(inputs[i].shape());
    signature.types.push_back(inputs[i].dtype());
    signature.requests.push_back(request_of(inputs[i], is_state[i], recording));
  }
  signature.context = context_of(inputs);
  signature.products = amp::dtype();
  return signature;
}

// Whether a call is one of those that a compilation was made for.
bool fits(const Signature& signature, std::span<const NDArray> inputs,
          const std::vector<bool>& is_state, bool recording) {
  if (signature.context != context_of(inputs) || signature.products != amp::dtype()) return false;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (signature.shapes[i] != inputs[i].shape() || signature.types[i] != inputs[i].dtype() ||
        signature.requests[i] != request_of(inputs[i], is_state[i], recording)) {
      return false;
    }
  }
  return true;
}

}  // namespace

struct CachedOp::Impl {
  Impl(Symbol given, std::size_t max_compiled)
      : symbol(std::make_shared<const Symbol>(std::move(given))), cache(max_compiled) {
    const IndexedGraph graph(symbol->entries());
    for (const int i : graph.variables) {
      const auto& item = graph.items[static_cast<std::size_t>(i)];
      names.push_back(item.node->name);
      is_state.push_back(item.is_state);
    }
    may_lack_sizes = std::any_of(graph.items.begin(), graph.items.end(), [](const auto& item) {
      return !item.node->is_variable() && item.node->op->with_sizes;
    });
  }

  std::shared_ptr<const Symbol> symbol;
  std::vector<std::string> names;
  std::vector<bool> is_state;
  graph::PlanCache<Signature, Compiled> cache;
  /// Some operator's elements may decide how large its output is; where they do, which compiling
  /// tells, the graph runs operator by operator.
  bool may_lack_sizes = false;
  std::atomic<bool> lacks_sizes = false;

  bool is_compilable(std::span<const NDArray> inputs, bool recording) {
    if (!may_lack_sizes) return true;
    if (lacks_sizes) return false;
    try {
      compiled_for(inputs, recording);
      return true;
    } catch (const Error&) {
      return false;  // where it is another mistake, its operator will say so again
    }
  }

  std::shared_ptr<const Recording> recorded(std::span<const NDArray> inputs) const {
    auto recording = make_pooled<Recording>(Recording{.symbol = symbol});
    const bool training = current_mode().training;
    const InnerMode unrecorded(training);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const bool may_change = is_state[i] && !training;
      const NDArray input = inputs[i].tostype(StorageType::dense);
      recording->inputs.push_back(may_change ? input.copy() : input.detach());
      recording->versions.push_back(input.version());
    }
    return recording;
  }

  // Throws Error when the number of inputs is wrong.
  std::shared_ptr<Compiled> compiled_for(std::span<const NDArray> inputs, bool recording) {
    check(inputs.size() == names.size(), "CachedOp: expected ", names.size(), " arrays, got ",
          inputs.size());
    return cache.get(
        [&](const Signature& signature) { return fits(signature, inputs, is_state, recording); },
        [&] { return signature_of(inputs, is_state, recording); },
        [&](const Signature& signature) {
          return std::make_shared<Compiled>(
              graph::compile(*symbol, {.context = signature.context,
                                       .shapes = signature.shapes,
                                       .types = signature.types,
                                       .requests = signature.requests,
                                       .passes = graph::passes_enabled()}));
        });
  }
};

CachedOp::CachedOp(Symbol symbol, std::size_t max_compiled) {
  check(symbol.defined(), "CachedOp: the symbol refers to nothing");
  check(max_compiled > 0, "CachedOp: max_compiled: expected at least 1, got 0");
  impl_ = std::make_shared<Impl>(std::move(symbol), max_compiled);
}

std::vector<NDArray> CachedOp::operator()(std::span<const NDArray> inputs) const {
  std::vector<NDArray> outputs(impl_->symbol->num_outputs());
  (*this)(inputs, outputs);
  return outputs;
}

void CachedOp::operator()(std::span<const NDArray> inputs, std::span<NDArray> outputs) const {
  check(outputs.size() == impl_->symbol->num_outputs(), "CachedOp: expected room for ",
        impl_->symbol->num_outputs(), " outputs, got ", outputs.size());
  const bool recording = current_mode().recorder != nullptr;
  if (Tracer::is_active() || !impl_->is_compilable(inputs, recording)) {
    // A part of the graph around it, or no graph that can be compiled.
    std::vector<NDArray> parts = interpret(*impl_->symbol, inputs);
    if (!Tracer::is_active()) impl_->lacks_sizes = true;
    std::move(parts.begin(), parts.end(), outputs.begin());
    return;
  }
  GraphCall call;
  call.compiled = impl_->compiled_for(inputs, recording);
  call.run = Compiled::take_run(call.compiled);
  if (recording) call.recording = impl_->recorded(inputs);
  invoke(graph_op(), &call, inputs, outputs);
}

std::string CachedOp::explain(std::span<const NDArray> inputs,
                              const ExplainOptions& options) const {
  const auto compiled = impl_->compiled_for(inputs, options.train);
  GraphRun run(compiled->shared_plan());
  const Plan& plan = run.plan();
  for (std::size_t v = 0; v < inputs.size(); ++v) {
    const int number = static_cast<int>(v);
    run.set(plan.externals.variable(number), impl_->is_state[v] ? inputs[v].copy() : inputs[v]);
    if (plan.requests[v] == GradReq::null) continue;
    const graph::Slot& slot = plan.variables[v];
    run.set(plan.externals.in_grad(number), NDArray(slot.shape, slot.dtype, plan.context));
  }
  for (std::size_t h = 0; h < plan.outputs.size(); ++h) {
    const int number = static_cast<int>(h);
    const graph::Slot& slot = plan.outputs[h];
    run.set(plan.externals.output(number), NDArray(slot.shape, slot.dtype, plan.context));
    const NDArray ones(slot.shape, slot.dtype, plan.context);
    ones.assign(1.0);
    run.set(plan.externals.out_grad(number), ones);
  }
  return graph::explain(run, options);
}

const Symbol& CachedOp::symbol() const { return *impl_->symbol; }

std::shared_ptr<const Symbol> recorded_symbol(const Op& op, const void* options) {
  if (&op != &graph_op()) return nullptr;
  const auto& recording = call_of(options).recording;
  return recording == nullptr ? nullptr : recording->symbol;
}

}  // namespace gluino
