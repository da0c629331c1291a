#include <gluino/ops/control/control_flow.h>
#include <gluino/ops/control/traced_control-inl.h>
#include <gluino/ops/movement/reshape.h>

#include <utility>

namespace gluino {
namespace {

using Arrays = OneOrMore<NDArray>;
using Row = std::vector<NDArray>;

// The inputs of a node, and which of them the inputs of its graphs are.
class NodeInputs {
 public:
  explicit NodeInputs(Row first) : arrays_(std::move(first)) {}

  /// Per input of a graph whose arguments are the first of the node's inputs.
  Locations locations_of(const TracedFunction& function) {
    Locations locations;
    for (const TracedFunction::Input& input : function.inputs) {
      locations.at.push_back(input.argument >= 0 ? input.argument : place_of(input.array));
    }
    return locations;
  }
  int place_of(const NDArray& array) {
    // An argument of the loop is another input, though it be the same array.
    for (std::size_t i = captured_from_; i < arrays_.size(); ++i) {
      if (arrays_[i].same_as(array)) return static_cast<int>(i);
    }
    arrays_.push_back(array);
    return static_cast<int>(arrays_.size()) - 1;
  }
  const Row& arrays() const { return arrays_; }

 private:
  Row arrays_;
  std::size_t captured_from_ = arrays_.size();
};

// Per argument, which input of the graph it is; -1: none.
std::vector<int> places_of_arguments(const TracedFunction& function, std::size_t count) {
  std::vector<int> places(count, -1);
  for (std::size_t i = 0; i < function.inputs.size(); ++i) {
    const int argument = function.inputs[i].argument;
    if (argument >= 0) places[static_cast<std::size_t>(argument)] = static_cast<int>(i);
  }
  return places;
}

bool reads_all(const std::vector<int>& places) {
  for (const int place : places) {
    if (place < 0) return false;
  }
  return true;
}

std::shared_ptr<const Subgraphs> subgraphs_of(std::vector<std::shared_ptr<const Callable>> graphs) {
  return std::make_shared<const Subgraphs>(std::move(graphs));
}

Row joined(const Arrays& first, const Arrays& second) {
  Row all = first.all();
  all.insert(all.end(), second.begin(), second.end());
  return all;
}

Row part(const Row& all, std::size_t begin, std::size_t end) {
  return {all.begin() + static_cast<std::ptrdiff_t>(begin),
          all.begin() + static_cast<std::ptrdiff_t>(end)};
}

TracedFunction required(std::optional<TracedFunction> traced, const char* what) {
  check(traced.has_value(), what,
        ": it changes states, or draws random numbers, that lead to none of its outputs, which a "
        "hybridized block cannot do");
  return std::move(*traced);
}

// An array of the form of a step's slice.
NDArray like_slice(const NDArray& data) {
  Shape shape = data.shape();
  shape.erase(0);
  return NDArray(shape.empty() ? Shape{1} : shape, data.dtype(), data.context());
}

// Keeps the form of outputs, and none of the arrays.
Arrays form_of(const Arrays& arrays) { return {Row(arrays.size()), arrays}; }

}  // namespace

void check_states(const char* loop, const Arrays& given, const Arrays& before) {
  check(given.size() == before.size(), loop, ": a step gives ", given.size(), " states, expected ",
        before.size(), " as the loop begins with");
  for (std::size_t i = 0; i < given.size(); ++i) {
    check(given[i].defined() && given[i].shape() == before[i].shape() &&
              given[i].dtype() == before[i].dtype(),
          loop, ": state ", i, ": expected ", before[i].dtype(), " ", before[i].shape(),
          " as before the step, got ",
          given[i].defined() ? str(given[i].dtype(), " ", given[i].shape()) : "no array",
          "; a state keeps its shape and type");
  }
}

std::int64_t max_iterations_of(const WhileLoopLimits& limits) {
  check(limits.max_iterations.has_value(), "while_loop: max_iterations has to be given");
  check(*limits.max_iterations >= 0, "while_loop: max_iterations: expected at least 0, got ",
        *limits.max_iterations);
  return *limits.max_iterations;
}

std::optional<LoopStep<NDArray>> traced_foreach(TracingRecorder& tracer,
                                                const ForeachBody<NDArray>& body,
                                                const Arrays& data, const Arrays& states) {
  Row like;
  for (const NDArray& one : data) like.push_back(like_slice(one));
  like.insert(like.end(), states.begin(), states.end());
  Arrays form;
  const auto traced = tracer.trace(like, [&](std::span<const NDArray> given) {
    const Row row(given.begin(), given.end());
    const Arrays before(part(row, data.size(), row.size()), states);
    const auto step = body(Arrays(part(row, 0, data.size()), data), before);
    check_states("foreach", step.states, before);
    form = form_of(step.outputs);
    return joined(step.outputs, step.states);
  });
  if (!traced || form.size() + states.size() == 0) return std::nullopt;
  const auto places = places_of_arguments(*traced, like.size());
  if (!reads_all(places)) return std::nullopt;
  ForeachOptions options;
  options.num_out_data = static_cast<int>(form.size());
  options.num_outputs = static_cast<int>(form.size() + states.size());
  options.subgraphs = subgraphs_of({traced->graph});
  const auto first_state = places.begin() + static_cast<std::ptrdiff_t>(data.size());
  options.in_data_locs.at.assign(places.begin(), first_state);
  options.in_state_locs.at.assign(first_state, places.end());
  Row inputs = joined(data, states);
  for (std::size_t i = 0; i < traced->inputs.size(); ++i) {
    if (traced->inputs[i].argument >= 0) continue;
    options.remain_locs.at.push_back(static_cast<int>(i));
    inputs.push_back(traced->inputs[i].array);
  }
  const Row all = apply_all(Op::get<ForeachOptions>("_foreach"), &options, inputs);
  return LoopStep<NDArray>{Arrays(part(all, 0, form.size()), form),
                           Arrays(part(all, form.size(), all.size()), states)};
}

LoopStep<NDArray> traced_while_loop(TracingRecorder& tracer, const LoopCondition<NDArray>& cond,
                                    const LoopFunction<NDArray>& func, const Arrays& loop_vars,
                                    std::int64_t max_iterations) {
  const auto variables = [&](std::span<const NDArray> given) {
    return Arrays(Row(given.begin(), given.end()), loop_vars);
  };
  const auto condition = required(
      tracer.trace(loop_vars.all(),
                   [&](std::span<const NDArray> given) { return Row{cond(variables(given))}; }),
      "while_loop: cond");
  Arrays form;
  const auto body = required(tracer.trace(loop_vars.all(),
                                          [&](std::span<const NDArray> given) {
                                            const Arrays before = variables(given);
                                            const auto step = func(before);
                                            check_states("while_loop", step.states, before);
                                            form = form_of(step.outputs);
                                            return joined(step.outputs, step.states);
                                          }),
                             "while_loop: func");
  const auto places = places_of_arguments(body, loop_vars.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    check(places[i] >= 0, "while_loop: func does not read loop variable ", i,
          "; in a hybridized block it has to");
  }
  NodeInputs inputs(loop_vars.all());
  WhileLoopOptions options;
  options.max_iterations = max_iterations;
  options.num_out_data = static_cast<int>(form.size());
  options.num_outputs = static_cast<int>(form.size() + loop_vars.size());
  options.cond_input_locs = inputs.locations_of(condition);
  options.func_input_locs = inputs.locations_of(body);
  options.func_var_locs = Locations(places);
  options.subgraphs = subgraphs_of({condition.graph, body.graph});
  const Row all = apply_all(Op::get<WhileLoopOptions>("_while_loop"), &options, inputs.arrays());
  return {Arrays(part(all, 0, form.size()), form),
          Arrays(part(all, form.size(), all.size()), loop_vars)};
}

Arrays traced_cond(TracingRecorder& tracer, const NDArray& pred, const Branch<NDArray>& then_func,
                   const Branch<NDArray>& else_func) {
  // MXNet's graphs of the condition are of one node as well, a copy.
  const auto condition = required(
      tracer.trace({&pred, 1},
                   [](std::span<const NDArray> given) { return Row{ops::identity(given[0])}; }),
      "cond: pred");
  Arrays form;
  const auto trace = [&](const Branch<NDArray>& branch, const char* what) {
    return required(tracer.trace({},
                                 [&](std::span<const NDArray> /*none*/) {
                                   const Arrays outputs = branch();
                                   form = form_of(outputs);
                                   return outputs.all();
                                 }),
                    what);
  };
  const auto then_graph = trace(then_func, "cond: then_func");
  const std::size_t count = form.size();
  const auto else_graph = trace(else_func, "cond: else_func");
  check(count == form.size(), "cond: then_func gives ", count, " outputs, else_func ", form.size(),
        "; both must give the same number");
  check(count > 0, "cond: then_func and else_func give no outputs");
  NodeInputs inputs({pred});
  CondOptions options;
  options.num_outputs = static_cast<int>(count);
  options.cond_input_locs = inputs.locations_of(condition);
  options.then_input_locs = inputs.locations_of(then_graph);
  options.else_input_locs = inputs.locations_of(else_graph);
  options.subgraphs = subgraphs_of({condition.graph, then_graph.graph, else_graph.graph});
  return {apply_all(Op::get<CondOptions>("_cond"), &options, inputs.arrays()), form};
}

}  // namespace gluino
