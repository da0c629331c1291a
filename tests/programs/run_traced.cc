#include <gluino/graph/cached_op.h>
#include <gluino/graph/tracer.h>

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
    for (const auto& [node, constant] : found->second.inputs) {
      inputs.push_back(node < 0 ? constant : variables[static_cast<std::size_t>(node)]);
    }
    return found->second.op(inputs);
  }
  bool may_refuse_second_backward() const override { return true; }

 private:
  struct Trace {
    CachedOp op;
    /// A variable's node, or, of number -1, what forward made a constant of.
    std::vector<std::pair<int, NDArray>> inputs;
  };

  Trace trace(const std::vector<NDArray>& variables) {
    Tracer tracer(true);
    std::map<std::string, int> nodes;
    for (int i = 0; i < program_.size(); ++i) {
      if (!is_variable(program_.nodes[static_cast<std::size_t>(i)].kind)) continue;
      tracer.add_input(variables[static_cast<std::size_t>(i)], name_of(i));
      nodes[name_of(i)] = i;
    }
    const auto heads = heads_of(program_, replay(program_, variables));
    const Symbol symbol = tracer.finish(heads, [](const NDArray&) { return std::nullopt; });
    std::vector<std::pair<int, NDArray>> inputs;
    for (const std::string& name : symbol.list_inputs()) {
      const auto found = nodes.find(name);
      inputs.emplace_back(found == nodes.end() ? -1 : found->second,
                          tracer.inputs().at(name).array);
    }
    return {CachedOp(symbol), std::move(inputs)};
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
