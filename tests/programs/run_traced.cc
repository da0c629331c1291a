#include <gluino/graph/run/cached_op.h>
#include <gluino/graph/run/tracer.h>

#include <map>
#include <optional>
#include <utility>

#include "programs/analysis.h"
#include "programs/ways.h"

namespace gluino::programs {
namespace {

// A graph has at least one input, and each is another array.
bool is_traceable(const Program& program) {
  const auto alive = alive_nodes(program);
  bool any = false;
  for (std::size_t i = 0; i < alive.size(); ++i) {
    any = any || (alive[i] && is_variable(program.nodes[i].kind));
  }
  return any && !shares_data(program);
}

// A trace of the program, called like an operator; another one for other shapes and modes.
class Traced final : public Network {
 public:
  explicit Traced(const Program& program) : program_(program) {}

  std::vector<NDArray> forward(const std::vector<NDArray>& variables) override {
    std::string key = str(autograd::is_training(), autograd::is_recording());
    for (const int i : nodes_of(program_, Kind::data)) {
      key += variables[static_cast<std::size_t>(i)].shape().to_string();
    }
    auto found = traces_.find(key);
    if (found == traces_.end()) found = traces_.emplace(key, trace(variables)).first;
    std::vector<NDArray> inputs;
    for (const Tracer::Variable& input : found->second.inputs) {
      const bool captured = input.input < 0;
      inputs.push_back(captured ? input.array : at(variables, input.input));
    }
    // Those before the heads see to states and random numbers.
    auto outputs = found->second.op(inputs);
    outputs.erase(outputs.begin(),
                  outputs.end() - static_cast<std::ptrdiff_t>(program_.heads.size()));
    return outputs;
  }
  bool may_refuse_second_backward() const override { return true; }

 private:
  struct Trace {
    CachedOp op;
    std::vector<Tracer::Variable> inputs;
  };

  // Inputs are numbered as they are added.
  const NDArray& at(const std::vector<NDArray>& variables, int input) const {
    int number = 0;
    for (std::size_t i = 0; i < variables.size(); ++i) {
      if (is_variable(program_.nodes[i].kind) && number++ == input) return variables[i];
    }
    fail("no input ", input);
  }

  Trace trace(const std::vector<NDArray>& variables) const {
    Tracer tracer;
    std::vector<NDArray> stand_ins(variables.size());
    for (int i = 0; i < program_.size(); ++i) {
      const auto place = static_cast<std::size_t>(i);
      if (!is_variable(program_.nodes[place].kind)) continue;
      stand_ins[place] = tracer.add_input(variables[place], name_of(i));
    }
    auto heads = heads_of(program_, replay(program_, stand_ins));
    stand_ins.clear();
    auto graph = tracer.finish(std::move(heads), [](const NDArray&) { return std::nullopt; });
    return {CachedOp(graph.program), std::move(graph.variables)};
  }

  const Program& program_;
  std::map<std::string, Trace> traces_;
};

}  // namespace

Way traced_way() {
  return {.name = "traced",
          .takes = is_traceable,
          .may_refuse = is_not_a_graph,
          .run = [](const Program& program) {
            Traced network(program);
            return run_arrays(program, network);
          }};
}

}  // namespace gluino::programs
