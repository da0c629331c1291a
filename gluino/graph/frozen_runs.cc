#include <gluino/amp/amp.h>
#include <gluino/graph/frozen_runs.h>

#include <algorithm>
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
  options.requests.assign(constants_.size(), GradReq::null);
  options.passes = passes_enabled();
  plan_ = std::make_shared<const Plan>(compile(known.symbol, options));
}

bool FrozenRuns::fits(std::span<const NDArray> inputs) const {
  bool same = plan_->products == amp::dtype();
  for_inputs([&](int variable, std::size_t input) {
    const Slot& slot = plan_->variables[static_cast<std::size_t>(variable)];
    same = same && slot.shape == inputs[input].shape() && slot.dtype == inputs[input].dtype();
  });
  return same;
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
