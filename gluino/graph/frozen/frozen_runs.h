#pragma once

#include <gluino/base/fork.h>
#include <gluino/graph/frozen/freeze_passes.h>
#include <gluino/graph/run/graph_run.h>
#include <gluino/graph/run/plan.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

/// A frozen graph compiled for inputs of some shapes and types; the room's own.
namespace gluino::graph {

class FrozenRuns {
 public:
  /// `inputs` names the variables that are given in each call; `like` are arrays such as those.
  FrozenRuns(const KnownGraph& known, const std::vector<std::string>& inputs,
             std::span<const NDArray> like, const Context& context);

  const Plan& plan() const { return *plan_; }

  /// A run that nobody else uses, which knows the parameters; back to the others when the last who
  /// holds it lets go.
  class Lease {
   public:
    explicit Lease(FrozenRuns& runs) : runs_(runs), run_(runs.take()) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() { runs_.give_back(std::move(run_)); }
    GraphRun* operator->() const { return run_.get(); }

   private:
    FrozenRuns& runs_;
    std::unique_ptr<GraphRun> run_;
  };

  /// A run beside the others, which knows the parameters.
  std::unique_ptr<GraphRun> make_run() const;

  /// Calls f(number of the variable, array) for each state of users' operators, which may write to
  /// them: a call gets copies.
  template <class F>
  void for_states(F f) const {
    for (const int v : states_) f(v, constants_[static_cast<std::size_t>(v)]);
  }

  /// Calls f(number of the variable, number of the input) for each variable that is an input.
  template <class F>
  void for_inputs(F f) const {
    for (std::size_t v = 0; v < input_of_.size(); ++v) {
      if (input_of_[v] >= 0) f(static_cast<int>(v), static_cast<std::size_t>(input_of_[v]));
    }
  }

 private:
  void find_states(const KnownGraph& known);
  std::unique_ptr<GraphRun> take();
  void give_back(std::unique_ptr<GraphRun> run);

  std::shared_ptr<const Plan> plan_;
  /// Per variable of the graph: the array, or (not defined) the number of the input in `input_of_`.
  std::vector<NDArray> constants_;
  std::vector<int> input_of_;
  std::vector<int> states_;
  ForkMutex mutex_;
  std::vector<std::unique_ptr<GraphRun>> idle_;
};

}  // namespace gluino::graph
