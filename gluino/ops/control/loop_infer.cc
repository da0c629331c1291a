#include <gluino/base/error.h>
#include <gluino/ops/control/loop_run-inl.h>

namespace gluino {
namespace {

using Kind = LoopBody::Input::Kind;

std::size_t at(int i) { return static_cast<std::size_t>(i); }

Shape with_steps(const Shape& shape, std::int64_t steps) {
  if (!shape.ndim_known()) return shape;
  Shape all = shape;
  all.insert(0, steps);
  return all;
}

// Of one axis nothing is left of a slice: (steps,) is sliced into (1,).
Shape of_slices(const Shape& known, const Shape& slice, std::int64_t steps) {
  return known.ndim() == 1 ? Shape{steps} : with_steps(slice, steps);
}

void check_states(const LoopBody& body, const std::vector<Shape>& in, const std::vector<Shape>& out,
                  std::span<const DType> in_types, std::span<const std::optional<DType>> out_types,
                  Inference& s) {
  for (std::size_t i = 0; i < body.inputs.size(); ++i) {
    const auto [kind, state] = body.inputs[i];
    if (kind != Kind::variable) continue;
    const std::size_t given = at(body.num_out_data + state);
    const bool same_shape = !in[i].known() || !out[given].known() || in[i] == out[given];
    s.expect(same_shape, -1, "a step gives shape ", out[given], " for state ", state,
             ", which is of shape ", in[i], "; a state keeps its shape");
    s.expect(!out_types[given] || *out_types[given] == in_types[i], -1, "a step gives ",
             out_types[given].value_or(float32), " for state ", state, ", which is of ",
             in_types[i], "; a state keeps its type");
  }
}

}  // namespace

void infer_loop_types(const LoopBody& body, std::span<std::optional<DType>> in,
                      std::span<std::optional<DType>> out) {
  std::vector<std::optional<DType>> inner_in, inner_out(at(body.graph->num_outputs()));
  for (std::size_t i = 0; i < body.inputs.size(); ++i) {
    inner_in.push_back(in[at(body.node_input(i))]);
  }
  body.graph->infer_types(inner_in, inner_out);
  for (std::size_t i = 0; i < body.inputs.size(); ++i) {
    auto& type = in[at(body.node_input(i))];
    if (!type) type = inner_in[i];
  }
  for (std::size_t o = 0; o < inner_out.size(); ++o) out[o] = inner_out[o];
  // The last output, hidden, says how many steps there were.
  out[inner_out.size()] = int64;
}

void infer_loop(const LoopBody& body, std::int64_t steps, Inference& s) {
  std::vector<Shape> in, out(at(body.graph->num_outputs()), Shape::unknown());
  std::vector<DType> types;
  std::vector<std::optional<DType>> known_types, out_types(out.size());
  for (std::size_t i = 0; i < body.inputs.size(); ++i) {
    const int input = body.node_input(i);
    const bool slice = body.inputs[i].kind == Kind::slice;
    in.push_back(slice ? without_steps(s.in(input)) : s.in(input));
    types.push_back(s.in_type(input));
    known_types.emplace_back(types.back());
  }
  body.graph->infer_types(known_types, out_types);
  body.graph->infer_shapes(in, out, types);
  // What one step says of the states holds for all.
  for (std::size_t i = 0; i < body.inputs.size(); ++i) {
    const auto [kind, state] = body.inputs[i];
    if (kind != Kind::variable) continue;
    Shape& given = out[at(body.num_out_data + state)];
    if (!in[i].known() && given.known()) in[i] = given;
    if (!given.known() && in[i].known()) given = in[i];
  }
  check_states(body, in, out, types, out_types, s);
  for (std::size_t i = 0; i < body.inputs.size(); ++i) {
    if (!in[i].ndim_known()) continue;
    const int input = body.node_input(i);
    const bool slice = body.inputs[i].kind == Kind::slice;
    if (!slice) {
      s.set_in(input, in[i]);
    } else if (s.in(input).ndim_known()) {
      s.set_in(input, of_slices(s.in(input), in[i], steps));
    }
  }
  for (int o = 0; o < body.graph->num_outputs(); ++o) {
    const bool stacked = o < body.num_out_data;
    s.set_out(o, stacked ? with_steps(out[at(o)], steps) : out[at(o)]);
  }
  s.set_out(body.graph->num_outputs(), {1});
}

}  // namespace gluino
