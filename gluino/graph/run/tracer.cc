#include <gluino/amp/amp.h>
#include <gluino/base/error.h>
#include <gluino/base/random.h>
#include <gluino/graph/run/tracer.h>
#include <gluino/graph/symbol/indexed_graph.h>
#include <gluino/graph/symbol/make_node.h>
#include <gluino/ndarray/storage.h>
#include <gluino/ops/movement/movement.h>
#include <gluino/ops/movement/reshape.h>

#include <algorithm>

namespace gluino {
namespace {

// In training it computes something else.
bool minds_mode(const Op& op, const void* options, int inputs) {
  if (op.with_state) return true;  // a user's operator is told
  for (int i = 0; i < inputs; ++i) {
    if (op.is_state(options, i)) return true;
  }
  return op.random && inputs > 0;
}

std::string described(const Op& op) {
  const std::string_view layer = current_mode().layer;
  return str("[", op.name, layer.empty() ? "" : " ", layer, "]");
}

}  // namespace

// What operators see as their recorder. There is one for where gradients are recorded and one for
// where they are not, so that autograd's scopes exchange them as they do everywhere.
class Tracer::Listener final : public TracingRecorder {
 public:
  Listener(Tracer& tracer, bool recording) : tracer_(tracer), recording_(recording) {}
  void record(const Op& op, const void* options, std::span<const NDArray> in,
              std::span<NDArray> out) override {
    tracer_.record(op, options, in, out, recording_);
  }
  bool remembers(const NDArray& array) const override { return tracer_.remembers(array); }
  TracingRecorder& while_recording(bool recording) override {
    return recording ? *tracer_.recording_ : *tracer_.paused_;
  }
  bool is_recording() const override { return recording_; }
  std::optional<TracedFunction> trace(std::span<const NDArray> like, Function function) override {
    return trace_function(like, function);
  }

