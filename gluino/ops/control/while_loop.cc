#include <gluino/ops/control/control_flow.h>
#include <gluino/ops/control/loop_run-inl.h>
#include <gluino/ops/control/subgraph_checks-inl.h>
#include <gluino/ops/core/define.h>

#include <algorithm>
#include <utility>

namespace gluino {

struct WhileLoopOptions::State {
  LoopRun run;
  /// The condition's run, its inputs and its output.
  std::unique_ptr<CallableRun> condition{};
  std::vector<Tensor> in{};
  NDArray holds{};
};

namespace {

constexpr const char* kName = "_while_loop";

using Kind = LoopBody::Input::Kind;

const Callable& condition_of(const WhileLoopOptions& o) {
  return *graphs_of(kName, o.subgraphs, 2)[0];
}

// Inputs of the node: each is read by a graph.
std::size_t num_inputs(const WhileLoopOptions& o) {
  int last = -1;
  for (const Locations* locations : {&o.cond_input_locs, &o.func_input_locs}) {
    for (const int number : locations->at) last = std::max(last, number);
  }
  const auto count = static_cast<std::size_t>(last + 1);
  check(count <= o.cond_input_locs.size() + o.func_input_locs.size(), "[_while_loop] input ", last,
        " is named, but not all before it are");
  return count;
}

LoopBody body_of(const WhileLoopOptions& o) {
  const Callable& condition = condition_of(o);
  const Callable& graph = *graphs_of(kName, o.subgraphs, 2)[1];
  const std::size_t states = o.func_var_locs.size();
  const auto inputs = static_cast<std::size_t>(graph.num_inputs());
  check(o.max_iterations >= 0, "[_while_loop] max_iterations: expected at least 0, got ",
        o.max_iterations);
  check(condition.num_outputs() == 1, "[_while_loop] the condition gives ", condition.num_outputs(),
        " outputs, expected one number");
  check_locations(kName, "cond_input_locs", o.cond_input_locs,
                  static_cast<std::size_t>(condition.num_inputs()), num_inputs(o));
  check_locations(kName, "func_input_locs", o.func_input_locs, inputs, num_inputs(o));
  check_locations(kName, "func_var_locs", o.func_var_locs, inputs);
  check_outputs(kName, graph, o.num_outputs);
  const std::int64_t given = std::int64_t{o.num_outputs} - o.num_out_data;
  check(o.num_out_data >= 0 && given == static_cast<std::int64_t>(states),
        "[_while_loop] a step gives ", given, " loop variables, expected ", states,
        " as the loop begins with");
  LoopBody body{.graph = &graph, .inputs = {}, .first_states = {}, .num_out_data = o.num_out_data};
  for (const int input : o.func_input_locs.at) body.inputs.push_back({Kind::captured, input});
  for (std::size_t v = 0; v < states; ++v) {
    const auto place = static_cast<std::size_t>(o.func_var_locs.at[v]);
    body.first_states.push_back(o.func_input_locs.at[place]);
    body.inputs[place] = {Kind::variable, static_cast<int>(v)};
  }
  return body;
}

// Which loop variable an input of the node is; -1: none.
int variable_of(const LoopBody& body, int input) {
  const auto found = std::find(body.first_states.begin(), body.first_states.end(), input);
  return found == body.first_states.end() ? -1
                                          : static_cast<int>(found - body.first_states.begin());
}

std::vector<std::string> input_names(const WhileLoopOptions& o) {
  body_of(o);  // with its checks
  std::vector<std::string> names;
  add_names(names, "input", num_inputs(o));
  return names;
}

int visible(const WhileLoopOptions& o) {
  return graphs_of(kName, o.subgraphs, 2)[1]->num_outputs();
}

std::vector<std::string> output_names(const WhileLoopOptions& o) {
  return names_of_outputs(visible(o));
}

bool is_state(const WhileLoopOptions& o, int input) {
  const LoopBody body = body_of(o);
  const Callable& condition = condition_of(o);
  for (std::size_t i = 0; i < o.cond_input_locs.size(); ++i) {
    const bool changes =
        o.cond_input_locs.at[i] == input && condition.is_state(static_cast<int>(i));
    if (changes) return true;
  }
  for (std::size_t i = 0; i < body.inputs.size(); ++i) {
    if (body.node_input(i) == input) return body.graph->is_state(static_cast<int>(i));
  }
  return false;
}

void infer_condition(const WhileLoopOptions& o, Inference& s) {
  std::vector<Shape> in, out{Shape::unknown()};
  std::vector<DType> types;
  for (const int input : o.cond_input_locs.at) {
    in.push_back(s.in(input));
    types.push_back(s.in_type(input));
  }
  condition_of(o).infer_shapes(in, out, types);
  s.expect(!out[0].known() || out[0].size() == 1, -1, "the condition gives an array of shape ",
           out[0], ", expected one number");
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (in[i].ndim_known()) s.set_in(o.cond_input_locs.at[i], in[i]);
  }
}

void infer(const WhileLoopOptions& o, Inference& s) {
  infer_loop(body_of(o), o.max_iterations, s);
  infer_condition(o, s);
}

void infer_types(const WhileLoopOptions& o, std::span<std::optional<DType>> in,
                 std::span<std::optional<DType>> out) {
  infer_loop_types(body_of(o), in, out);
}

WhileLoopOptions with_state(WhileLoopOptions o, const Context& context) {
  o.state = std::make_shared<WhileLoopOptions::State>(
      WhileLoopOptions::State{.run = LoopRun(body_of(o), context)});
  return o;
}

bool goes_on(const WhileLoopOptions& o, const Call& call) {
  WhileLoopOptions::State& state = *o.state;
  if (state.run.steps() == o.max_iterations) return false;
  state.in.clear();
  for (const int input : o.cond_input_locs.at) {
    const int variable = variable_of(state.run.body(), input);
    state.in.push_back(variable < 0 ? call.in[static_cast<std::size_t>(input)]
                                    : state.run.state(variable));
  }
  const Callable& condition = condition_of(o);
  if (state.condition == nullptr) {
    std::vector<std::optional<DType>> in, out(1);
    for (const Tensor& tensor : state.in) in.emplace_back(tensor.dtype);
    condition.infer_types(in, out);
    state.holds = NDArray({1}, out[0].value_or(float32), call.context);
    state.condition = condition.start({.in = state.in, .context = call.context});
  }
  const Tensor holds{state.holds.data(), state.holds.shape(), state.holds.dtype()};
  state.condition->forward(state.in, {&holds, 1}, call.training);
  return is_true("[_while_loop] the condition", holds);
}

void forward(const WhileLoopOptions& o, const Call& call) {
  LoopRun& run = o.state->run;
  const Tensor& steps = call.out.back();  // made where a gradient may be asked for
  run.begin(call, static_cast<bool>(steps));
  while (goes_on(o, call)) run.step(call);
  run.end(call);
  if (steps) *steps.as<std::int64_t>() = run.steps();
}

void backward(const WhileLoopOptions& o, const GradientCall& call) { o.state->run.backward(call); }

// While sum(x) > 0.9: gives x * w, and as the next x half of it.
constexpr const char* kGraphs = R"([{"nodes": [
    {"op": "null", "name": "x", "inputs": []},
    {"op": "sum", "name": "sum", "inputs": [[0, 0, 0]]},
    {"op": "_greater_scalar", "name": "more", "attrs": {"scalar": "0.9"}, "inputs": [[1, 0, 0]]}],
  "arg_nodes": [0], "heads": [[2, 0, 0]]},
  {"nodes": [
    {"op": "null", "name": "x", "inputs": []},
    {"op": "null", "name": "w", "inputs": []},
    {"op": "elemwise_mul", "name": "product", "inputs": [[0, 0, 0], [1, 0, 0]]},
    {"op": "_mul_scalar", "name": "half", "attrs": {"scalar": "0.5"}, "inputs": [[0, 0, 0]]}],
  "arg_nodes": [0, 1], "heads": [[2, 0, 0], [3, 0, 0]]}])";

