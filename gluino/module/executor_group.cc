#include <gluino/base/error.h>
#include <gluino/module/executor_group.h>
#include <gluino/ops/movement/movement.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace gluino::mod {
namespace {

// For how many shapes of the inputs executors are kept beside the first one's: those of the last
// batches of training and evaluation.
constexpr std::size_t kMostOtherShapes = 4;

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

// The array of that name among those of the module that shares its own.
const NDArray& shared_array(const ArrayMap& arrays, const std::string& name, const NDArray& like) {
  const auto found = arrays.find(name);
  check(found != arrays.end(), "bind: shared_module has no parameter ", name);
  const NDArray& array = found->second;
  check(array.shape() == like.shape() && array.dtype() == like.dtype(), "bind: ", name,
        ": expected ", like.dtype(), " ", like.shape(), ", shared_module has ", array.dtype(), " ",
        array.shape());
  return array;
}

// The same executor with the arrays of another, but for the inputs.
template <class IsInput>
Executor sharing(const Executor& own, const Executor& other, const GradReqs& grad_req,
                 IsInput is_input) {
  ArrayMap args = own.arg_dict(), grads = own.grad_dict(), aux = own.aux_dict();
  for (auto& [name, array] : args) {
    if (is_input(name)) continue;
    array = shared_array(other.arg_dict(), name, array);
    const auto gradient = grads.find(name);
    const auto known = other.grad_dict().find(name);
    if (gradient != grads.end() && known != other.grad_dict().end()) {
      gradient->second = known->second;
    }
  }
  for (auto& [name, array] : aux) array = shared_array(other.aux_dict(), name, array);
  return own.symbol().bind(own.context(), args, grads, grad_req, aux);
}

}  // namespace

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

ExecutorGroup::ExecutorGroup(const Symbol& symbol, const std::vector<Context>& contexts,
                             const Inputs& inputs, const std::vector<std::string>& label_names,
                             const GradReqs& grad_req, const ExecutorGroup* shared)
    : symbol_(symbol),
      arguments_(symbol.list_arguments()),
      label_names_(label_names),
      contexts_(contexts),
      first_{inputs, slices_of(inputs), {}},
      others_(kMostOtherShapes) {
  DTypes types;
  for (const auto* descs : {&inputs.data, &inputs.labels}) {
    for (const io::DataDesc& desc : *descs) types.emplace(desc.name, desc.dtype);
  }
  std::erase_if(types, [&](const auto& type) { return !contains(arguments_, type.first); });
  for (std::size_t i = 0; i < contexts.size(); ++i) {
    const Shapes shapes = shapes_of_part(inputs, first_.slices[i]);
    const Executor own = symbol.simple_bind(contexts[i], shapes, grad_req, types);
    const auto is_input = [&](const std::string& name) {
      return shapes.contains(name) || contains(label_names, name);
    };
    first_.executors.push_back(
        shared == nullptr ? own : sharing(own, shared->executors()[i], grad_req, is_input));
  }
}

void ExecutorGroup::reshape(const Inputs& inputs) {
  if (inputs == now().inputs) return;
  const auto same = [&](const Bound& bound) { return bound.inputs == inputs; };
  const Bound* next = same(first_) ? &first_ : others_.find(same);
  graph::RecentlyUsed<Bound>::Dropped dropped;  // perhaps what is bound now
  if (next == nullptr) {
    dropped = others_.add(reshaped(inputs));
    next = &others_.front();
  }
  for (const mon::Monitor& monitor : monitors_) {
    for (const Executor& executor : now().executors) monitor.set_aside(executor);
    for (const Executor& executor : next->executors) monitor.install(executor);
  }
  now_ = next;
}

ExecutorGroup::Bound ExecutorGroup::reshaped(const Inputs& inputs) const {
  Bound bound{inputs, slices_of(inputs), {}};
  const std::vector<Executor>& first = first_.executors;
  for (std::size_t i = 0; i < first.size(); ++i) {
    Shapes shapes = shapes_of_part(inputs, bound.slices[i]);
    add_other_labels(shapes);
    bound.executors.push_back(first[i].reshape(shapes, {.allow_up_sizing = true}));
  }
  return bound;
}

