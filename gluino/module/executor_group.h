#pragma once

#include <gluino/graph/run/executor.h>
#include <gluino/graph/run/recently_used.h>
#include <gluino/io/iterators/data_iter.h>
#include <gluino/metric/metric.h>
#include <gluino/module/monitor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace gluino::mod {

bool contains(const std::vector<std::string>& names, const std::string& name);

/// What comes from outside with each batch.
struct Inputs {
  std::vector<io::DataDesc> data;
  std::vector<io::DataDesc> labels;
  friend bool operator==(const Inputs&, const Inputs&) = default;
};

/// One symbol bound on several contexts: each computes a part of every batch. The parts follow each
/// other in the contexts' order and are of equal size, but for the last.
class ExecutorGroup {
 public:
  /// `label_names` are the labels that the symbol may have; those that are not among the inputs get
  /// the shapes that follow. With `shared` all arrays but the inputs are those of that group.
  /// Throws Error when the symbol cannot be bound to these shapes, inputs differ in their batch
  /// size, a batch is too small for all contexts to get a part, or `shared` lacks an array.
  ExecutorGroup(const Symbol& symbol, const std::vector<Context>& contexts, const Inputs& inputs,
                const std::vector<std::string>& label_names, const GradReqs& grad_req,
                const ExecutorGroup* shared = nullptr);

  ExecutorGroup(const ExecutorGroup&) = delete;
  ExecutorGroup& operator=(const ExecutorGroup&) = delete;

  /// Goes on with inputs of other shapes and the same parameters, gradients and states. Executors
  /// of the last few shapes are kept, for each epoch ends with another batch.
  void reshape(const Inputs& inputs);

  void forward(const io::DataBatch& batch, bool is_train) const;
  void backward(const std::vector<NDArray>& out_grads) const;
  void update_metric(metric::EvalMetric& metric, const std::vector<NDArray>& labels) const;
  /// Watches the executors, also those that reshape makes later.
  void install_monitor(const mon::Monitor& monitor);
  /// Watches with the monitors of a group that gives way to this one.
  void take_monitors(ExecutorGroup& before);

  /// Each output per context, or the gradients of each of the data.
  using PerContext = std::vector<std::vector<NDArray>>;
  PerContext outputs() const;
  PerContext data_grads() const;
  /// Joined along the batch.
  std::vector<NDArray> merged_outputs() const;
  std::vector<NDArray> merged_data_grads() const;

  const Inputs& inputs() const { return now().inputs; }
  const std::vector<Executor>& executors() const { return now().executors; }
  std::int64_t batch_size() const { return now().slices.back().end; }

 private:
  struct Slice {
    std::int64_t begin;
    std::int64_t end;
  };
  /// What stands for inputs of some shapes: each context's part of the batch, and its executor.
  struct Bound {
    Inputs inputs;
    std::vector<Slice> slices;
    std::vector<Executor> executors;
  };

  const Bound& now() const { return *now_; }
  std::vector<Slice> slices_of(const Inputs& inputs) const;
  Bound reshaped(const Inputs& inputs) const;
  Shapes shapes_of_part(const Inputs& inputs, const Slice& slice) const;
  void add_other_labels(Shapes& shapes) const;
  NDArray part_of(const NDArray& whole, int axis, const Slice& slice) const;
  void load(const std::vector<NDArray>& arrays, const std::vector<io::DataDesc>& descs) const;
  int output_axis(std::size_t output) const;

  Symbol symbol_;
  std::vector<std::string> arguments_;
  std::vector<std::string> label_names_;
  std::vector<Context> contexts_;
  std::vector<mon::Monitor> monitors_;
  /// For the shapes of the beginning, and for others.
  Bound first_;
  graph::RecentlyUsed<Bound> others_;
  const Bound* now_ = &first_;
};

}  // namespace gluino::mod
