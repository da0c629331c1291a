#include <gluino/ndarray/ndarray.h>
#include <gluino/ops/control/control_flow.h>
#include <gluino/ops/control/subgraph_checks-inl.h>
#include <gluino/ops/core/define.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace gluino {

struct CondOptions::State {
  /// By graph: the condition, and what follows where it holds or not.
  std::array<std::unique_ptr<CallableRun>, 3> runs{};
  NDArray holds{};
  /// The graph that ran.
  std::size_t taken = 0;
  std::vector<Tensor> in{};
  /// Places of gradients that nobody wants, by graph and input.
  std::array<std::vector<NDArray>, 3> unwanted{};
};

namespace {

constexpr const char* kName = "_cond";
constexpr std::size_t kGraphs = 3;

const auto& graphs(const CondOptions& o) { return graphs_of(kName, o.subgraphs, kGraphs); }

std::array<const Locations*, kGraphs> locations(const CondOptions& o) {
  return {&o.cond_input_locs, &o.then_input_locs, &o.else_input_locs};
}

// Inputs of the node: each is read by a graph.
std::size_t num_inputs(const CondOptions& o) {
  int last = -1;
  std::size_t named = 0;
  for (const Locations* row : locations(o)) {
    for (const int number : row->at) last = std::max(last, number);
    named += row->size();
  }
  check(last < static_cast<int>(named), "[_cond] input ", last,
        " is named, but not all before it are");
  return static_cast<std::size_t>(last + 1);
}

void check_options(const CondOptions& o) {
  constexpr std::array kNames = {"cond_input_locs", "then_input_locs", "else_input_locs"};
  for (std::size_t g = 0; g < kGraphs; ++g) {
    const Callable& graph = *graphs(o)[g];
    check_locations(kName, kNames[g], *locations(o)[g],
                    static_cast<std::size_t>(graph.num_inputs()), num_inputs(o));
    check_outputs(kName, graph, g == 0 ? 1 : o.num_outputs);
  }
}

std::vector<std::string> input_names(const CondOptions& o) {
  check_options(o);
  std::vector<std::string> names;
  add_names(names, "input", num_inputs(o));
  return names;
}

int visible(const CondOptions& o) { return graphs(o)[1]->num_outputs(); }

std::vector<std::string> output_names(const CondOptions& o) { return names_of_outputs(visible(o)); }

bool is_state(const CondOptions& o, int input) {
  for (std::size_t g = 0; g < kGraphs; ++g) {
    const std::vector<int>& row = locations(o)[g]->at;
    const auto found = std::find(row.begin(), row.end(), input);
    if (found == row.end()) continue;
    const auto place = static_cast<int>(found - row.begin());
    if (place < graphs(o)[g]->num_inputs() && graphs(o)[g]->is_state(place)) return true;
  }
  return false;
}

void infer_types(const CondOptions& o, std::span<std::optional<DType>> in,
                 std::span<std::optional<DType>> out) {
  check_options(o);
  for (std::size_t g = 0; g < kGraphs; ++g) {
    const std::vector<int>& row = locations(o)[g]->at;
    std::vector<std::optional<DType>> inner;
    inner.reserve(row.size());
    for (const int number : row) inner.push_back(in[static_cast<std::size_t>(number)]);
    std::vector<std::optional<DType>> given(g == 0 ? 1 : out.size() - 1);
    graphs(o)[g]->infer_types(inner, given);
    for (std::size_t i = 0; i < row.size(); ++i) {
      auto& type = in[static_cast<std::size_t>(row[i])];
      if (!type) type = inner[i];
    }
    for (std::size_t i = 0; g > 0 && i < given.size(); ++i) {
      const bool differs = g == 2 && out[i] && given[i] && *out[i] != *given[i];
      check(!differs, "[_cond] output ", i, ": then_func gives ", out[i].value_or(float32),
            ", else_func ", given[i].value_or(float32), "; both must give the same type");
      if (g == 1 || given[i]) out[i] = given[i];
    }
  }
  out.back() = int64;
}

void infer(const CondOptions& o, Inference& s) {
  check_options(o);
  std::vector<Shape> results(static_cast<std::size_t>(o.num_outputs), Shape::unknown());
  for (std::size_t g = 0; g < kGraphs; ++g) {
    const std::vector<int>& row = locations(o)[g]->at;
    std::vector<Shape> in, out(g == 0 ? 1 : results.size(), Shape::unknown());
    std::vector<DType> types;
    for (const int number : row) {
      in.push_back(s.in(number));
      types.push_back(s.in_type(number));
    }
    graphs(o)[g]->infer_shapes(in, out, types);
    for (std::size_t i = 0; i < in.size(); ++i) {
      if (in[i].ndim_known()) s.set_in(row[i], in[i]);
    }
    s.expect(g > 0 || !out[0].known() || out[0].size() == 1, -1,
             "pred: expected one number, got "
             "shape ",
             out[0]);
    for (std::size_t i = 0; g > 0 && i < out.size(); ++i) {
      const bool same = g == 1 || !results[i].known() || !out[i].known() || results[i] == out[i];
      s.expect(same, -1, "output ", i, ": then_func gives shape ", results[i], ", else_func ",
               out[i], "; both must give the same");
      if (out[i].known() || g == 1) results[i] = out[i];
    }
  }
  for (std::size_t i = 0; i < results.size(); ++i) s.set_out(static_cast<int>(i), results[i]);
  s.set_out(static_cast<int>(results.size()), {1});
}

CondOptions with_state(CondOptions o, const Context& /*context*/) {
  check_options(o);
  o.state = std::make_shared<CondOptions::State>();
  return o;
}

void run_graph(const CondOptions& o, std::size_t number, const Call& call,
               std::span<const Tensor> out, bool gradient) {
  CondOptions::State& state = *o.state;
  state.in.clear();
  for (const int input : locations(o)[number]->at) {
    state.in.push_back(call.in[static_cast<std::size_t>(input)]);
  }
  auto& run = state.runs[number];
  if (run == nullptr) {
    run = graphs(o)[number]->start({.in = state.in, .context = call.context, .gradient = gradient});
  }
  run->forward(state.in, out, call.training);
}

bool holds(const CondOptions& o, const Call& call) {
  NDArray& array = o.state->holds;
  if (!array.defined()) {
    std::vector<std::optional<DType>> in, out(1);
    for (const int input : o.cond_input_locs.at) {
      in.emplace_back(call.in[static_cast<std::size_t>(input)].dtype);
    }
    graphs(o)[0]->infer_types(in, out);
    array = NDArray({1}, out[0].value_or(float32), call.context);
  }
  const Tensor result{array.data(), array.shape(), array.dtype()};
  run_graph(o, 0, call, {&result, 1}, false);
  return is_true("[_cond] pred", result);
}

void forward(const CondOptions& o, const Call& call) {
  const Tensor& way = call.out.back();  // made where a gradient may be asked for
  o.state->taken = holds(o, call) ? 1 : 2;
  run_graph(o, o.state->taken, call, call.out.first(call.out.size() - 1), static_cast<bool>(way));
  if (way) *way.as<std::int64_t>() = static_cast<std::int64_t>(o.state->taken);
}

void backward(const CondOptions& o, const GradientCall& call) {
  CondOptions::State& state = *o.state;
  for (const Tensor& grad : call.in_grad) {
    if (grad)
      std::memset(grad.data, 0, static_cast<std::size_t>(grad.size()) * size_of(grad.dtype));
  }
  state.in.clear();
  const std::vector<int>& inputs = locations(o)[state.taken]->at;
  std::vector<NDArray>& unwanted = state.unwanted[state.taken];
  unwanted.resize(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto input = static_cast<std::size_t>(inputs[i]);
    Tensor place = call.in_grad[input];
    if (!place && is_floating(call.in[input].dtype)) {
      NDArray& array = unwanted[i];
      if (!array.defined())
        array = NDArray(call.in[input].shape, call.in[input].dtype, call.context);
      place = {array.data(), array.shape(), array.dtype()};
    }
    state.in.push_back(place);
  }
  state.runs[state.taken]->backward(call.out_grad.first(call.out_grad.size() - 1), state.in,
                                    call.again);
}

// Where the sum of x is below 0: x * w, else x + w.
constexpr const char* kSample = R"([{"nodes": [
    {"op": "null", "name": "x", "inputs": []},
    {"op": "sum", "name": "sum", "inputs": [[0, 0, 0]]},
    {"op": "_lesser_scalar", "name": "less", "attrs": {"scalar": "0"}, "inputs": [[1, 0, 0]]}],
  "arg_nodes": [0], "heads": [[2, 0, 0]]},
  {"nodes": [
    {"op": "null", "name": "x", "inputs": []},
    {"op": "null", "name": "w", "inputs": []},
    {"op": "elemwise_mul", "name": "product", "inputs": [[0, 0, 0], [1, 0, 0]]}],
  "arg_nodes": [0, 1], "heads": [[2, 0, 0]]},
  {"nodes": [
    {"op": "null", "name": "x", "inputs": []},
    {"op": "null", "name": "w", "inputs": []},
    {"op": "elemwise_add", "name": "sum", "inputs": [[0, 0, 0], [1, 0, 0]]}],
  "arg_nodes": [0, 1], "heads": [[2, 0, 0]]}])";