std::vector<ExecutorGroup::Slice> ExecutorGroup::slices_of(const Inputs& inputs) const {
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
  std::vector<Slice> slices;
  for (std::size_t i = 0; i < contexts_.size(); ++i) {
    const auto part = static_cast<std::int64_t>(i);
    const std::int64_t begin = std::min(part * share, size);
    const std::int64_t end = i + 1 == contexts_.size() ? size : std::min(begin + share, size);
    check(begin < end || contexts_.size() == 1, "a batch of ", size, " cannot be split over ",
          contexts_.size(), " contexts: some would get nothing");
    slices.push_back({begin, end});
  }
  return slices;
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
  const std::vector<NDArray>& bound = first_.executors[0].arg_arrays();
  for (std::size_t i = 0; i < arguments_.size(); ++i) {
    if (contains(label_names_, arguments_[i])) shapes.emplace(arguments_[i], all[i]);
    check(shapes.contains(arguments_[i]) || bound[i].shape() == all[i],
          "the data do not fit the parameter ", arguments_[i], " of shape ", bound[i].shape(),
          ", which would have to be ", all[i]);
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
    for (std::size_t k = 0; k < executors().size(); ++k) {
      const auto target = executors()[k].arg_dict().find(descs[i].name);
      if (target == executors()[k].arg_dict().end()) continue;
      part_of(arrays[i], axis, now().slices[k]).copyto(target->second);
    }
  }
}

void ExecutorGroup::forward(const io::DataBatch& batch, bool is_train) const {
  load(batch.data, inputs().data);
  if (!batch.label.empty() && !inputs().labels.empty()) load(batch.label, inputs().labels);
  for (const Executor& executor : executors()) executor.forward(is_train);
}

int ExecutorGroup::output_axis(std::size_t output) const {
  const auto layout = symbol_[output].attr("__layout__");
  return layout.has_value() ? io::DataDesc::get_batch_axis(*layout) : 0;
}

void ExecutorGroup::backward(const std::vector<NDArray>& out_grads) const {
  const std::size_t outputs = symbol_.num_outputs();
  check(out_grads.empty() || out_grads.size() == outputs, "backward: expected ", outputs,
        " gradients, one per output, got ", out_grads.size());
  for (std::size_t k = 0; k < executors().size(); ++k) {
    std::vector<NDArray> parts;
    parts.reserve(out_grads.size());
    for (std::size_t i = 0; i < out_grads.size(); ++i) {
      parts.push_back(
          part_of(out_grads[i], output_axis(i), now().slices[k]).as_in_context(contexts_[k]));
    }
    executors()[k].backward(parts);
  }
}

void ExecutorGroup::update_metric(metric::EvalMetric& metric,
                                  const std::vector<NDArray>& labels) const {
  check(inputs().labels.empty() || labels.size() == inputs().labels.size(),
        "update_metric: expected ", inputs().labels.size(), " labels, got ", labels.size());
  for (std::size_t k = 0; k < executors().size(); ++k) {
    std::vector<NDArray> parts;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      const int axis = inputs().labels.empty() ? 0 : batch_axis(inputs().labels[i]);
      parts.push_back(part_of(labels[i], axis, now().slices[k]));
    }
    metric.update(parts, executors()[k].outputs());
  }
}

void ExecutorGroup::install_monitor(const mon::Monitor& monitor) {
  for (const Executor& executor : now().executors) monitor.install(executor);
  const auto same = [&](const mon::Monitor& known) { return known.same_as(monitor); };
  std::erase_if(monitors_, same);
  monitors_.push_back(monitor);
}

void ExecutorGroup::take_monitors(ExecutorGroup& before) {
  for (const mon::Monitor& monitor : std::exchange(before.monitors_, {})) {
    for (const Executor& executor : before.executors()) monitor.set_aside(executor);
    install_monitor(monitor);
  }
}

ExecutorGroup::PerContext ExecutorGroup::outputs() const {
  PerContext outputs(symbol_.num_outputs());
  for (const Executor& executor : executors()) {
    for (std::size_t i = 0; i < outputs.size(); ++i) outputs[i].push_back(executor.outputs()[i]);
  }
  return outputs;
}

ExecutorGroup::PerContext ExecutorGroup::data_grads() const {
  PerContext grads;
  for (const io::DataDesc& desc : inputs().data) {
    grads.emplace_back();
    for (const Executor& executor : executors()) {
      const auto grad = executor.grad_dict().find(desc.name);
      grads.back().push_back(grad == executor.grad_dict().end() ? NDArray() : grad->second);
    }
  }
  return grads;
}

std::vector<NDArray> ExecutorGroup::merged_outputs() const {
  std::vector<int> axes;
  axes.reserve(symbol_.num_outputs());
  for (std::size_t i = 0; i < symbol_.num_outputs(); ++i) axes.push_back(output_axis(i));
  return merged(outputs(), axes);
}

std::vector<NDArray> ExecutorGroup::merged_data_grads() const {
  std::vector<int> axes;
  for (const io::DataDesc& desc : inputs().data) axes.push_back(batch_axis(desc));
  return merged(data_grads(), axes);
}

}  // namespace gluino::mod
