#include <gluino/graph/frozen/frozen.h>
#include <gluino/graph/int8/quantize.h>

#include <algorithm>
#include <utility>

#include "programs/analysis.h"
#include "programs/generate.h"
#include "programs/ways.h"

namespace gluino::programs {
namespace {

bool is_frozen(const Program& program) {
  return is_symbolic(program) && (is_in_graph_order(program) || !depends_on_order(program)) &&
         std::any_of(program.script.begin(), program.script.end(),
                     [](const Step& step) { return !step.training && step.backwards == 0; });
}

// Layers of bytes, which have parameters; in float32, as users train.
bool is_quantizable(const Program& program) {
  return program.dtype == float32 && is_frozen(program) && !is_random(program) &&
         !nodes_of(program, Kind::data).empty() &&
         std::any_of(program.nodes.begin(), program.nodes.end(), [](const Node& node) {
           return node.op != nullptr && has_parameters(*node.op);
         });
}

// Trains eagerly; steps of inference alone run through a graph frozen there.
class Frozen final : public Network {
 public:
  Frozen(const Program& program, bool quantizes)
      : program_(program), symbol_(to_symbol(program)), quantizes_(quantizes) {}

  std::vector<NDArray> forward(const std::vector<NDArray>& variables) override {
    if (autograd::is_training() || autograd::is_recording()) {
      return heads_of(program_, replay(program_, variables));
    }
    const auto arguments = symbol_.list_inputs();
    const auto states = symbol_.list_auxiliary_states();
    const auto among = [](const auto& names, const std::string& name) {
      return std::find(names.begin(), names.end(), name) != names.end();
    };
    ArrayMap args, aux, data;
    for (int i = 0; i < program_.size(); ++i) {
      const Node& node = program_.nodes[static_cast<std::size_t>(i)];
      if (!is_variable(node.kind) || !among(arguments, name_of(i))) continue;
      const NDArray& value = variables[static_cast<std::size_t>(i)];
      (node.kind == Kind::data ? data : among(states, name_of(i)) ? aux : args)[name_of(i)] = value;
    }
    const FrozenGraph graph(symbol_, args, aux, {.context = place()});
    std::vector<NDArray> inputs;
    for (const std::string& name : graph.inputs()) inputs.push_back(data.at(name));
    return quantizes_ && !inputs.empty() ? quantize(graph, {inputs})(inputs) : graph(inputs);
  }

 private:
  const Program& program_;
  Symbol symbol_;
  bool quantizes_;
};

}  // namespace

Way frozen_way() {
  return {.name = "frozen", .exact = false, .takes = is_frozen, .run = [](const Program& program) {
            Frozen network(program, false);
            return run_arrays(program, network);
          }};
}

Way quantized_way() {
  return {.name = "quantized",
          .exact = false,
          .tolerance = 0.03,
          .shake = 0.01,
          .takes = is_quantizable,
          .run = [](const Program& program) {
            Frozen network(program, true);
            return run_arrays(program, network);
          }};
}

}  // namespace gluino::programs