CondOptions sample() {
  return {.num_outputs = 1,
          .cond_input_locs = Locations({0}),
          .then_input_locs = Locations({0, 1}),
          .else_input_locs = Locations({0, 1}),
          .subgraphs = std::make_shared<const Subgraphs>(kSample)};
}

constexpr Fill kNegative{Fill::Kind::distinct, -2, -1};
constexpr Fill kPositive{Fill::Kind::distinct, 1, 2};

const auto registered =
    define_op<CondOptions>(kName)
        .doc("Runs one of two graphs, as a third says; see nd::contrib::cond.")
        .tolerates({"num_args"})
        .instead("nd::contrib::cond outside of graphs")
        .inputs_by(input_names, [](const CondOptions& /*o*/) { return 0; })
        .output_names_by(output_names)
        .visible_by(visible)
        .field("num_outputs", &CondOptions::num_outputs, "How many outputs each of the two has.")
        .required()
        .field("cond_input_locs", &CondOptions::cond_input_locs,
               "What the condition reads of the inputs.")
        .required()
        .field("then_input_locs", &CondOptions::then_input_locs,
               "What the graph reads that runs where it holds.")
        .required()
        .field("else_input_locs", &CondOptions::else_input_locs, "What the other graph reads.")
        .required()
        .field("subgraphs", &CondOptions::subgraphs, "The condition and the two graphs.")
        .required()
        .subgraphs(&CondOptions::subgraphs)
        .types(Types::any)  // as its graphs do
        .told_by_subgraphs(
            is_state,
            [](const CondOptions& o) { return o.subgraphs && o.subgraphs->runs_user_code(); })
        .infer_types(infer_types)
        .with_state(with_state)
        .infer(infer)
        .forward(forward)
        .backward(backward, Op::inputs | Op::outputs)
        .sample(sample(), {{{2, 3}, kNegative}, {{2, 3}}})
        .sample(sample(), {{{5}, kPositive}, {{5}}})
        .sample(sample(), {{{3, 0}}, {{3, 0}}});

}  // namespace
}  // namespace gluino
