#include <gluino/base/error.h>
#include <gluino/gluon/rnn/recurrent_cell.h>
#include <gluino/ndarray/creation.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/elementwise.h>
#include <gluino/ops/elementwise/unary.h>
#include <gluino/ops/indexing/indexing.h>
#include <gluino/ops/movement/movement.h>
#include <gluino/ops/movement/reshape.h>
#include <gluino/ops/movement/slice_channel.h>

namespace gluino::gluon::rnn {
namespace {

std::int64_t time_axis(const std::string& layout) {
  check(layout == "NTC" || layout == "TNC", "unroll: layout: expected NTC or TNC, got ", layout);
  return layout == "NTC" ? 1 : 0;
}

// The inputs of the steps.
std::vector<NDArray> steps_of(std::int64_t length, const Nested& inputs, std::int64_t axis) {
  check(length > 0, "unroll: length: expected at least 1, got ", length);
  if (inputs.is_list()) {
    check(static_cast<std::int64_t>(inputs.size()) == length, "unroll: expected ", length,
          " inputs, got ", inputs.size());
    return inputs.arrays();
  }
  const NDArray& all = inputs.array();
  check(all.ndim() > 1 && all.shape()[static_cast<int>(axis)] == length, "unroll: expected ",
        length, " steps on axis ", axis, " of the inputs, got ", all.shape());
  return ops::split(all, {.num_outputs = length, .axis = axis, .squeeze_axis = true});
}

// Zeros at the place of x and in its type, float32 for whole numbers, by operators, so that a graph
// can make them.
States zeros_like(const NDArray& x, const std::vector<StateInfo>& info) {
  NDArray none = ops::zeros_like(ops::slice_axis(ops::reshape(x, {.shape = {x.shape()[0], -1}}),
                                                 {.axis = 1, .begin = 0, .end = 1}));
  if (!is_floating(x.dtype())) none = none.astype(float32);
  States states;
  for (const StateInfo& state : info) {
    Shape column = state.shape;
    for (int i = 1; i < column.ndim(); ++i) column[i] = 1;
    states.push_back(
        ops::broadcast_to(ops::reshape(none, {.shape = column}), {.shape = state.shape}));
  }
  return states;
}

// 1 for each sample that has a step of this number, broadcast to the shape of `like`.
NDArray has_step(const NDArray& valid_length, std::int64_t step, const NDArray& like) {
  Shape column = like.shape();
  for (int i = 1; i < column.ndim(); ++i) column[i] = 1;
  const NDArray has = valid_length > static_cast<double>(step);
  return ops::broadcast_to(ops::reshape(has, {.shape = column}), {.shape = like.shape()});
}

}  // namespace

States RecurrentCell::begin_state(std::int64_t batch_size, const Context& context,
                                  DType dtype) const {
  States states;
  for (const StateInfo& state : state_info(batch_size)) {
    states.push_back(nd::zeros(state.shape, dtype, context));
  }
  return states;
}

void RecurrentCell::check_states(const States& states) const {
  const std::size_t expected = state_info().size();
  if (states.size() != expected) {
    fail("[", type_name(), " ", name(), "] expected ", expected, " states, got ", states.size());
  }
}

std::pair<Nested, States> RecurrentCell::unroll(std::int64_t length, const Nested& inputs,
                                                const UnrollOptions& options) {
  const std::int64_t axis = time_axis(options.layout);
  const std::vector<NDArray> steps = steps_of(length, inputs, axis);
  const NDArray& valid_length = options.valid_length;
  States states = options.begin_state;
  if (states.empty()) states = zeros_like(steps[0], state_info(steps[0].shape()[0]));
  std::vector<NDArray> outputs;
  for (std::int64_t t = 0; t < length; ++t) {
    auto [output, next] = (*this)(steps[static_cast<std::size_t>(t)], states);
    if (valid_length.defined()) {
      output = ops::where(has_step(valid_length, t, output), output, ops::zeros_like(output));
      for (std::size_t i = 0; i < next.size(); ++i) {
        next[i] = ops::where(has_step(valid_length, t, next[i]), next[i], states[i]);
      }
    }
    outputs.push_back(output);
    states = std::move(next);
  }
  if (!options.merge_outputs.value_or(valid_length.defined())) return {outputs, states};
  return {ops::stack(outputs, {.axis = axis}), states};
}

SequentialRNNCell& SequentialRNNCell::add(std::shared_ptr<RecurrentCell> cell) {
  register_child(std::to_string(size()), std::move(cell));
  return *this;
}

RecurrentCell& SequentialRNNCell::operator[](std::size_t index) const {
  auto* const cell =
      index < size() ? dynamic_cast<RecurrentCell*>(children()[index].second.get()) : nullptr;
  if (cell == nullptr) {
    fail(type_name(), " ", prefix(), " has ", size(), " cells; there is no cell number ", index);
  }
  return *cell;
}

std::vector<StateInfo> SequentialRNNCell::state_info(std::int64_t batch_size) const {
  std::vector<StateInfo> all;
  for (std::size_t i = 0; i < size(); ++i) {
    const auto info = (*this)[i].state_info(batch_size);
    all.insert(all.end(), info.begin(), info.end());
  }
  return all;
}

std::pair<NDArray, States> SequentialRNNCell::forward(const NDArray& input, const States& states) {
  check_states(states);
  NDArray x = input;
  States all;
  auto first = states.begin();
  for (std::size_t i = 0; i < size(); ++i) {
    RecurrentCell& cell = (*this)[i];
    const auto last = first + static_cast<std::ptrdiff_t>(cell.state_info().size());
    auto [output, next] = cell(x, States(first, last));
    all.insert(all.end(), next.begin(), next.end());
    x = std::move(output);
    first = last;
  }
  return {x, all};
}

}  // namespace gluino::gluon::rnn
