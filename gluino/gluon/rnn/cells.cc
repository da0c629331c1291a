#include <gluino/base/error.h>
#include <gluino/gluon/rnn/cells.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/movement/slice_channel.h>

namespace gluino::gluon::rnn {
namespace {

const Op& fully_connected() {
  static const Op& op = Op::get<FullyConnectedOptions>("FullyConnected");
  return op;
}

// Told when the cell is made, not in its first step.
ActivationOptions activation(const std::string& name) {
  ActivationOptions options{name};
  Op::get<ActivationOptions>("Activation").check_options(&options);
  return options;
}

}  // namespace

void DenseCell::check_size() const {
  check(hidden_size_ > 0, "[", name(), "] hidden_size: expected at least 1, got ", hidden_size_);
}

std::vector<StateInfo> DenseCell::state_info(std::int64_t batch_size) const {
  return std::vector<StateInfo>(static_cast<std::size_t>(states_),
                                {.shape = {batch_size, hidden_size_}});
}

std::string DenseCell::to_string() const {
  const Shape& shape = i2h_weight_.shape();
  return str(type_name(), "(", shape[1] > 0 ? std::to_string(shape[1]) : "None", " -> ", shape[0],
             ")");
}

NDArray DenseCell::i2h(const NDArray& input) const {
  const FullyConnectedOptions options{.num_hidden = gates_ * hidden_size_};
  return apply_op(fully_connected(), &options, input, {&i2h_weight_, &i2h_bias_});
}

NDArray DenseCell::h2h(const NDArray& state) const {
  const FullyConnectedOptions options{.num_hidden = gates_ * hidden_size_};
  return apply_op(fully_connected(), &options, state, {&h2h_weight_, &h2h_bias_});
}

std::vector<NDArray> DenseCell::gates_of(const NDArray& all) const {
  return ops::split(all, {.num_outputs = gates_});
}

RNNCell::RNNCell(const RNNCellOptions& options)
    : DenseCell("rnn", options, 1, 1), activation_(activation(options.activation)) {}

std::pair<NDArray, States> RNNCell::forward(const NDArray& input, const States& states) {
  check_states(states);
  const NDArray h = ops::Activation(i2h(input) + h2h(states[0]), activation_);
  return {h, {h}};
}

std::string RNNCell::to_string() const {
  std::string text = DenseCell::to_string();
  return text.insert(text.size() - 1, ", " + activation_.act_type);
}

LSTMCell::LSTMCell(const GatedCellOptions& options)
    : DenseCell("lstm", options, 4, 2),
      activation_(activation(options.activation)),
      recurrent_activation_(activation(options.recurrent_activation)) {}

std::pair<NDArray, States> LSTMCell::forward(const NDArray& input, const States& states) {
  check_states(states);
  const auto gates = gates_of(i2h(input) + h2h(states[0]));
  const NDArray in = ops::Activation(gates[0], recurrent_activation_);
  const NDArray forget = ops::Activation(gates[1], recurrent_activation_);
  const NDArray candidate = ops::Activation(gates[2], activation_);
  const NDArray out = ops::Activation(gates[3], recurrent_activation_);
  const NDArray c = forget * states[1] + in * candidate;
  const NDArray h = out * ops::Activation(c, activation_);
  return {h, {h, c}};
}

GRUCell::GRUCell(const GatedCellOptions& options)
    : DenseCell("gru", options, 3, 1),
      activation_(activation(options.activation)),
      recurrent_activation_(activation(options.recurrent_activation)) {}

std::pair<NDArray, States> GRUCell::forward(const NDArray& input, const States& states) {
  check_states(states);
  const auto of_input = gates_of(i2h(input));
  const auto of_state = gates_of(h2h(states[0]));
  const NDArray reset = ops::Activation(of_input[0] + of_state[0], recurrent_activation_);
  const NDArray update = ops::Activation(of_input[1] + of_state[1], recurrent_activation_);
  const NDArray candidate = ops::Activation(of_input[2] + reset * of_state[2], activation_);
  const NDArray h = (1.0 - update) * candidate + update * states[0];
  return {h, {h}};
}

}  // namespace gluino::gluon::rnn
