// Loops and branches on arrays, step by step; and as one node where a graph is being traced.
#include <gluino/ops/control/contrib.h>
#include <gluino/ops/control/traced_control-inl.h>
#include <gluino/ops/core/tracing_recorder.h>
#include <gluino/ops/movement/movement.h>
#include <gluino/ops/movement/slice_channel.h>

#include <utility>

namespace gluino {
namespace {

using nd::contrib::Arrays;
using nd::contrib::Step;

bool is_true(const char* what, const NDArray& number) {
  check(number.defined() && number.size() == 1, what, ": expected one number, got ",
        number.defined() ? str("shape ", number.shape()) : "no array");
  return number.asscalar<double>() != 0;
}

// All slices along axis 0, by one operator: so the gradient of the data is put together once.
std::vector<NDArray> slices_of(const NDArray& data) {
  return ops::SliceChannel(
      data, {.num_outputs = data.shape()[0], .axis = 0, .squeeze_axis = data.ndim() > 1});
}

std::int64_t num_steps(const Arrays& data) {
  check(!data.empty(), "foreach: data: expected at least one array");
  for (std::size_t i = 0; i < data.size(); ++i) {
    check(data[i].defined(), "foreach: data ", i, " refers to no array");
    check(data[i].ndim() > 0 && data[i].shape()[0] > 0, "foreach: data ", i, " of shape ",
          data[i].shape(), " has nothing along axis 0, so the loop has no step");
    check(data[i].shape()[0] == data[0].shape()[0], "foreach: data ", i, " has ",
          data[i].shape()[0], " along axis 0, data 0 has ", data[0].shape()[0]);
  }
  return data[0].shape()[0];
}

// What the steps give, to be stacked.
class StepOutputs {
 public:
  explicit StepOutputs(const char* loop) : loop_(loop) {}

  void add(const Arrays& outputs) {
    if (steps_++ == 0) {
      form_ = outputs;
      rows_.resize(outputs.size());
    }
    check(outputs.size() == rows_.size(), loop_, ": step ", steps_ - 1, " gives ", outputs.size(),
          " outputs, the first ", rows_.size());
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const NDArray& first = rows_[i].empty() ? outputs[i] : rows_[i][0];
      check(outputs[i].defined() && outputs[i].shape() == first.shape() &&
                outputs[i].dtype() == first.dtype(),
            loop_, ": output ", i, " of step ", steps_ - 1, ": expected ", first.dtype(), " ",
            first.shape(), " as of the first step, got ",
            outputs[i].defined() ? str(outputs[i].dtype(), " ", outputs[i].shape()) : "no array");
      rows_[i].push_back(outputs[i]);
    }
  }

  /// Filled up with zeros to `length` steps.
  Arrays stacked(std::int64_t length) const {
    std::vector<NDArray> all;
    for (const std::vector<NDArray>& row : rows_) {
      NDArray stacked = ops::stack(row);
      if (stacked.shape()[0] < length) {
        Shape rest = stacked.shape();
        rest[0] = length - rest[0];
        const NDArray zeros(rest, stacked.dtype(), stacked.context());
        zeros.assign(0.0);
        stacked = ops::concat(std::vector<NDArray>{stacked, zeros}, {.dim = 0});
      }
      all.push_back(stacked);
    }
    return {std::move(all), form_};
  }

 private:
  const char* loop_;
  std::int64_t steps_ = 0;
  Arrays form_;
  std::vector<std::vector<NDArray>> rows_;
};

}  // namespace

Step nd::contrib::foreach (const ForeachBody<NDArray>& body, const Arrays& data,
                           const Arrays& init_states) {
  check(body != nullptr, "foreach: body: expected a function, got none");
  const std::int64_t steps = num_steps(data);
  if (TracingRecorder* tracer = TracingRecorder::current(); tracer != nullptr) {
    if (auto traced = traced_foreach(*tracer, body, data, init_states)) return *traced;
  }
  std::vector<std::vector<NDArray>> slices;
  slices.reserve(data.size());
  for (const NDArray& one : data) slices.push_back(slices_of(one));
  StepOutputs outputs("foreach");
  Arrays states = init_states;
  for (std::int64_t i = 0; i < steps; ++i) {
    std::vector<NDArray> row;
    row.reserve(slices.size());
    for (const auto& one : slices) row.push_back(one[static_cast<std::size_t>(i)]);
    Step step = body(Arrays(std::move(row), data), states);
    check_states("foreach", step.states, states);
    outputs.add(step.outputs);
    states = Arrays(step.states.all(), init_states);
  }
  return {outputs.stacked(steps), states};
}

Step nd::contrib::while_loop(const LoopCondition<NDArray>& cond, const LoopFunction<NDArray>& func,
                             const Arrays& loop_vars, const WhileLoopLimits& limits) {
  check(cond != nullptr, "while_loop: cond: expected a function, got none");
  check(func != nullptr, "while_loop: func: expected a function, got none");
  const std::int64_t most = max_iterations_of(limits);
  check(!loop_vars.empty(), "while_loop: loop_vars: expected at least one array");
  if (TracingRecorder* tracer = TracingRecorder::current(); tracer != nullptr) {
    return traced_while_loop(*tracer, cond, func, loop_vars, most);
  }
  StepOutputs outputs("while_loop");
  Arrays variables = loop_vars;
  for (std::int64_t i = 0; i < most; ++i) {
    if (!is_true("while_loop: cond", cond(variables))) break;
    Step step = func(variables);
    check_states("while_loop", step.states, variables);
    outputs.add(step.outputs);
    variables = Arrays(step.states.all(), loop_vars);
  }
  return {outputs.stacked(most), variables};
}

Arrays nd::contrib::cond(const NDArray& pred, const Branch<NDArray>& then_func,
                         const Branch<NDArray>& else_func) {
  check(then_func != nullptr, "cond: then_func: expected a function, got none");
  check(else_func != nullptr, "cond: else_func: expected a function, got none");
  if (TracingRecorder* tracer = TracingRecorder::current(); tracer != nullptr) {
    return traced_cond(*tracer, pred, then_func, else_func);
  }
  return is_true("cond: pred", pred) ? then_func() : else_func();
}

}  // namespace gluino
