#include <gluino/base/error.h>
#include <gluino/base/text.h>
#include <gluino/gluon/contrib/rnn_cells.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/elementwise.h>
#include <gluino/ops/elementwise/unary.h>
#include <gluino/ops/layers/dropout.h>
#include <gluino/ops/layers/fully_connected.h>
#include <gluino/ops/movement/slice_channel.h>

namespace gluino::gluon::contrib::rnn {
namespace {

constexpr std::int64_t kGates = 4;

const Op& fully_connected() {
  static const Op& op = Op::get<FullyConnectedOptions>("FullyConnected");
  return op;
}

double checked_rate(const char* option, double p) {
  check(p >= 0 && p < 1, "VariationalDropoutCell: ", option, ": expected 0 <= p < 1, got ", p);
  return p;
}

}  // namespace

LSTMPCell::LSTMPCell(const LSTMPCellOptions& o)
    : RecurrentCell(new_prefix("lstmp", o.prefix)),
      hidden_size_(o.hidden_size),
      projection_size_(o.projection_size) {
  check(hidden_size_ > 0 && projection_size_ > 0, "[", name(),
        "] hidden_size and projection_size: expected at least 1, got ", hidden_size_, " and ",
        projection_size_);
  const std::int64_t rows = kGates * hidden_size_;
  const std::int64_t in = o.input_size > 0 ? o.input_size : -1;
  i2h_weight_ = parameter("i2h_weight", {.shape = {rows, in}, .init = o.i2h_weight_initializer});
  h2h_weight_ = parameter("h2h_weight",
                          {.shape = {rows, projection_size_}, .init = o.h2h_weight_initializer});
  h2r_weight_ = parameter(
      "h2r_weight", {.shape = {projection_size_, hidden_size_}, .init = o.h2r_weight_initializer});
  i2h_bias_ = parameter("i2h_bias", {.shape = {rows}, .init = o.i2h_bias_initializer});
  h2h_bias_ = parameter("h2h_bias", {.shape = {rows}, .init = o.h2h_bias_initializer});
}

std::vector<StateInfo> LSTMPCell::state_info(std::int64_t batch_size) const {
  return {{.shape = {batch_size, projection_size_}}, {.shape = {batch_size, hidden_size_}}};
}

std::pair<NDArray, States> LSTMPCell::forward(const NDArray& input, const States& states) {
  check_states(states);
  const FullyConnectedOptions of_gates{.num_hidden = kGates * hidden_size_};
  const NDArray all = apply_op(fully_connected(), &of_gates, input, {&i2h_weight_, &i2h_bias_}) +
                      apply_op(fully_connected(), &of_gates, states[0], {&h2h_weight_, &h2h_bias_});
  const std::vector<NDArray> gates = ops::split(all, {.num_outputs = kGates});
  const NDArray memory =
      ops::sigmoid(gates[1]) * states[1] + ops::sigmoid(gates[0]) * ops::tanh(gates[2]);
  const NDArray hidden = ops::sigmoid(gates[3]) * ops::tanh(memory);
  const FullyConnectedOptions projection{.num_hidden = projection_size_, .no_bias = true};
  const NDArray output = apply_op(fully_connected(), &projection, hidden, {&h2r_weight_});
  return {output, {output, memory}};
}

std::string LSTMPCell::to_string() const {
  const Shape& shape = i2h_weight_.shape();
  return str(type_name(), "(", shape[1] > 0 ? std::to_string(shape[1]) : "None", " -> ", shape[0],
             " -> ", projection_size_, ")");
}

VariationalDropoutCell::VariationalDropoutCell(std::shared_ptr<RecurrentCell> base_cell,
                                               const VariationalDropoutOptions& o)
    : RecurrentCell((base_cell == nullptr ? std::string() : base_cell->prefix()) + "vardrop_"),
      base_cell_(std::move(base_cell)),
      rates_{checked_rate("drop_inputs", o.drop_inputs), checked_rate("drop_states", o.drop_states),
             checked_rate("drop_outputs", o.drop_outputs)} {
  register_child("base_cell", base_cell_);
  check(o.drop_states == 0 || base_cell_->can_step(),
        "VariationalDropoutCell: ", base_cell_->to_string(),
        " runs no single steps; put a VariationalDropoutCell with drop_states around each of the "
        "cells inside instead");
}

std::vector<StateInfo> VariationalDropoutCell::state_info(std::int64_t batch_size) const {
  return base_cell_->state_info(batch_size);
}

void VariationalDropoutCell::reset() {
  RecurrentCell::reset();
  masks_ = {};
}

NDArray VariationalDropoutCell::masked(const NDArray& x, Place place) {
  if (rates_[place] == 0) return x;
  NDArray& mask = masks_[place];
  if (!mask.defined()) mask = ops::Dropout(ops::ones_like(x), {.p = rates_[place]});
  return x * mask;
}

std::pair<NDArray, States> VariationalDropoutCell::forward(const NDArray& input,
                                                           const States& states) {
  check_states(states);
  // Of an LSTM the memory is left alone.
  States begin = states;
  if (!begin.empty()) begin[0] = masked(begin[0], kStates);
  auto [output, next] = (*base_cell_)(masked(input, kInputs), begin);
  return {masked(output, kOutputs), std::move(next)};
}

// Without masks of states the cell runs as a whole, as one that begins at the end has to.
std::pair<std::vector<NDArray>, States> VariationalDropoutCell::run_steps(
    const std::vector<NDArray>& steps, States states, const NDArray& valid_length) {
  if (rates_[kStates] != 0) {
    return RecurrentCell::run_steps(steps, std::move(states), valid_length);
  }
  std::vector<NDArray> inputs;
  inputs.reserve(steps.size());
  for (const NDArray& step : steps) inputs.push_back(masked(step, kInputs));
  const auto [outputs, last] = base_cell_->unroll(
      static_cast<std::int64_t>(steps.size()), inputs,
      {.begin_state = std::move(states), .merge_outputs = false, .valid_length = valid_length});
  std::vector<NDArray> result;
  result.reserve(steps.size());
  for (const NDArray& output : outputs.arrays()) result.push_back(masked(output, kOutputs));
  return {result, last};
}

std::string VariationalDropoutCell::to_string() const {
  return str("VariationalDropoutCell(p_out = ", python_repr(rates_[kOutputs]),
             ", p_state = ", python_repr(rates_[kStates]), ")");
}

}  // namespace gluino::gluon::contrib::rnn
