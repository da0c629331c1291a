#include <gluino/base/error.h>
#include <gluino/module/executor_group.h>
#include <gluino/ops/movement.h>

#include <algorithm>
#include <cmath>

namespace gluino::mod {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

int batch_axis(const io::DataDesc& desc) {
  const int axis = io::DataDesc::get_batch_axis(desc.layout);
  check(axis < desc.shape.ndim(), desc.name, ": shape ", desc.shape, " has no axis for the batch (",
        desc.layout, ")");
  return axis;
}

std::vector<NDArray> merged(const ExecutorGroup::PerContext& parts, const std::vector<int>& axes) {
  std::vector<NDArray> whole;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].size() == 1 || axes[i] < 0) {
      whole.push_back(parts[i][0]);
      continue;
    }
    std::vector<NDArray> at_first;
    for (const NDArray& part : parts[i]) {
      at_first.push_back(part.as_in_context(parts[i][0].context()));
    }
    whole.push_back(ops::concat(at_first, {.dim = axes[i]}));
  }
  return whole;
}

}  // namespace

ExecutorGroup::ExecutorGroup(const Symbol& symbol, const std::vector<Context>& contexts,
                             const Inputs& inputs, const std::vector<std::string>& label_names,
                             const GradReqs& grad_req)
    : symbol_(symbol),
      arguments_(symbol.list_arguments()),
      label_names_(label_names),
      contexts_(contexts),
      bound_(inputs),
      inputs_(inputs) {
  decide_slices(inputs);
  DTypes types;
  for (const auto* descs : {&inputs.data, &inputs.labels}) {
    for (const io::DataDesc& desc : *descs) types.emplace(desc.name, desc.dtype);
  }
  std::erase_if(types, [&](const auto& type) { return !contains(arguments_, type.first); });
  for (std::size_t i = 0; i < contexts.size(); ++i) {
    executors_.push_back(
        symbol.simple_bind(contexts[i], shapes_of_part(inputs, slices_[i]), grad_req, types));
  }
  first_ = executors_;
}

void ExecutorGroup::reshape(const Inputs& inputs) {
  if (inputs == inputs_) return;
  const std::vector<Slice> before = slices_;
  try {
    decide_slices(inputs);
    std::vector<Executor> executors;
    for (std::size_t i = 0; inputs != bound_ && i < first_.size(); ++i) {
      Shapes shapes = shapes_of_part(inputs, slices_[i]);
      add_other_labels(shapes);
      executors.push_back(first_[i].reshape(shapes, {.allow_up_sizing = true}));
    }
    executors_ = inputs == bound_ ? first_ : std::move(executors);
  } catch (...) {
    slices_ = before;
    throw;
  }
  inputs_ = inputs;
}

void ExecutorGroup::decide_slices(const Inputs& inputs) {
  std::int64_t size = -1;
  for (const auto* descs : {&inputs.data, &inputs.labels}) {
    for (const io::DataDesc& desc : *descs) {
      const int axis = batch_axis(desc);
      if (axis < 0) continue;
      check(size < 0 || desc.shape[axis] == size, desc.name, ": expected a batch of ", size,
            " like that of ", inputs.data[0].name, ", got shape ", desc.shape);
      size = desc.shape[axis];
    }
  }
  check(size >= 0, "bind: none of the inputs has an axis for the batch");
  // MXNet's rule: every context but the last gets the rounded share.
  const auto share = static_cast<std::int64_t>(
      std::nearbyint(static_cast<double>(size) / static_cast<double>(contexts_.size())));
  slices_.clear();
  for (std::size_t i = 0; i < contexts_.size(); ++i) {
    const auto part = static_cast<std::int64_t>(i);
    const std::int64_t begin = std::min(part * share, size);
    const std::int64_t end = i + 1 == contexts_.size() ? size : std::min(begin + share, size);
    check(begin < end || contexts_.size() == 1, "a batch of ", size, " cannot be split over ",
          contexts_.size(), " contexts: some would get nothing");
    slices_.push_back({begin, end});
  }
}

Shapes ExecutorGroup::shapes_of_part(const Inputs& inputs, const Slice& slice) const {
  Shapes shapes;
  for (const auto* descs : {&inputs.data, &inputs.labels}) {
    for (const io::DataDesc& desc : *descs) {
      // Labels of which the symbol knows nothing serve the metric alone.
      if (!contains(arguments_, desc.name)) continue;
      Shape shape = desc.shape;
      const int axis = batch_axis(desc);
      if (axis >= 0) shape[axis] = slice.end - slice.begin;
      shapes.emplace(desc.name, shape);
    }
  }
  return shapes;
}

