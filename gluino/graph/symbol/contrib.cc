#include <gluino/base/error.h>
#include <gluino/graph/symbol/callable.h>
#include <gluino/graph/symbol/contrib.h>
#include <gluino/graph/symbol/cut_subgraph.h>
#include <gluino/graph/symbol/naming.h>
#include <gluino/ops/control/control_flow.h>

#include <algorithm>
#include <functional>
#include <utility>

namespace gluino::sym::contrib {
namespace {

using graph::CutSubgraph;
using Row = std::vector<Symbol>;

// A function of symbols as a graph.
struct Traced {
  CutSubgraph cut;
  /// Per argument, which input of the graph it is; -1: none.
  std::vector<int> places;
  std::size_t num_outputs = 0;
};

void check_all_are_one(const char* who, const Symbols& symbols) {
  for (const Symbol& symbol : symbols) {
    check(symbol.num_outputs() == 1, who, ": expected symbols of one output, got one of ",
          symbol.num_outputs());
  }
}

// Calls `function` on variables of its own, one per symbol of `like`.
Traced trace(const char* stem, const Row& like, const std::function<Row(const Row&)>& function) {
  const std::string name = NameManager::current().get({}, stem);
  const AttrScope scope({{graph::kSubgraphAttribute, name}});
  Row arguments;
  std::vector<std::string> taken;
  for (const Symbol& one : like) {
    const NodeEntry& entry = one.entries()[0];
    const std::string plain = str(entry.node->name, "-", entry.index);
    std::string unique = plain;
    for (int i = 1; std::find(taken.begin(), taken.end(), unique) != taken.end(); ++i) {
      unique = str(plain, "_", i);
    }
    taken.push_back(unique);
    arguments.push_back(var(unique));
  }
  const Row outputs = function(arguments);
  check(!outputs.empty(), stem, ": the function gives nothing");
  Traced traced{.cut = graph::cut_subgraph(outputs, arguments, name),
                .places = std::vector<int>(like.size(), -1),
                .num_outputs = outputs.size()};
  for (std::size_t i = 0; i < traced.cut.inputs.size(); ++i) {
    const Node* node = traced.cut.inputs[i].entries()[0].node.get();
    for (std::size_t a = 0; a < arguments.size(); ++a) {
      if (arguments[a].entries()[0].node.get() == node) traced.places[a] = static_cast<int>(i);
    }
  }
  return traced;
}

bool is_argument(const Traced& traced, std::size_t input) {
  const auto& places = traced.places;
  return std::find(places.begin(), places.end(), static_cast<int>(input)) != places.end();
}

void check_read(const char* loop, const Traced& traced, std::size_t begin, std::size_t end,
                const char* what) {
  for (std::size_t i = begin; i < end; ++i) {
    check(traced.places[i] >= 0, loop, ": the function does not read ", what, " ", i - begin,
          ", which it has to");
  }
}

void check_count(const char* loop, const Symbols& given, const Symbols& before) {
  check(given.size() == before.size(), loop, ": a step gives ", given.size(), " states, expected ",
        before.size(), " as the loop begins with");
}

Row joined(const Symbols& first, const Symbols& second) {
  Row all = first.all();
  all.insert(all.end(), second.begin(), second.end());
  return all;
}

Symbols part(const Row& all, std::size_t begin, std::size_t end, const Symbols& form) {
  return {Row(all.begin() + static_cast<std::ptrdiff_t>(begin),
              all.begin() + static_cast<std::ptrdiff_t>(end)),
          form};
}

std::shared_ptr<const Callable> callable_of(const Traced& traced) {
  return graph::make_callable(traced.cut.symbol);
}

template <class O>
Row outputs_of_node(const char* op, const O& options, const Row& inputs, NodeName name) {
  const Symbol node = apply(Op::get<O>(op), &options, inputs, name);
  Row outputs;
  for (std::size_t i = 0; i < node.num_outputs(); ++i) outputs.push_back(node[i]);
  return outputs;
}

// The inputs of a node that several graphs read, each of them once; the first of them are the
// loop's variables, where they are read.
class NodeInputs {
 public:
  explicit NodeInputs(Row variables) : variables_(std::move(variables)) {
    places_of_variables_.assign(variables_.size(), -1);
  }

  Locations add(const Traced& traced) {
    Locations locations;
    for (std::size_t i = 0; i < traced.cut.inputs.size(); ++i) {
      const auto found = std::find(traced.places.begin(), traced.places.end(), static_cast<int>(i));
      const bool variable = found != traced.places.end();
      const auto number = static_cast<std::size_t>(found - traced.places.begin());
      locations.at.push_back(variable ? place_of_variable(number) : place_of(traced.cut.inputs[i]));
    }
    return locations;
  }
  const Row& row() const { return row_; }

 private:
  int append(const Symbol& symbol) {
    row_.push_back(symbol);
    return static_cast<int>(row_.size()) - 1;
  }
  int place_of_variable(std::size_t number) {
    int& place = places_of_variables_[number];
    if (place < 0) place = append(variables_[number]);
    return place;
  }
  int place_of(const Symbol& symbol) {
    const NodeEntry& entry = symbol.entries()[0];
    for (const auto& [place, known] : captured_) {
      if (known.node == entry.node && known.index == entry.index) return place;
    }
    captured_.emplace_back(append(symbol), entry);
    return captured_.back().first;
  }

