#include <gluino/base/error.h>
#include <gluino/graph/indexed_graph.h>
#include <gluino/graph/make_node.h>
#include <gluino/graph/tracer.h>

namespace gluino {
namespace {

thread_local int active_tracers = 0;

}  // namespace

Tracer::Tracer(bool dry_run)
    : before_(current_mode()),
      observer_before_(std::exchange(ReadObserver::current(), static_cast<ReadObserver*>(this))) {
  current_mode().recorder = this;
  current_mode().dry_run = dry_run;
  ++active_tracers;
}

Tracer::~Tracer() {
  --active_tracers;
  current_mode() = before_;
  ReadObserver::current() = observer_before_;
}

bool Tracer::is_active() { return active_tracers > 0; }

void Tracer::add_input(const NDArray& array, const std::string& name) {
  const auto node = graph::make_variable(name, {});
  entries_[array.id()] = {node};
  kept_.push_back(array);
  memory_.insert(array.storage().get());
  inputs_[name] = {name, array};
}

bool Tracer::remembers(const NDArray& array) const {
  return entries_.contains(array.id()) ||
         (before_.recorder != nullptr && before_.recorder->remembers(array));
}

void Tracer::read(const NDArray& array, const SourceLocation& where) {
  check(!entries_.contains(array.id()), "hybridize: the elements of an array are read in ",
        where.file, ":", where.line,
        "; a graph computes with operators alone, so keep this block a Block or replace the line");
}

NodeEntry Tracer::entry_of(const NDArray& array) {
  const auto found = entries_.find(array.id());
  if (found != entries_.end()) return found->second;
  auto node = graph::make_variable("", {});
  unknown_.emplace_back(array, node);
  kept_.push_back(array);
  return entries_[array.id()] = {node};
}

std::string Tracer::node_name(const Op& op) {
  const std::string layer(current_mode().layer);
  if (!layer.empty() && name_counts_[layer]++ == 0) return layer + "_fwd";
  const std::string stem = layer.empty() ? op.hint : layer + "_" + op.hint;
  return stem + std::to_string(name_counts_[stem]++);
}

void Tracer::record(const Op& op, const void* options, std::span<const NDArray> in,
                    std::span<NDArray> out) {
  if (before_.recorder != nullptr && !current_mode().dry_run) {
    before_.recorder->record(op, options, in, out);
  }
  check(Op::find(op.name) == &op, "hybridize: a compiled graph is called inside of this block (",
        op.name, "), and cannot become a part of another");
  auto node = std::make_shared<Node>();
  node->op = &op;
  node->options = op.copy_options(options);
  node->attrs = op.format_options(options);
  node->name = node_name(op);
  node->recorded = ++num_recorded_;
  if (op.variadic) node->attrs["num_args"] = std::to_string(in.size());
  for (std::size_t i = 0; i < in.size(); ++i) {
    NodeEntry entry = entry_of(in[i]);
    if (entry.node->is_variable() && op.is_state(options, static_cast<int>(i))) entry.version = 1;
    node->inputs.push_back(std::move(entry));
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (!out[i].defined()) continue;
    entries_[out[i].id()] = {node, static_cast<int>(i)};
    kept_.push_back(out[i]);
    memory_.insert(out[i].storage().get());
  }
}

Symbol Tracer::finish(const std::vector<NDArray>& outputs,
                      const std::function<std::optional<std::string>(const NDArray&)>& name_of) {
  std::vector<NodeEntry> entries;
  for (const NDArray& output : outputs) {
    check(entries_.contains(output.id()),
          "hybridize: forward returns an array that no operator has computed");
    entries.push_back(entry_of(output));
  }
  int constants = 0;
  for (const auto& [array, node] : unknown_) {
    const auto name = name_of(array);
    check(name.has_value() || !memory_.contains(array.storage().get()),
          "hybridize: forward uses an array of shape ", array.shape(),
          " that shares memory with one of the graph, but was not made by an operator (detach, "
          "view); "
          "use BlockGrad or reshape");
    node->name = name.value_or(str("constant", constants));
    if (!name) {
      ++constants;
      node->attrs["__shape__"] = array.shape().to_string();  // nothing else says what it is
    }
    inputs_[node->name] = {node->name, array};
  }
  return Symbol(std::move(entries));
}

std::vector<NDArray> interpret(const Symbol& symbol, std::span<const NDArray> inputs) {
  const IndexedGraph graph(symbol.entries());
  check(inputs.size() == graph.variables.size(), "interpret: expected ", graph.variables.size(),
        " arrays, got ", inputs.size());
  std::vector<NDArray> values(static_cast<std::size_t>(graph.num_entries()));
  std::size_t next_input = 0;
  for (const auto& item : graph.items) {
    const auto first = static_cast<std::size_t>(item.first_entry);
    if (item.node->is_variable()) {
      values[first] = inputs[next_input++];
      continue;
    }
    std::vector<NDArray> in;
    for (const int entry : item.inputs) in.push_back(values[static_cast<std::size_t>(entry)]);
    const LayerName layer(item.node->name);
    const auto count = static_cast<std::size_t>(item.node->num_outputs());
    invoke(*item.node->op, item.node->options.get(), in, std::span(values).subspan(first, count));
  }
  std::vector<NDArray> outputs;
  for (const int head : graph.heads) outputs.push_back(values[static_cast<std::size_t>(head)]);
  return outputs;
}

}  // namespace gluino
