#include <gluino/base/error.h>
#include <gluino/gluon/rnn/recurrent_cell.h>
#include <gluino/gluon/rnn/sequences.h>
#include <gluino/ndarray/creation.h>
#include <gluino/ops/elementwise/elementwise.h>
#include <gluino/ops/elementwise/unary.h>
#include <gluino/ops/movement/movement.h>
#include <gluino/ops/movement/reshape.h>
#include <gluino/ops/movement/slice_channel.h>

#include <algorithm>

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
  States begin = options.begin_state;
  if (begin.empty()) begin = zeros_like(steps[0], state_info(steps[0].shape()[0]));
  check_states(begin);
  reset();
  auto [outputs, states] = run_steps(steps, std::move(begin), options.valid_length);
  reset();
  if (!options.merge_outputs.value_or(options.valid_length.defined())) return {outputs, states};
  return {ops::stack(outputs, {.axis = axis}), states};
}

std::pair<std::vector<NDArray>, States> RecurrentCell::run_steps(const std::vector<NDArray>& steps,
                                                                 States states,
                                                                 const NDArray& valid_length) {
  std::vector<NDArray> outputs;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto t = static_cast<std::int64_t>(i);
    auto [output, next] = (*this)(steps[i], states);
    outputs.push_back(masked(valid_length, t, output));
    for (std::size_t k = 0; k < next.size(); ++k) {
      next[k] = where_valid(valid_length, t, next[k], states[k]);
    }
    states = std::move(next);
  }
  return {outputs, states};
}

std::vector<RecurrentCell*> RecurrentCell::cells() const {
  std::vector<RecurrentCell*> found;
  for (const auto& [name, child] : children()) {
    if (auto* const cell = dynamic_cast<RecurrentCell*>(child.get())) found.push_back(cell);
  }
  return found;
}

void RecurrentCell::reset() {
  for (RecurrentCell* cell : cells()) cell->reset();
}

bool RecurrentCell::remembers() const {
  const auto all = cells();
  return std::any_of(all.begin(), all.end(), [](const auto* cell) { return cell->remembers(); });
}

bool RecurrentCell::can_step() const {
  const auto all = cells();
  return std::all_of(all.begin(), all.end(), [](const auto* cell) { return cell->can_step(); });
}

Nested RecurrentCell::run(const Nested& inputs) {
  return remembers() ? forward(inputs) : HybridBlock::run(inputs);
}

SequentialRNNCell& SequentialRNNCell::add(std::shared_ptr<RecurrentCell> cell) {
  register_child(std::to_string(size()), std::move(cell));
  return *this;
}

RecurrentCell& SequentialRNNCell::operator[](std::int64_t index) const {
  const auto count = static_cast<std::int64_t>(size());
  const std::int64_t place = index < 0 ? index + count : index;
  auto* const cell =
      place >= 0 && place < count
          ? dynamic_cast<RecurrentCell*>(children()[static_cast<std::size_t>(place)].second.get())
          : nullptr;
  if (cell == nullptr) {
    fail(type_name(), " ", prefix(), " has ", count, " cells; there is no cell number ", index);
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

std::pair<std::vector<NDArray>, States> SequentialRNNCell::run_steps(
    const std::vector<NDArray>& steps, States states, const NDArray& valid_length) {
  const auto length = static_cast<std::int64_t>(steps.size());
  std::vector<NDArray> x = steps;
  States all;
  auto first = states.begin();
  for (std::size_t i = 0; i < size(); ++i) {
    RecurrentCell& cell = (*this)[i];
    const auto last = first + static_cast<std::ptrdiff_t>(cell.state_info().size());
    const auto [outputs, next] = cell.unroll(
        length, x,
        {.begin_state = {first, last}, .merge_outputs = false, .valid_length = valid_length});
    all.insert(all.end(), next.begin(), next.end());
    x = outputs.arrays();
    first = last;
  }
  return {x, all};
}

}  // namespace gluino::gluon::rnn
