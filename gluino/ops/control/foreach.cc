#include <gluino/ops/control/control_flow.h>
#include <gluino/ops/control/loop_run-inl.h>
#include <gluino/ops/control/subgraph_checks-inl.h>
#include <gluino/ops/core/define.h>

#include <utility>

namespace gluino {

struct ForeachOptions::State {
  LoopRun run;
};

namespace {

constexpr const char* kName = "_foreach";

using Kind = LoopBody::Input::Kind;

// The node's inputs are the data, the states and the rest, in this order.
LoopBody body_of(const ForeachOptions& o) {
  const Callable& graph = *graphs_of(kName, o.subgraphs, 1)[0];
  const std::size_t data = o.in_data_locs.size();
  const std::size_t states = o.in_state_locs.size();
  const auto inputs = static_cast<std::size_t>(graph.num_inputs());
  check(data > 0, "[_foreach] in_data_locs: expected at least one array of data");
  check(data + states + o.remain_locs.size() == inputs, "[_foreach] the graph has ", inputs,
        " inputs, but the options name ", data, " data, ", states, " states and ",
        o.remain_locs.size(), " others");
  std::vector<int> all = o.in_data_locs.at;
  all.insert(all.end(), o.in_state_locs.at.begin(), o.in_state_locs.at.end());
  all.insert(all.end(), o.remain_locs.at.begin(), o.remain_locs.at.end());
  check_locations(kName, "the locations of inputs", Locations(all), inputs);
  check_outputs(kName, graph, o.num_outputs);
  const std::int64_t given = std::int64_t{o.num_outputs} - o.num_out_data;
  check(o.num_out_data >= 0 && given == static_cast<std::int64_t>(states),
        "[_foreach] a step gives ", given, " states, expected ", states,
        " as the loop begins with");
  LoopBody body{.graph = &graph, .inputs = {}, .first_states = {}, .num_out_data = o.num_out_data};
  body.inputs.resize(inputs);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const int number = static_cast<int>(i);
    LoopBody::Input& input = body.inputs[static_cast<std::size_t>(all[i])];
    if (i < data) {
      input = {Kind::slice, number};
    } else if (i < data + states) {
      input = {Kind::variable, static_cast<int>(i - data)};
      body.first_states.push_back(number);
    } else {
      input = {Kind::captured, number};
    }
  }
  return body;
}

std::vector<std::string> input_names(const ForeachOptions& o) {
  body_of(o);  // with its checks
  std::vector<std::string> names;
  add_names(names, "data", o.in_data_locs.size());
  add_names(names, "state", o.in_state_locs.size());
  add_names(names, "remain", o.remain_locs.size());
  return names;
}

std::vector<std::string> output_names(const ForeachOptions& o) {
  return names_of_outputs(graphs_of(kName, o.subgraphs, 1)[0]->num_outputs());
}

int visible(const ForeachOptions& o) { return graphs_of(kName, o.subgraphs, 1)[0]->num_outputs(); }

bool is_state(const ForeachOptions& o, int input) {
  const LoopBody body = body_of(o);
  for (std::size_t i = 0; i < body.inputs.size(); ++i) {
    if (body.node_input(i) == input) return body.graph->is_state(static_cast<int>(i));
  }
  return false;
}

std::int64_t num_steps(const ForeachOptions& o, const Inference& s) {
  std::int64_t steps = -1;
  for (int i = 0; i < static_cast<int>(o.in_data_locs.size()); ++i) {
    if (!s.in(i).ndim_known()) continue;
    s.expect(s.in(i).ndim() > 0, -1, "data ", i, ": expected at least one axis, got ", s.in(i));
    const std::int64_t length = s.in(i)[0];
    s.expect(length != 0, -1, "data ", i, " of shape ", s.in(i),
             " has nothing along axis 0, so the loop has no step");
    s.expect(steps < 0 || length < 0 || length == steps, -1, "data ", i, " has ", length,
             " along axis 0, data before it ", steps);
    if (length >= 0) steps = length;
  }
  return steps;
}

void infer(const ForeachOptions& o, Inference& s) { infer_loop(body_of(o), num_steps(o, s), s); }

void infer_types(const ForeachOptions& o, std::span<std::optional<DType>> in,
                 std::span<std::optional<DType>> out) {
  infer_loop_types(body_of(o), in, out);
}

ForeachOptions with_state(ForeachOptions o, const Context& context) {
  o.state =
      std::make_shared<ForeachOptions::State>(ForeachOptions::State{LoopRun(body_of(o), context)});
  return o;
}

void forward(const ForeachOptions& o, const Call& call) {
  LoopRun& run = o.state->run;
  const Tensor& steps = call.out.back();  // made where a gradient may be asked for
  run.begin(call, static_cast<bool>(steps));
  while (run.steps() < call.in[0].shape[0]) run.step(call);
  run.end(call);
  if (steps) *steps.as<std::int64_t>() = run.steps();
}

void backward(const ForeachOptions& o, const GradientCall& call) { o.state->run.backward(call); }

// tanh(w * x) + state, and as the next state its half.
constexpr const char* kBody = R"([{"nodes": [
    {"op": "null", "name": "x", "inputs": []},
    {"op": "null", "name": "w", "inputs": []},
    {"op": "elemwise_mul", "name": "product", "inputs": [[0, 0, 0], [1, 0, 0]]},
    {"op": "tanh", "name": "tanh", "inputs": [[2, 0, 0]]},
    {"op": "null", "name": "state", "inputs": []},
    {"op": "elemwise_add", "name": "sum", "inputs": [[3, 0, 0], [4, 0, 0]]},
    {"op": "_mul_scalar", "name": "half", "attrs": {"scalar": "0.5"}, "inputs": [[5, 0, 0]]}],
  "arg_nodes": [0, 1, 4], "heads": [[5, 0, 0], [6, 0, 0]]}])";