// A reshaped executor refuses shapes that change without having been named, as weights' must not.
void ExecutorGroup::add_other_labels(Shapes& shapes) const {
  const std::vector<Shape> all = symbol_.infer_shape(shapes).arguments;
  for (std::size_t i = 0; i < arguments_.size(); ++i) {
    if (contains(label_names_, arguments_[i])) shapes.emplace(arguments_[i], all[i]);
  }
}

NDArray ExecutorGroup::part_of(const NDArray& whole, int axis, const Slice& slice) const {
  if (contexts_.size() == 1 || axis < 0) return whole;
  if (axis == 0) return whole.slice(slice.begin, slice.end);
  return ops::slice_axis(whole, {.axis = axis, .begin = slice.begin, .end = slice.end});
}

void ExecutorGroup::load(const std::vector<NDArray>& arrays,
                         const std::vector<io::DataDesc>& descs) const {
  check(arrays.size() == descs.size(), "forward: expected a batch with ", descs.size(),
        " arrays for ", descs.empty() ? "" : descs[0].name, descs.size() > 1 ? " and others" : "",
        ", got ", arrays.size());
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    if (!arrays[i].defined() || arrays[i].shape() != descs[i].shape) {
      fail(descs[i].name, ": expected an array of shape ", descs[i].shape, ", got ",
           arrays[i].defined() ? str(arrays[i].shape()) : "none");
    }
    const int axis = batch_axis(descs[i]);
    for (std::size_t k = 0; k < executors_.size(); ++k) {
      const auto target = executors_[k].arg_dict().find(descs[i].name);
      if (target == executors_[k].arg_dict().end()) continue;
      part_of(arrays[i], axis, slices_[k]).copyto(target->second);
    }
  }
}

void ExecutorGroup::forward(const io::DataBatch& batch, bool is_train) const {
  load(batch.data, inputs_.data);
  if (!batch.label.empty() && !inputs_.labels.empty()) load(batch.label, inputs_.labels);
  for (const Executor& executor : executors_) executor.forward(is_train);
}

int ExecutorGroup::output_axis(std::size_t output) const {
  const auto layout = symbol_[output].attr("__layout__");
  return layout.has_value() ? io::DataDesc::get_batch_axis(*layout) : 0;
}

void ExecutorGroup::backward(const std::vector<NDArray>& out_grads) const {
  const std::size_t outputs = symbol_.num_outputs();
  check(out_grads.empty() || out_grads.size() == outputs, "backward: expected ", outputs,
        " gradients, one per output, got ", out_grads.size());
  for (std::size_t k = 0; k < executors_.size(); ++k) {
    std::vector<NDArray> parts;
    for (std::size_t i = 0; i < out_grads.size(); ++i) {
      parts.push_back(
          part_of(out_grads[i], output_axis(i), slices_[k]).as_in_context(contexts_[k]));
    }
    executors_[k].backward(parts);
  }
}

void ExecutorGroup::update_metric(metric::EvalMetric& metric,
                                  const std::vector<NDArray>& labels) const {
  check(inputs_.labels.empty() || labels.size() == inputs_.labels.size(),
        "update_metric: expected ", inputs_.labels.size(), " labels, got ", labels.size());
  for (std::size_t k = 0; k < executors_.size(); ++k) {
    std::vector<NDArray> parts;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      const int axis = inputs_.labels.empty() ? 0 : batch_axis(inputs_.labels[i]);
      parts.push_back(part_of(labels[i], axis, slices_[k]));
    }
    metric.update(parts, executors_[k].outputs());
  }
}

void ExecutorGroup::install_monitor(const mon::Monitor& monitor) const {
  for (const Executor& executor : first_) monitor.install(executor);
}

ExecutorGroup::PerContext ExecutorGroup::outputs() const {
  PerContext outputs(symbol_.num_outputs());
  for (const Executor& executor : executors_) {
    for (std::size_t i = 0; i < outputs.size(); ++i) outputs[i].push_back(executor.outputs()[i]);
  }
  return outputs;
}

ExecutorGroup::PerContext ExecutorGroup::data_grads() const {
  PerContext grads;
  for (const io::DataDesc& desc : inputs_.data) {
    grads.emplace_back();
    for (const Executor& executor : executors_) {
      const auto grad = executor.grad_dict().find(desc.name);
      grads.back().push_back(grad == executor.grad_dict().end() ? NDArray() : grad->second);
    }
  }
  return grads;
}

std::vector<NDArray> ExecutorGroup::merged_outputs() const {
  std::vector<int> axes;
  for (std::size_t i = 0; i < symbol_.num_outputs(); ++i) axes.push_back(output_axis(i));
  return merged(outputs(), axes);
}

std::vector<NDArray> ExecutorGroup::merged_data_grads() const {
  std::vector<int> axes;
  for (const io::DataDesc& desc : inputs_.data) axes.push_back(batch_axis(desc));
  return merged(data_grads(), axes);
}

}  // namespace gluino::mod
