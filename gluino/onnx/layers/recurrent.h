#pragma once

#include <gluino/onnx/translation/composer.h>
#include <gluino/onnx/translation/import_node.h>

#include <string>
#include <vector>

/// What recurrent layers of both sides have in common; the room's own.
namespace gluino::onnx::recurrent {

/// Of each mode: ONNX' operator, and which of MXNet's gates each of ONNX' is.
struct Mode {
  const char* ours;
  const char* theirs;
  Ints gates;
};
inline const std::vector<Mode>& modes() {
  static const std::vector<Mode> all = {{"lstm", "LSTM", {0, 3, 1, 2}},
                                        {"gru", "GRU", {1, 0, 2}},
                                        {"rnn_tanh", "RNN", {0}},
                                        {"rnn_relu", "RNN", {0}}};
  return all;
}
inline const Mode& mode_of(const std::string& ours) {
  for (const Mode& mode : modes()) {
    if (mode.ours == ours) return mode;
  }
  fail("RNN: there is no mode ", ours);
}

/// The inputs of ONNX' LSTM; GRU and RNN have the first six.
enum Input { kX, kWeights, kRecurrent, kBiases, kLengths, kState, kCell, kPeepholes };

/// An ONNX node of a recurrent layer.
struct Layer {
  explicit Layer(const ImportNode& n);

  bool is(const char* op) const { return op_type == op; }
  bool is_reverse(std::int64_t direction) const { return begins_reverse || direction == 1; }

  std::string op_type;
  std::int64_t units = 0;
  std::int64_t gates = 1;
  std::int64_t directions = 1;
  /// The first direction goes from the last to the first.
  bool begins_reverse = false;
  /// (batch, time, ...) in place of (time, batch, ...).
  bool batch_first = false;
  /// The names of each direction's, one after the other; the usual ones where the file tells none.
  std::vector<std::string> activations;
  bool usual_activations = true;
  double clip = 0;
  bool input_forget = false;
  bool linear_before_reset = false;
};

/// The layer step by step, for what no operator of ours computes as one. x is (T, N, C) with T
/// known, states (directions, N, H), or no symbols: 0. Gives (T, directions, N, H) and the last
/// states.
Symbols step_by_step(const ImportNode& n, const Layer& layer, const Symbol& x,
                     const Symbols& states);

}  // namespace gluino::onnx::recurrent