 private:
  Tracer& tracer_;
  bool recording_;
};

Tracer::Tracer()
    : before_(current_mode()),
      observer_before_(ReadObserver::current()),
      products_(amp::dtype()),
      times_seeded_(random::times_seeded()),
      recording_(std::make_unique<Listener>(*this, true)),
      paused_(std::make_unique<Listener>(*this, false)) {
  const TracingRecorder* outer = TracingRecorder::current();
  recorded_ = outer != nullptr ? outer->is_recording() : before_.recorder != nullptr;
  ReadObserver::current() = this;
  current_mode().recorder = recorded_ ? recording_.get() : paused_.get();
  current_mode().dry_run = true;
  ++thread_state().tracers;
}

Tracer::~Tracer() {
  --thread_state().tracers;
  current_mode() = before_;
  ReadObserver::current() = observer_before_;
}

// Users' code inside of an operator is not traced, and hides the observer.
bool Tracer::is_active() {
  return thread_state().tracers > 0 && ReadObserver::current() != nullptr;
}

NDArray Tracer::add_input(const NDArray& like, const std::string& name) {
  // With memory of its own, whatever else the caller's array may be.
  NDArray stand_in(like.shape(), like.dtype(), like.context());
  const auto node = graph::make_variable(name, {});
  const int number = static_cast<int>(variables_.size());
  if (!context_) context_ = like.context();
  note_computed(stand_in, {node}, "input " + name);
  variables_.emplace_back(node, Variable{.name = name, .input = number});
  return stand_in;
}

void Tracer::watch(const NDArray& array) { watched_.insert(array.id()); }

bool Tracer::remembers(const NDArray& array) const {
  return memory_.contains(array.storage().get()) || watched_.contains(array.id()) ||
         entries_.contains(array.id()) ||
         (before_.recorder != nullptr && before_.recorder->remembers(array));
}

void Tracer::read(const NDArray& array, const SourceLocation& where) {
  check(!memory_.contains(array.storage().get()),
        "hybridize: the elements of an array are read in ", where.file, ":", where.line,
        "; a graph computes with operators alone, so keep this block a Block or replace the line");
  has_read_ = true;
  // It may be an array of the graph around this one.
  if (observer_before_ != nullptr) observer_before_->read(array, where);
}

void Tracer::note_computed(const NDArray& array, NodeEntry entry, const std::string& maker) {
  entries_[array.id()] = std::move(entry);
  Memory& memory = memory_[array.storage().get()];
  memory.storage = array.storage();
  memory.arrays.push_back(array);
  if (memory.maker.empty()) memory.maker = maker;
}

NodeEntry Tracer::entry_of(const NDArray& array) {
  const auto found = entries_.find(array.id());
  if (found != entries_.end()) return found->second;
  const auto memory = memory_.find(array.storage().get());
  if (memory != memory_.end()) {
    NodeEntry entry = entry_of_view(array, memory->second.arrays);
    note_computed(array, entry, {});
    return entry;
  }
  const auto node = graph::make_variable("", {});
  variables_.emplace_back(node, Variable{.array = array});
  return entries_[array.id()] = {node};
}

// Of an array that shares memory with others and was not made by an operator: by detach() or
// view(). It is the same elements, to which no gradient goes.
NodeEntry Tracer::entry_of_view(const NDArray& array, const std::vector<NDArray>& arrays) {
  const auto begin_of = [](const NDArray& x) { return static_cast<const char*>(x.data()); };
  const auto holds = [&](const NDArray& other) {
    return other.dtype() == array.dtype() && begin_of(other) <= begin_of(array) &&
           begin_of(array) + array.bytes() <= begin_of(other) + other.bytes();
  };
  const auto found = std::find_if(arrays.begin(), arrays.end(), holds);
  const bool same = found != arrays.end() && found->shape() == array.shape();
  check(same || (found != arrays.end() && array.size() > 0), "hybridize: forward uses an array of ",
        array.dtype(), " ", array.shape(),
        " that shares memory with others of the graph in a way in which no operator makes one; use "
        "reshape and slice_axis");
  NodeEntry entry = entries_.at(found->id());
  if (!same) {
    const auto begin =
        (begin_of(array) - begin_of(*found)) / static_cast<std::ptrdiff_t>(size_of(array.dtype()));
    entry = add_node("Reshape", ReshapeOptions{.shape = {-1}}, std::move(entry));
    if (array.size() != found->size()) {
      entry = add_node("slice_axis",
                       SliceAxisOptions{.axis = 0, .begin = begin, .end = begin + array.size()},
                       std::move(entry));
    }
    entry = add_node("Reshape", ReshapeOptions{.shape = array.shape()}, std::move(entry));
  }
  return recorded_ ? stop_gradient(std::move(entry)) : entry;
}

template <class O>
NodeEntry Tracer::add_node(const char* name, const O& options, NodeEntry in) {
  const Op& op = Op::get<O>(name);
  const Symbol input({std::move(in)});
  auto node = graph::make_node(op, op.copy_options(&options), op.format_options(&options),
                               {&input, 1}, node_name(op));
  node->recorded = ++num_recorded_;
  return {std::move(node)};
}

NodeEntry Tracer::stop_gradient(NodeEntry entry) {
  return add_node("BlockGrad", NoOptions{}, std::move(entry));
}

std::string Tracer::node_name(const Op& op) {
  const std::string layer(current_mode().layer);
  if (!layer.empty() && name_counts_[layer]++ == 0) return layer + "_fwd";
  const std::string stem = layer.empty() ? op.hint : layer + "_" + op.hint;
  return stem + std::to_string(name_counts_[stem]++);
}

void Tracer::check_call(const Op& op, const void* options, std::span<const NDArray> in,
                        std::span<NDArray> out, bool recording) const {
  check(Op::find(op.name) == &op, "hybridize: a compiled graph is called inside of this block (",
        op.name, "), and cannot become a part of another");
  const auto elsewhere = [&](const NDArray& x) { return x.defined() && x.context() != *context_; };
  check(!context_ || (std::none_of(in.begin(), in.end(), elsewhere) &&
                      std::none_of(out.begin(), out.end(), elsewhere)),
        "hybridize: ", described(op),
        " works at another place than the block's inputs, which are "
        "at ",
        *context_, "; a graph runs at one, so copy arrays before the call");
  for (const NDArray& x : out) {
    const auto is = [&](const NDArray& y) { return x.defined() && x.same_as(y); };
    check(std::none_of(in.begin(), in.end(), is), "hybridize: ", described(op),
          " changes an array in place, which a graph cannot; make a new one (y = y + x)");
  }
  check(recorded_ || !recording, "hybridize: ", described(op),
        " is recorded by a scope inside of forward, but the call of the block is not; put "
        "autograd::record() around the call");
  const bool training = current_mode().training;
  check(training == before_.training || !minds_mode(op, options, static_cast<int>(in.size())),
        "hybridize: ", described(op), " runs in ", training ? "train" : "predict",
        " mode inside of a call in ", before_.training ? "train" : "predict",
        " mode; a graph runs in one, so take the scope out of forward or keep this block a Block");
  check(amp::dtype() == products_, "hybridize: ", described(op),
        " runs in an amp::Scope inside of "
        "forward; a graph computes all its products alike, so put the scope around the call");
}

void Tracer::record(const Op& op, const void* options, std::span<const NDArray> in,
                    std::span<NDArray> out, bool recording) {
  check_call(op, options, in, out, recording);
  auto node = std::make_shared<Node>();
  node->op = &op;
  node->options = op.copy_options(options);
  node->attrs = op.format_options(options);
  graph::count_inputs(*node, in.size());
  bool effect = op.random || op.with_state;
  for (std::size_t i = 0; i < in.size(); ++i) {
    NodeEntry entry = entry_of(in[i]);
    const bool state = op.is_state(options, static_cast<int>(i));
    if (entry.node->is_variable() && state) entry.version = 1;
    effect = effect || state;
    node->inputs.push_back(std::move(entry));
  }
  node->name = node_name(op);
  node->recorded = ++num_recorded_;
  if (effect) effects_.push_back(node);
  const bool cut = recorded_ && !recording;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (!out[i].defined()) continue;
    NodeEntry entry = {node, static_cast<int>(i)};
    if (cut && is_floating(out[i].dtype())) entry = stop_gradient(std::move(entry));
    const Storage* storage = out[i].storage().get();
    const bool outside =
        !memory_.contains(storage) && std::any_of(in.begin(), in.end(), [&](const NDArray& x) {
          return x.storage().get() == storage;
        });
    note_computed(out[i], std::move(entry), described(op));
    if (outside) memory_[storage].outside = true;
  }
}

}  // namespace gluino
