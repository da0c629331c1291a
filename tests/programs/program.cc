#include "programs/program.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace gluino::programs {

Value Program::add(Node node) {
  if (is_variable(node.kind) && node.variable.seed < 0) node.variable.seed = size();
  nodes.push_back(std::move(node));
  return {size() - 1, 0};
}

Value Program::data(const Shape& shape, const VariableOptions& options) {
  return add({.kind = Kind::data, .shape = shape, .variable = options});
}

Value Program::parameter(const Shape& shape, const VariableOptions& options) {
  return add({.kind = Kind::parameter, .shape = shape, .variable = options});
}

Value Program::constant(const Shape& shape, VariableOptions options) {
  options.req = GradReq::null;
  return add({.kind = Kind::constant, .shape = shape, .variable = options});
}

Value Program::state(const Shape& shape, VariableOptions options) {
  options.req = GradReq::null;
  return add({.kind = Kind::state, .shape = shape, .variable = options});
}

Value Program::call(const std::string& op, const Attributes& attributes,
                    const std::vector<Value>& inputs, const std::vector<Mode>& modes) {
  const Op& found = Op::get(op);
  return add({.kind = Kind::call,
              .op = &found,
              .options = found.parse_options(attributes),
              .inputs = inputs,
              .modes = modes});
}

Value Program::reshape(Value x, const Shape& codes, const std::vector<Mode>& modes) {
  return add({.kind = Kind::reshape, .shape = codes, .inputs = {x}, .modes = modes});
}

Value Program::slice(Value x, std::int64_t begin, std::int64_t end,
                     const std::vector<Mode>& modes) {
  return add({.kind = Kind::slice, .inputs = {x}, .begin = begin, .end = end, .modes = modes});
}

Value Program::at(Value x, std::int64_t index, const std::vector<Mode>& modes) {
  return add({.kind = Kind::at, .inputs = {x}, .begin = index, .modes = modes});
}

Value Program::detach(Value x, const std::vector<Mode>& modes) {
  return add({.kind = Kind::detach, .inputs = {x}, .modes = modes});
}

void Program::assign(Value x, int seed, const std::vector<Mode>& modes) {
  add({.kind = Kind::assign, .variable = {.seed = seed}, .inputs = {x}, .modes = modes});
}

Context& place() {
  static thread_local Context context = cpu();
  return context;
}

NDArray draw(const Program& program, int node, const Step& step) {
  const Node& variable = program.nodes[static_cast<std::size_t>(node)];
  Shape shape = variable.shape;
  unsigned seed = 1000 + 17 * static_cast<unsigned>(variable.variable.seed);
  if (variable.kind == Kind::data) {
    if (variable.variable.batched && step.rows != 0) shape[0] = step.rows;
    seed += 1009 * step.draw;
  }
  return testing::filled({shape, variable.variable.fill}, program.dtype, seed)
      .as_in_context(place());
}

NDArray rubbish(const Program& program, int node, const Shape& shape) {
  return testing::filled({shape, {Fill::Kind::uniform, -9, 9}}, program.dtype,
                         77 + static_cast<unsigned>(node))
      .as_in_context(place());
}

namespace {

std::vector<NDArray> run(const Node& node, const std::vector<NDArray>& in) {
  switch (node.kind) {
    case Kind::reshape:
      return {in[0].reshape(node.shape)};
    case Kind::slice:
      return {in[0].slice(node.begin, node.end)};
    case Kind::at:
      return {in[0][node.begin]};
    case Kind::detach:
      return {in[0].detach()};
    case Kind::assign:
      return {in[0].assign(numbers_of(node, in[0]))};
    default:
      return apply_all(*node.op, node.options.get(), in);
  }
}

// Opens scopes, the outermost first, and runs a node inside of them.
std::vector<NDArray> run_in(std::span<const Mode> modes, const Node& node,
                            const std::vector<NDArray>& in) {
  if (modes.empty()) return run(node, in);
  const auto open = [&]() -> autograd::Scope {
    switch (modes[0]) {
      case Mode::record:
        return autograd::record();
      case Mode::pause:
        return autograd::pause();
      case Mode::train:
        return autograd::train_mode();
      default:
        return autograd::predict_mode();
    }
  };
  const autograd::Scope scope = open();
  return run_in(modes.subspan(1), node, in);
}

}  // namespace

std::vector<NDArray> run_node(const Node& node, const std::vector<NDArray>& inputs) {
  return run_in(node.modes, node, inputs);
}

NDArray numbers_of(const Node& assign, const NDArray& target) {
  const auto seed = 500 + static_cast<unsigned>(assign.variable.seed);
  return testing::filled({target.shape()}, target.dtype(), seed).as_in_context(target.context());
}

Values replay(const Program& program, const std::vector<NDArray>& variables, const Values* held,
              const std::vector<bool>& moving) {
  Values values(program.nodes.size());
  for (std::size_t i = 0; i < program.nodes.size(); ++i) {
    const Node& node = program.nodes[i];
    if (is_variable(node.kind)) {
      values[i] = {variables[i]};
      continue;
    }
    std::vector<NDArray> in;
    for (const Value& input : node.inputs) {
      in.push_back(
          values[static_cast<std::size_t>(input.node)][static_cast<std::size_t>(input.output)]);
    }
    const bool holds = held != nullptr && !moving[i];
    // A node that draws takes its numbers, so that the others get theirs.
    const bool draws = node.kind == Kind::call && node.op->random;
    if (!holds || draws) values[i] = run_node(node, in);
    if (holds) values[i] = (*held)[i];
  }
  return values;
}

std::vector<NDArray> heads_of(const Program& program, const Values& values) {
  std::vector<NDArray> heads;
  for (const Value& head : program.heads) {
    heads.push_back(
        values[static_cast<std::size_t>(head.node)][static_cast<std::size_t>(head.output)]);
  }
  return heads;
}

std::vector<int> nodes_of(const Program& program, Kind kind) {
  std::vector<int> found;
  for (int i = 0; i < program.size(); ++i) {
    if (program.nodes[static_cast<std::size_t>(i)].kind == kind) found.push_back(i);
  }
  return found;
}

std::string name_of(int node) { return str("x", node); }
int node_of(const std::string& name) { return std::stoi(name.substr(1)); }

}  // namespace gluino::programs
