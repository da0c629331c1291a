#include <algorithm>

#include "programs/analysis.h"
#include "programs/ways.h"

namespace gluino::programs {
namespace {

class Graph {
 public:
  explicit Graph(const Program& program) : program_(program), symbols_(program.nodes.size()) {}

  Symbol make() {
    for (int i = 0; i < program_.size(); ++i) {
      const Node& node = program_.nodes[static_cast<std::size_t>(i)];
      symbols_[static_cast<std::size_t>(i)] = symbol_of(i, node);
    }
    std::vector<Symbol> heads;
    for (const Value& head : program_.heads) heads.push_back(output(head));
    return sym::Group(heads);
  }

 private:
  Symbol output(Value value) const {
    return symbols_[static_cast<std::size_t>(value.node)][static_cast<std::size_t>(value.output)];
  }

  Symbol symbol_of(int number, const Node& node) const {
    if (is_variable(node.kind)) return sym::var(name_of(number));
    const Symbol made = compute(number, node);
    if (effective(node.modes, {}).recording) return made;
    std::vector<Symbol> outputs;
    for (std::size_t i = 0; i < made.num_outputs(); ++i) {
      outputs.push_back(sym::BlockGrad(made[i]));
    }
    return sym::Group(outputs);
  }

  Symbol compute(int number, const Node& node) const {
    std::vector<Symbol> in;
    for (const Value& input : node.inputs) in.push_back(output(input));
    switch (node.kind) {
      case Kind::reshape:
        return sym::reshape(in[0], {.shape = node.shape});
      case Kind::slice:
        return sym::slice_axis(in[0], {.axis = 0, .begin = node.begin, .end = node.end});
      case Kind::at:
        return element(in[0], node.begin);
      case Kind::detach:
        return sym::BlockGrad(in[0]);
      default:
        return apply(*node.op, node.options.get(), in, str("n", number));
    }
  }

  // What NDArray::operator[] gives: of a row of numbers one in a row, else the axis goes.
  Symbol element(const Symbol& x, std::int64_t index) const {
    const Symbol row = sym::slice_axis(x, {.axis = 0, .begin = index, .end = index + 1});
    Shapes known;
    for (const std::string& name : x.list_arguments()) {
      known[name] = program_.nodes[static_cast<std::size_t>(node_of(name))].shape;
    }
    const bool is_row = x.infer_shape(known).outputs[0].ndim() == 1;
    return is_row ? row : sym::reshape(row, {.shape = {-3, -2}});
  }

  const Program& program_;
  std::vector<Symbol> symbols_;
};

}  // namespace

bool is_symbolic(const Program& program) {
  if (has_assigns(program)) return false;
  return std::all_of(program.nodes.begin(), program.nodes.end(), [&](const Node& node) {
    if (!depends_on_mode(node)) return true;
    return std::all_of(program.script.begin(), program.script.end(), [&](const Step& step) {
      return effective(node.modes, {true, step.training}).training == step.training;
    });
  });
}

bool is_not_a_graph(const Program& program) {
  return has_scopes(program) || has_assigns(program) || !nodes_of(program, Kind::detach).empty();
}

Symbol to_symbol(const Program& program) { return Graph(program).make(); }

}  // namespace gluino::programs