WhileLoopOptions sample(std::int64_t max_iterations) {
  return {.num_outputs = 2,
          .num_out_data = 1,
          .max_iterations = max_iterations,
          .cond_input_locs = Locations({0}),
          .func_input_locs = Locations({0, 1}),
          .func_var_locs = Locations({0}),
          .subgraphs = std::make_shared<const Subgraphs>(kGraphs)};
}

constexpr Fill kPositive{Fill::Kind::distinct, 1, 2};

const auto registered =
    define_op<WhileLoopOptions>(kName)
        .doc(
            "Runs a graph as long as another gives a number that is not 0; see "
            "nd::contrib::while_loop.")
        .tolerates({"num_args"})
        .instead("nd::contrib::while_loop outside of graphs")
        .inputs_by(input_names, [](const WhileLoopOptions& /*o*/) { return 0; })
        .output_names_by(output_names)
        .visible_by(visible)
        .field("num_outputs", &WhileLoopOptions::num_outputs, "How many outputs the body has.")
        .required()
        .field("num_out_data", &WhileLoopOptions::num_out_data,
               "How many of them are stacked; the others are the loop variables.")
        .required()
        .field("max_iterations", &WhileLoopOptions::max_iterations,
               "How many steps there are at most, and how many outputs are stacked.")
        .required()
        .field("cond_input_locs", &WhileLoopOptions::cond_input_locs,
               "What the condition reads of the inputs.")
        .required()
        .field("func_input_locs", &WhileLoopOptions::func_input_locs,
               "What the body reads of the inputs.")
        .required()
        .field("func_var_locs", &WhileLoopOptions::func_var_locs,
               "The body's inputs that are the loop variables.")
        .required()
        .field("subgraphs", &WhileLoopOptions::subgraphs, "The condition and the body.")
        .required()
        .subgraphs(&WhileLoopOptions::subgraphs)
        .types(Types::any)  // as its graphs do
        .told_by_subgraphs(
            is_state,
            [](const WhileLoopOptions& o) { return o.subgraphs && o.subgraphs->runs_user_code(); })
        .infer_types(infer_types)
        .with_state(with_state)
        .infer(infer)
        .forward(forward)
        .backward(backward, Op::inputs | Op::outputs)
        .sample(sample(6), {{{3}, kPositive}, {{3}}})
        .sample(sample(2), {{{2, 2}, kPositive}, {{2, 2}}})
        .sample(sample(2), {{{0, 2}}, {{0, 2}}});

}  // namespace
}  // namespace gluino
