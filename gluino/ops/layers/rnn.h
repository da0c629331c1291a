#pragma once

#include <gluino/ops/core/invoke.h>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace gluino {

struct RNNOptions {
  std::int64_t state_size = 0;
  std::int64_t num_layers = 1;
  bool bidirectional = false;
  /// "rnn_relu", "rnn_tanh", "lstm" or "gru".
  std::string mode = "lstm";
  /// The share of each layer's outputs, but the last's, that is dropped in training.
  double p = 0;
  /// Gives the last states, too.
  bool state_outputs = false;
  /// Of lstm: what a unit shows is multiplied by one matrix more, (projection_size, H), and that is
  /// the state and the output.
  std::optional<std::int64_t> projection_size{};
  /// Of lstm: what cells are kept between in each step.
  std::optional<double> lstm_state_clip_min{};
  std::optional<double> lstm_state_clip_max{};
  /// A cell that is no number becomes the least then.
  bool lstm_state_clip_nan = false;
  /// Sequences have lengths of their own, the last input.
  bool use_sequence_length = false;
};

namespace ops {

/// Layers of a recurrent network over sequences: data (T, N, C), state (L, N, H) with L the number
/// of layers times that of directions, to (T, N, H), or (T, N, 2 H) of two directions; with
/// state_outputs also the last state. `parameters` is one row as MXNet packs it: per layer and
/// direction the weights of the input and of the state, then likewise all biases; gates stand in
/// the order input, forget, cell, output (lstm) or reset, update, new (gru). The inputs are data,
/// parameters, state and, of lstm, state_cell. Gives all outputs: a list of arrays, or a symbol.
template <Operand A>
auto RNN(const std::vector<A>& inputs, const RNNOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<RNNOptions>("RNN");
  if constexpr (SymbolicOperand<A>) {
    return apply(op, &options, std::span<const A>(inputs), name);
  } else {
    return apply_all(op, &options, std::span<const A>(inputs));
  }
}
template <Operand A>
auto RNN(std::initializer_list<A> inputs, const RNNOptions& options, NodeName name = {}) {
  return RNN(std::vector<A>(inputs), options, name);
}

}  // namespace ops

/// The length of `parameters` for data of C = input_size. Throws Error on options that are none.
GLUINO_API std::int64_t rnn_parameter_count(const RNNOptions& options, std::int64_t input_size);

}  // namespace gluino
