#include <gluino/graph/frozen/frozen_runs.h>
#include <gluino/graph/symbol/indexed_graph.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <utility>

namespace gluino::graph {

FrozenRuns::FrozenRuns(const KnownGraph& known, const std::vector<std::string>& inputs,
                       std::span<const NDArray> like, const Context& context) {
  CompileOptions options;
  options.context = context;
  for (const std::string& name : known.symbol.list_inputs()) {
    const auto found = known.params.find(name);
    const bool is_input = found == known.params.end();
    const auto place = std::find(inputs.begin(), inputs.end(), name) - inputs.begin();
    const NDArray& array = is_input ? like[static_cast<std::size_t>(place)] : found->second;
    constants_.push_back(is_input ? NDArray() : array);
    input_of_.push_back(is_input ? static_cast<int>(place) : -1);
    options.shapes.push_back(array.shape());
    options.types.push_back(array.dtype());
  }
  find_states(known);
  options.requests.assign(constants_.size(), GradReq::null);
  options.passes = passes_enabled();
  plan_ = std::make_shared<const Plan>(compile(known.symbol, options));
}

void FrozenRuns::find_states(const KnownGraph& known) {
  std::set<std::string> names;
  for (const auto& item : IndexedGraph(known.symbol.entries()).items) {
    const Node& node = *item.node;
    if (node.is_variable() || !node.op->with_state) continue;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const bool state = node.op->is_state(node.options.get(), static_cast<int>(i));
      if (state) names.insert(node.inputs[i].node->name);
    }
  }
  int v = 0;
  for (const std::string& name : known.symbol.list_inputs()) {
    if (names.contains(name) && input_of_[static_cast<std::size_t>(v)] < 0) states_.push_back(v);
    ++v;
  }
}

std::unique_ptr<GraphRun> FrozenRuns::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto run = std::move(idle_.back());
      idle_.pop_back();
      return run;
    }
  }
  return make_run();
}

std::unique_ptr<GraphRun> FrozenRuns::make_run() const {
  auto run = std::make_unique<GraphRun>(plan_);
  for (std::size_t v = 0; v < constants_.size(); ++v) {
    if (input_of_[v] < 0) run->set(plan_->externals.variable(static_cast<int>(v)), constants_[v]);
  }
  return run;
}

void FrozenRuns::give_back(std::unique_ptr<GraphRun> run) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(run));
}

}  // namespace gluino::graph
