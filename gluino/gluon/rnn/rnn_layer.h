#pragma once

#include <gluino/gluon/rnn/recurrent_cell.h>
#include <gluino/ops/layers/rnn.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gluino::gluon::rnn {

struct RNNLayerOptions {
  std::int64_t hidden_size = 0;
  std::int64_t num_layers = 1;
  /// "relu" or "tanh".
  std::string activation = "relu";
  /// Of inputs and outputs: "TNC" or "NTC".
  std::string layout = "TNC";
  /// The part of each layer's outputs, but the last's, that is set to zero in training.
  double dropout = 0;
  /// Beside each layer a second one that reads from the last step to the first.
  bool bidirectional = false;
  /// 0: found in the first forward.
  std::int64_t input_size = 0;
  /// Without them, the initializer that initialize() is given.
  init::Initializer i2h_weight_initializer{};
  init::Initializer h2h_weight_initializer{};
  init::Initializer i2h_bias_initializer = "zeros";
  init::Initializer h2h_bias_initializer = "zeros";
  DType dtype = float32;
  /// Calls give the number of steps of each sample.
  bool use_sequence_length = false;
  std::string prefix{};
};

struct LSTMLayerOptions {
  std::int64_t hidden_size = 0;
  std::int64_t num_layers = 1;
  std::string layout = "TNC";
  double dropout = 0;
  bool bidirectional = false;
  std::int64_t input_size = 0;
  init::Initializer i2h_weight_initializer{};
  init::Initializer h2h_weight_initializer{};
  init::Initializer i2h_bias_initializer = "zeros";
  init::Initializer h2h_bias_initializer = "zeros";
  /// Outputs, and with them the first state, are projected to so many numbers (Sak et al., 2014,
  /// https://arxiv.org/abs/1402.1128).
  std::optional<std::int64_t> projection_size{};
  init::Initializer h2r_weight_initializer{};
  /// What the second state is kept between in each step; both or none.
  std::optional<double> state_clip_min{};
  std::optional<double> state_clip_max{};
  /// A number of it that is none becomes the least then.
  bool state_clip_nan = false;
  DType dtype = float32;
  bool use_sequence_length = false;
  std::string prefix{};
};

struct GRULayerOptions {
  std::int64_t hidden_size = 0;
  std::int64_t num_layers = 1;
  std::string layout = "TNC";
  double dropout = 0;
  bool bidirectional = false;
  std::int64_t input_size = 0;
  init::Initializer i2h_weight_initializer{};
  init::Initializer h2h_weight_initializer{};
  init::Initializer i2h_bias_initializer = "zeros";
  init::Initializer h2h_bias_initializer = "zeros";
  DType dtype = float32;
  bool use_sequence_length = false;
  std::string prefix{};
};

/// Recurrent layers above each other, run over whole sequences by one operator, RNN:
///
///     rnn::LSTM lstm({.hidden_size = 64, .num_layers = 2});
///     NDArray outputs = lstm(x);                       // x (T, N, C): (T, N, 64)
///     auto [same, states] = lstm(x, {h, c});           // and the last states
///
/// Outputs of two directions stand side by side, (T, N, 2 hidden_size). A state is (num_layers *
/// directions, N, hidden_size). Parameters have MXNet's names, l0_i2h_weight to r1_h2h_bias, also
/// in files, where they are those of the cells: _unfused.0.l_cell.i2h_weight.
class GLUINO_API RecurrentLayer : public HybridBlock {
 public:
  std::vector<StateInfo> state_info(std::int64_t batch_size = 0) const;
  /// States of zeros.
  States begin_state(std::int64_t batch_size, const Context& context = current_context()) const;

  /// The outputs, from states of zeros.
  NDArray operator()(const NDArray& inputs);
  /// The outputs and the last states, from `states`: one array, a list as of state_info, or
  /// nothing, {}, for zeros. `sequence_length`, (N,), is how many steps of each sample count:
  /// outputs beyond are 0, and the states stay what they were at the last one. Throws Error when it
  /// is given and use_sequence_length was not, or the other way round.
  std::pair<NDArray, States> operator()(const NDArray& inputs, const Nested& states,
                                        const NDArray& sequence_length = {});

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverloaded-virtual"  // as in block.h
  /// Of an array, outputs; of (inputs, states[, sequence_length]), outputs and states.
  Nested forward(const Nested& inputs) override;
#pragma GCC diagnostic pop
  /// As the cells of which the layer might consist would name them.
  std::vector<std::pair<std::string, Parameter>> structural_params() const override;
  /// All weights and then all biases, as the operator has them.
  std::vector<Parameter> params_of_row() const override;
  std::string to_string() const override;

 protected:
  /// `op` says the mode, and what but sizes belongs to it. Throws Error for options that are none.
  template <class Options>
  RecurrentLayer(const char* hint, const Options& options, const RNNOptions& op)
      : HybridBlock(new_prefix(hint, options.prefix)), layout_(options.layout), op_(op) {
    op_.state_size = options.hidden_size;
    op_.num_layers = options.num_layers;
    op_.bidirectional = options.bidirectional;
    op_.p = options.dropout;
    op_.state_outputs = true;
    op_.use_sequence_length = options.use_sequence_length;
    Initializers initializers = {options.i2h_weight_initializer, options.h2h_weight_initializer,
                                 options.i2h_bias_initializer, options.h2h_bias_initializer};
    if constexpr (requires { options.h2r_weight_initializer; }) {
      initializers.h2r_weight = options.h2r_weight_initializer;
    }
    add_parameters(options.input_size, options.dtype, initializers);
  }

 private:
  struct Initializers {
    init::Initializer i2h_weight, h2h_weight, i2h_bias, h2h_bias, h2r_weight{};
  };
  std::int64_t directions() const { return op_.bidirectional ? 2 : 1; }
  std::vector<std::int64_t> state_sizes() const;
  void add_parameters(std::int64_t input_size, DType dtype, const Initializers& initializers);
  void complete(const NDArray& data) const;
  States starting(const Nested& states, const NDArray& data) const;
  NDArray packed(const Context& context) const;

  std::string layout_;
  RNNOptions op_;
  // In the order in which the operator wants them, weights first.
  std::vector<Parameter> weights_;
  std::vector<Parameter> biases_;
};

/// Layers of h' = activation(W x + b + R h + c), as RNNCell.
class GLUINO_API RNN : public RecurrentLayer {
 public:
  using Options = RNNLayerOptions;
  explicit RNN(const RNNLayerOptions& options);
  explicit RNN(std::int64_t hidden_size) : RNN(Options{.hidden_size = hidden_size}) {}
};

/// Layers of long short-term memory, as LSTMCell; the states are outputs and memories.
class GLUINO_API LSTM : public RecurrentLayer {
 public:
  using Options = LSTMLayerOptions;
  explicit LSTM(const LSTMLayerOptions& options);
  explicit LSTM(std::int64_t hidden_size) : LSTM(Options{.hidden_size = hidden_size}) {}
};

/// Layers of the gated recurrent unit, as GRUCell.
class GLUINO_API GRU : public RecurrentLayer {
 public:
  using Options = GRULayerOptions;
  explicit GRU(const GRULayerOptions& options);
  explicit GRU(std::int64_t hidden_size) : GRU(Options{.hidden_size = hidden_size}) {}
};

}  // namespace gluino::gluon::rnn