ForeachOptions sample() {
  return {.num_outputs = 2,
          .num_out_data = 1,
          .in_data_locs = Locations({0}),
          .in_state_locs = Locations({2}),
          .remain_locs = Locations({1}),
          .subgraphs = std::make_shared<const Subgraphs>(kBody)};
}

const auto registered =
    define_op<ForeachOptions>(kName)
        .doc("Runs a graph on each slice of the data along axis 0; see nd::contrib::foreach.")
        .tolerates({"num_args"})
        .instead("nd::contrib::foreach outside of graphs")
        .inputs_by(input_names, [](const ForeachOptions& /*o*/) { return 0; })
        .output_names_by(output_names)
        .visible_by(visible)
        .field("num_outputs", &ForeachOptions::num_outputs, "How many outputs the graph has.")
        .required()
        .field("num_out_data", &ForeachOptions::num_out_data,
               "How many of them are stacked; the others are the states.")
        .required()
        .field("in_data_locs", &ForeachOptions::in_data_locs, "The graph's inputs that are slices.")
        .required()
        .field("in_state_locs", &ForeachOptions::in_state_locs, "Those that are states.")
        .required()
        .field("remain_locs", &ForeachOptions::remain_locs, "The others.")
        .required()
        .field("subgraphs", &ForeachOptions::subgraphs, "The graph, as an array of one.")
        .required()
        .subgraphs(&ForeachOptions::subgraphs)
        .types(Types::any)  // as its graphs do
        .told_by_subgraphs(
            is_state,
            [](const ForeachOptions& o) { return o.subgraphs && o.subgraphs->runs_user_code(); })
        .infer_types(infer_types)
        .with_state(with_state)
        .infer(infer)
        .forward(forward)
        .backward(backward, Op::inputs | Op::outputs)
        .sample(sample(), {{{5, 3}}, {{3}}, {{3}}})
        .sample(sample(), {{{1, 2, 3}}, {{2, 3}}, {{2, 3}}})
        .sample(sample(), {{{4, 0}}, {{0}}, {{0}}});

}  // namespace
}  // namespace gluino
