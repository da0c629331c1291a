#include <gluino/amp/amp.h>
#include <gluino/base/error.h>
#include <gluino/base/profiler.h>
#include <gluino/graph/run/graph_run.h>
#include <gluino/graph/run/stop_check.h>
#include <gluino/ndarray/device.h>
#include <gluino/ndarray/storage.h>
#include <gluino/ops/core/accumulate.h>
#include <gluino/ops/core/invoke.h>

#include <algorithm>
#include <utility>

namespace gluino::graph {
namespace {

std::size_t bytes_of(const Tensor& tensor) {
  return static_cast<std::size_t>(tensor.size()) * size_of(tensor.dtype);
}

// What an array from outside is called in errors.
std::string name_of(const Plan& plan, int external) {
  const Externals& numbers = plan.externals;
  if (external < numbers.num_variables) {
    return "the array " + plan.symbol.list_inputs()[static_cast<std::size_t>(external)];
  }
  return str("output ", external - numbers.output(0));
}

}  // namespace

GraphRun::GraphRun(std::shared_ptr<const Plan> plan) : plan_(std::move(plan)) {
  memory_ =
      NDArray({static_cast<std::int64_t>(plan_->memory.planned_bytes)}, uint8, plan_->context);
  externals_.resize(static_cast<std::size_t>(plan_->externals.count()));
  versions_.resize(externals_.size());
  slots_of_.resize(externals_.size());
  tensors_.reserve(plan_->slots.size());
  auto* const memory = static_cast<std::byte*>(memory_.data());
  for (const Slot& slot : plan_->slots) {
    Tensor tensor{nullptr, slot.shape, slot.dtype};
    if (slot.buffer >= 0) {
      const Buffer& buffer = plan_->buffers[static_cast<std::size_t>(slot.buffer)];
      if (buffer.external < 0) {
        tensor.data = memory + buffer.offset;
      } else {
        slots_of_[static_cast<std::size_t>(buffer.external)].push_back(
            static_cast<int>(tensors_.size()));
      }
    }
    tensors_.push_back(tensor);
  }
  for (const Step& step : plan_->forward) {
    if (step.node == nullptr || !step.node->op->with_state) continue;
    stateful_[step.node] = step.node->op->with_state(step.node->options.get(), plan_->context);
  }
  for (const Step& step : plan_->forward) {
    const bool computes = step.kind == Step::Kind::forward && step.node->op->check_labels;
    if (!computes) continue;
    const auto slot = static_cast<std::size_t>(step.in.begin + step.node->op->label_input);
    const int buffer = plan_->slots[slot].buffer;
    // An output that labels another operator is only computed later.
    const int external = plan_->buffers[static_cast<std::size_t>(buffer)].external;
    const bool given = external >= 0 && external < plan_->externals.num_variables;
    if (given) with_labels_.push_back(&step);
  }
}

void GraphRun::check_labels() const {
  for (const Step* const step : with_labels_) {
    const LayerName layer(step->node->name);
    step->node->op->check_labels(options_of(*step->node),
                                 {tensors(step->in), tensors(step->out), training_});
  }
}

const void* GraphRun::options_of(const Node& node) const {
  if (!node.op->with_state) return node.options.get();
  return stateful_.at(&node).get();
}

void GraphRun::set(int number, const NDArray& array) {
  NDArray& place = externals_[static_cast<std::size_t>(number)];
  if (place.defined() && place.same_as(array)) return;
  place = array;
  set_data(number, array.defined() ? array.data() : nullptr);
}

void GraphRun::set_data(int number, void* data) {
  for (const int slot : slots_of_[static_cast<std::size_t>(number)]) {
    tensors_[static_cast<std::size_t>(slot)].data = data;
  }
}

void GraphRun::forward(bool training) {
  forward_through(training, [](std::size_t /*step*/, FunctionRef<void()> run) { run(); });
}

void GraphRun::backward(bool again) {
  backward_through([](std::size_t /*step*/, FunctionRef<void()> run) { run(); }, again);
}

void GraphRun::forward_through(bool training, Around around) {
  check_labels();
  begin_forward(training);
  const InnerMode mode(training);
  const amp::Scope products = same_products();
  for (std::size_t i = 0; i < plan_->forward.size(); ++i) {
    around(i, [&] { run(plan_->forward[i], false); });
  }
  end_forward();
}

void GraphRun::backward_through(Around around, bool again) {
  begin_backward();
  const InnerMode mode(training_);
  const amp::Scope products = same_products();
  if (!has_forward_) {
    const Executor::MonitorCallback nobody = std::exchange(monitor, nullptr);
    for (const Step& step : plan_->forward) run(step, false);
    monitor = nobody;
  }
  const NDArray kept = again ? memory_.copy() : NDArray();
  has_forward_ = false;
  try {
    for (std::size_t i = 0; i < plan_->backward.size(); ++i) {
      around(i, [&] { run(plan_->backward[i], again); });
    }
  } catch (...) {
    put_back(kept);
    throw;
  }
  put_back(kept);
}

void GraphRun::begin_forward(bool training) {
  training_ = training;
  products_ = amp::dtype();
  has_forward_ = false;
  for (std::size_t i = 0; i < externals_.size(); ++i) {
    if (plan_->uses[i].changed_by_forward && externals_[i].defined()) externals_[i].note_change();
  }
}

void GraphRun::end_forward() {
  has_forward_ = true;
  for (std::size_t i = 0; i < externals_.size(); ++i) {
    const bool watched = plan_->uses[i].read_by_gradient && externals_[i].defined();
    if (watched) versions_[i] = externals_[i].version();
  }
}

void GraphRun::begin_backward() const {
  check(has_forward_ || plan_->repeatable,
        "backward: an earlier backward wrote over what forward has kept, and forward draws random "
        "numbers or changes states; run it again, or pass retain_graph = true to the first "
        "backward");
  for (std::size_t i = 0; i < externals_.size(); ++i) {
    const bool watched = plan_->uses[i].read_by_gradient && externals_[i].defined();
    if (!watched || versions_[i] == externals_[i].version()) continue;
    fail("backward: ", name_of(*plan_, static_cast<int>(i)),
         " was changed in place since forward, and the gradient needs what it was; run forward "
         "again");
  }
  for (std::size_t i = 0; i < externals_.size(); ++i) {
    if (plan_->uses[i].changed_by_gradient && externals_[i].defined()) externals_[i].note_change();
  }
}

void GraphRun::put_back(const NDArray& kept) {
  if (!kept.defined()) return;
  device_memory(plan_->context.device)
      .copy(memory_.data(), plan_->context, kept.data(), plan_->context, memory_.bytes());
  has_forward_ = true;
}

void GraphRun::run(const Step& step, bool again) const {
  end_if_asked();
  const Device device = plan_->context.device;
  if (monitor && monitor_inputs) report_inputs(step);  // the step may write over them
  switch (step.kind) {
    case Step::Kind::forward: {
      const LayerName layer(step.node->name);
      const profiler::Span span("operator", step.node->op->name);
      const Op& op = *step.node->op;
      with_name(op, step.node->name, [&] {
        op.kernels_for(device).forward(options_of(*step.node), {tensors(step.in), tensors(step.out),
                                                                training_, plan_->context});
      });
      break;
    }
    case Step::Kind::gradient: {
      const LayerName layer(step.node->name);
      const profiler::Span span("operator", step.node->op->name, "_backward_");
      const Op& op = *step.node->op;
      with_name(op, step.node->name, [&] {
        op.kernels_for(device).backward(
            options_of(*step.node), {tensors(step.out_grad), tensors(step.in), tensors(step.out),
                                     tensors(step.in_grad), training_, again, plan_->context});
      });
      break;
    }
    case Step::Kind::view:
      break;
    case Step::Kind::copy: {
      const Tensor& from = tensors(step.in)[0];
      device_memory(device).copy(tensors(step.out)[0].data, plan_->context, from.data,
                                 plan_->context, bytes_of(from));
      break;
    }
    case Step::Kind::zero: {
      const Tensor& to = tensors(step.out)[0];
      device_memory(device).fill(to.data, to.dtype, to.size(), 0);
      break;
    }
    case Step::Kind::add: {
      accumulate(tensors(step.in)[0], tensors(step.in)[1], tensors(step.out)[0]);
      break;
    }
  }
  if (monitor) report(step);
}

NDArray GraphRun::array_of(int number) const {
  const Slot& slot = plan_->slots[static_cast<std::size_t>(number)];
  const Buffer& buffer = plan_->buffers[static_cast<std::size_t>(slot.buffer)];
  if (buffer.external >= 0) return external(buffer.external).view(slot.shape);
  const auto start = static_cast<std::byte*>(memory_.data()) - memory_.storage()->data();
  return {memory_.storage(), static_cast<std::size_t>(start) + buffer.offset, slot.shape,
          slot.dtype};
}

// What the k-th input of a step's node is called.
std::string GraphRun::input_name(const Step& step, int k) {
  const auto names = step.node->op->input_names(step.node->options.get(), step.in.count);
  const auto index = static_cast<std::size_t>(k);
  return index < names.size() ? names[index] : std::to_string(k);
}

bool GraphRun::is_present(int slot) const {
  return plan_->slots[static_cast<std::size_t>(slot)].buffer >= 0;
}

void GraphRun::report_inputs(const Step& step) const {
  if (step.node == nullptr || step.in_grad.count > 0) return;
  const Node& node = *step.node;
  for (int i = 0; i < step.in.count; ++i) {
    if (!is_present(step.in.begin + i)) continue;
    const NDArray input = array_of(step.in.begin + i);
    const auto index = static_cast<std::size_t>(i);
    const Node* const from = index < node.inputs.size() ? node.inputs[index].node.get() : nullptr;
    // A variable has a name of its own beside the one that its reader gives it.
    if (from != nullptr && from->is_variable()) monitor(from->name, input);
    monitor(node.told_input(i), input);
  }
}

void GraphRun::report(const Step& step) const {
  if (step.node == nullptr) return;
  const Node& node = *step.node;
  // Of those kept for the gradient MXNet tells, too, where it has them: a BatchNorm's mean.
  const bool counted = !node.is_variable() && node.op->outputs_in_files;
  const int known = counted ? node.op->outputs_in_files(node.options.get()) : 0;
  const int told = std::min(step.out.count, std::max(node.num_visible_outputs(), known));
  for (int i = 0; i < told && step.in_grad.count == 0; ++i) {
    if (is_present(step.out.begin + i)) monitor(node.output_name(i), array_of(step.out.begin + i));
  }
  for (int i = 0; i < step.in_grad.count; ++i) {
    if (!is_present(step.in_grad.begin + i)) continue;
    monitor(node.name + "_backward_" + input_name(step, i), array_of(step.in_grad.begin + i));
  }
}

}  // namespace gluino::graph
