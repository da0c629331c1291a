#pragma once

#include <gluino/amp/amp.h>
#include <gluino/base/function_ref.h>
#include <gluino/graph/run/executor.h>
#include <gluino/graph/run/plan.h>
#include <gluino/ndarray/ndarray.h>

#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace gluino::graph {

/// The memory of one run of a plan: its own, and the arrays given from outside. Runs of one plan
/// are independent of each other. In the steady state nothing is allocated.
class GraphRun {
 public:
  explicit GraphRun(std::shared_ptr<const Plan> plan);

  /// Says which array the external `number` (see Externals) is; it must have the plan's shape, type
  /// and context. set_data does not keep the array, and cannot show it to a monitor.
  void set(int number, const NDArray& array);
  void set_data(int number, void* data);
  const NDArray& external(int number) const { return externals_[static_cast<std::size_t>(number)]; }

  /// All variables and outputs must be set.
  void forward(bool training);
  /// After forward; all gradients of outputs must be set, and those of variables that are wanted.
  /// It writes over what forward has kept, unless that is wanted `again`; a second one computes it
  /// anew, and throws Error where that is not the same. So it does when an array given by set(),
  /// which the gradient reads, was changed since.
  void backward(bool again = false);

  /// The same, where `around` is called for each step with its number and has to run it.
  using Around = FunctionRef<void(std::size_t number, FunctionRef<void()> run)>;
  void forward_through(bool training, Around around);
  void backward_through(Around around, bool again = false);

  const Plan& plan() const { return *plan_; }

  /// Told of the inputs (if monitor_inputs) of every step before it runs, and of the outputs after,
  /// while they hold. Empty: nobody is.
  Executor::MonitorCallback monitor;
  bool monitor_inputs = false;

 private:
  void run(const Step& step, bool again) const;
  void begin_forward(bool training);
  void end_forward();
  void begin_backward() const;
  // A copy of memory_ from before a gradient went through it becomes what it is; none does nothing.
  void put_back(const NDArray& kept);
  /// Before anything is computed or changed.
  void check_labels() const;
  std::span<const Tensor> tensors(const SlotRange& range) const {
    return std::span(tensors_).subspan(static_cast<std::size_t>(range.begin),
                                       static_cast<std::size_t>(range.count));
  }
  const void* options_of(const Node& node) const;
  // One run computes all its products alike. Whether the processor can, amp has checked.
  amp::Scope same_products() const { return amp::Scope(products_, {.emulate = true}); }
  NDArray array_of(int slot) const;
  bool is_present(int slot) const;
  static std::string input_name(const Step& step, int k);
  void report_inputs(const Step& step) const;
  void report(const Step& step) const;

  std::shared_ptr<const Plan> plan_;
  NDArray memory_;
  std::vector<NDArray> externals_;
  /// One per slot of the plan.
  std::vector<Tensor> tensors_;
  /// Per external, the slots that are it.
  std::vector<std::vector<int>> slots_of_;
  /// The options of nodes that keep something between forward and gradient.
  std::unordered_map<const Node*, std::shared_ptr<const void>> stateful_;
  /// Per external that the gradient reads, its version at the end of forward.
  std::vector<std::uint32_t> versions_;
  /// Steps of forward whose labels are arrays from outside.
  std::vector<const Step*> with_labels_;
  bool training_ = false;
  /// Whether what forward keeps for the gradient is there.
  bool has_forward_ = false;
  /// What products were computed in by the last forward; see amp::init.
  DType products_ = float32;
};

}  // namespace gluino::graph
