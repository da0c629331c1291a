// What a tracer makes of what it has heard.
#include <gluino/base/error.h>
#include <gluino/base/random.h>
#include <gluino/graph/run/tracer.h>
#include <gluino/graph/symbol/indexed_graph.h>
#include <gluino/graph/symbol/make_node.h>
#include <gluino/ndarray/storage.h>

#include <algorithm>
#include <set>
#include <unordered_set>

namespace gluino {
namespace {

bool runs_all(const IndexedGraph& graph, const std::vector<std::shared_ptr<Node>>& nodes) {
  std::unordered_set<const Node*> run;
  for (const auto& item : graph.items) run.insert(item.node);
  return std::all_of(nodes.begin(), nodes.end(),
                     [&](const auto& node) { return run.contains(node.get()); });
}

}  // namespace

void Tracer::name_variables(
    const std::function<std::optional<std::string>(const NDArray&)>& name_of) {
  std::set<std::string> taken;
  int constants = 0;
  for (auto& [node, variable] : variables_) {
    if (variable.input < 0) {
      const std::optional<std::string> name = name_of(variable.array);
      variable.captured = !name.has_value();
      variable.name = name.value_or(str("constant", constants));
      if (!name) {
        ++constants;
        // Nothing else says what it is.
        node->attrs["__shape__"] = variable.array.shape().to_string();
      }
    }
    const std::string given = variable.name;
    for (int i = 1; !taken.insert(variable.name).second; ++i) variable.name = str(given, "_", i);
    node->name = variable.name;
  }
}

// Operators whose effects must be seen are outputs, if nothing else makes them run. Their gradients
// are nobody's.
Symbol Tracer::program_of(const Symbol& outputs) const {
  if (runs_all(IndexedGraph(outputs.entries()), effects_)) return outputs;
  std::vector<NodeEntry> heads;
  const Op& block_grad = Op::get<NoOptions>("BlockGrad");
  const NoOptions none;
  for (const auto& effect : effects_) {
    const Symbol value({NodeEntry{effect}});
    heads.push_back({graph::make_node(block_grad, block_grad.copy_options(&none), {}, {&value, 1},
                                      effect->name + "_effect")});
  }
  heads.insert(heads.end(), outputs.entries().begin(), outputs.entries().end());
  return Symbol(std::move(heads));
}

// All that was computed has no values and is to be forgotten. Who keeps it would read what was in
// its memory before, and never what later calls compute.
void Tracer::check_nothing_is_kept() {
  entries_.clear();
  for (auto& [key, memory] : memory_) memory.arrays.clear();
  for (const auto& [key, memory] : memory_) {
    check(memory.outside || memory.storage.use_count() == 1, "hybridize: forward keeps what ",
          memory.maker,
          " gave beyond its end, or writes it to an array that was there before; a graph gives "
          "nothing but what forward returns, so return it or keep this block a Block");
  }
  memory_.clear();
}

Tracer::Graph Tracer::finish(
    std::vector<NDArray> outputs,
    const std::function<std::optional<std::string>(const NDArray&)>& name_of) {
  check(times_seeded_ == random::times_seeded() || effects_.empty(),
        "hybridize: random::seed is called while forward is traced; a graph would not call it "
        "again, so seed before the call");
  std::vector<NodeEntry> entries;
  entries.reserve(outputs.size());
  for (const NDArray& output : outputs) entries.push_back(entry_of(output));
  outputs.clear();
  check_nothing_is_kept();
  name_variables(name_of);
  Graph graph{.symbol = Symbol(std::move(entries))};
  graph.program = program_of(graph.symbol);
  const IndexedGraph indexed(graph.program.entries());
  for (const int item : indexed.variables) {
    const Node* node = indexed.items[static_cast<std::size_t>(item)].node;
    const auto found = std::find_if(variables_.begin(), variables_.end(),
                                    [&](const auto& one) { return one.first.get() == node; });
    graph.variables.push_back(found->second);
  }
  const auto captured = [](const auto& one) { return one.second.captured; };
  graph.may_differ = has_read_ || std::any_of(variables_.begin(), variables_.end(), captured);
  return graph;
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
    in.reserve(item.inputs.size());
    for (const int entry : item.inputs) in.push_back(values[static_cast<std::size_t>(entry)]);
    const LayerName layer(item.node->name);
    const auto count = static_cast<std::size_t>(item.node->num_outputs());
    invoke(*item.node->op, item.node->options.get(), in, std::span(values).subspan(first, count));
  }
  std::vector<NDArray> outputs;
  outputs.reserve(graph.heads.size());
  for (const int head : graph.heads) outputs.push_back(values[static_cast<std::size_t>(head)]);
  return outputs;
}

bool same_computation(const Symbol& a, const Symbol& b) {
  const IndexedGraph left(a.entries());
  const IndexedGraph right(b.entries());
  const auto alike = [](const IndexedGraph::Item& x, const IndexedGraph::Item& y) {
    return x.node->op == y.node->op && x.inputs == y.inputs &&
           (x.node->is_variable() || x.node->attrs == y.node->attrs);
  };
  return left.heads == right.heads && std::equal(left.items.begin(), left.items.end(),
                                                 right.items.begin(), right.items.end(), alike);
}

}  // namespace gluino