  Row variables_, row_;
  std::vector<int> places_of_variables_;
  std::vector<std::pair<int, NodeEntry>> captured_;
};

}  // namespace

Step foreach (const ForeachBody<Symbol>& body, const Symbols& data, const Symbols& init_states,
              NodeName name) {
  check(body != nullptr, "foreach: body: expected a function, got none");
  check(!data.empty(), "foreach: data: expected at least one symbol");
  check_all_are_one("foreach: data", data);
  check_all_are_one("foreach: init_states", init_states);
  Symbols form;
  const Row like = joined(data, init_states);
  const Traced traced = trace("foreach", like, [&](const Row& arguments) {
    const Step step = body(part(arguments, 0, data.size(), data),
                           part(arguments, data.size(), arguments.size(), init_states));
    check_count("foreach", step.states, init_states);
    form = step.outputs;
    return joined(step.outputs, step.states);
  });
  check_read("foreach", traced, 0, data.size(), "data");
  check_read("foreach", traced, data.size(), like.size(), "state");
  ForeachOptions options;
  options.num_outputs = static_cast<int>(traced.num_outputs);
  options.num_out_data = static_cast<int>(form.size());
  options.subgraphs = std::make_shared<const Subgraphs>(std::vector{callable_of(traced)});
  const auto first_state = traced.places.begin() + static_cast<std::ptrdiff_t>(data.size());
  options.in_data_locs.at.assign(traced.places.begin(), first_state);
  options.in_state_locs.at.assign(first_state, traced.places.end());
  Row inputs = like;
  for (std::size_t i = 0; i < traced.cut.inputs.size(); ++i) {
    if (is_argument(traced, i)) continue;
    options.remain_locs.at.push_back(static_cast<int>(i));
    inputs.push_back(traced.cut.inputs[i]);
  }
  const Row all = outputs_of_node("_foreach", options, inputs, name);
  return {part(all, 0, form.size(), form), part(all, form.size(), all.size(), init_states)};
}

Step while_loop(const LoopCondition<Symbol>& cond, const LoopFunction<Symbol>& func,
                const Symbols& loop_vars, const WhileLoopLimits& limits, NodeName name) {
  check(cond != nullptr, "while_loop: cond: expected a function, got none");
  check(func != nullptr, "while_loop: func: expected a function, got none");
  check(limits.max_iterations.has_value(), "while_loop: max_iterations has to be given");
  check(!loop_vars.empty(), "while_loop: loop_vars: expected at least one symbol");
  check_all_are_one("while_loop: loop_vars", loop_vars);
  const Traced condition = trace("while_loop_cond", loop_vars.all(), [&](const Row& arguments) {
    return Row{cond(Symbols(arguments, loop_vars))};
  });
  Symbols form;
  const Traced body = trace("while_loop_func", loop_vars.all(), [&](const Row& arguments) {
    const Step step = func(Symbols(arguments, loop_vars));
    check_count("while_loop", step.states, loop_vars);
    form = step.outputs;
    return joined(step.outputs, step.states);
  });
  check_read("while_loop", body, 0, loop_vars.size(), "loop variable");
  NodeInputs inputs(loop_vars.all());
  WhileLoopOptions options;
  options.num_outputs = static_cast<int>(body.num_outputs);
  options.num_out_data = static_cast<int>(form.size());
  options.max_iterations = *limits.max_iterations;
  options.cond_input_locs = inputs.add(condition);
  options.func_input_locs = inputs.add(body);
  options.func_var_locs = Locations(body.places);
  options.subgraphs =
      std::make_shared<const Subgraphs>(std::vector{callable_of(condition), callable_of(body)});
  const Row all = outputs_of_node("_while_loop", options, inputs.row(), name);
  return {part(all, 0, form.size(), form), part(all, form.size(), all.size(), loop_vars)};
}

Symbols cond(const Symbol& pred, const Branch<Symbol>& then_func, const Branch<Symbol>& else_func,
             NodeName name) {
  check(then_func != nullptr, "cond: then_func: expected a function, got none");
  check(else_func != nullptr, "cond: else_func: expected a function, got none");
  check_all_are_one("cond: pred", pred);
  const Traced condition = trace("cond_pred", {}, [&](const Row& /*none*/) { return Row{pred}; });
  Symbols form;
  const auto branch = [&](const char* stem, const Branch<Symbol>& function) {
    return trace(stem, {}, [&](const Row& /*none*/) {
      form = function();
      return form.all();
    });
  };
  const Traced then_graph = branch("cond_then", then_func);
  const Traced else_graph = branch("cond_else", else_func);
  check(then_graph.num_outputs == else_graph.num_outputs, "cond: then_func gives ",
        then_graph.num_outputs, " outputs, else_func ", else_graph.num_outputs,
        "; both must give the same number");
  NodeInputs inputs({});
  CondOptions options;
  options.num_outputs = static_cast<int>(then_graph.num_outputs);
  options.cond_input_locs = inputs.add(condition);
  options.then_input_locs = inputs.add(then_graph);
  options.else_input_locs = inputs.add(else_graph);
  options.subgraphs = std::make_shared<const Subgraphs>(
      std::vector{callable_of(condition), callable_of(then_graph), callable_of(else_graph)});
  return {outputs_of_node("_cond", options, inputs.row(), name), form};
}

}  // namespace gluino::sym::contrib
