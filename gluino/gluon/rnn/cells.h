#pragma once

#include <gluino/gluon/rnn/recurrent_cell.h>
#include <gluino/ops/elementwise/activation.h>
#include <gluino/ops/layers/fully_connected.h>

namespace gluino::gluon::rnn {

struct RNNCellOptions {
  std::int64_t hidden_size = 0;
  std::string activation = "tanh";
  /// Without them, the initializer that initialize() is given.
  init::Initializer i2h_weight_initializer{};
  init::Initializer h2h_weight_initializer{};
  init::Initializer i2h_bias_initializer = "zeros";
  init::Initializer h2h_bias_initializer = "zeros";
  /// 0: found in the first step.
  std::int64_t input_size = 0;
  std::string prefix{};
};

struct GatedCellOptions {
  std::int64_t hidden_size = 0;
  init::Initializer i2h_weight_initializer{};
  init::Initializer h2h_weight_initializer{};
  init::Initializer i2h_bias_initializer = "zeros";
  init::Initializer h2h_bias_initializer = "zeros";
  std::int64_t input_size = 0;
  std::string prefix{};
  std::string activation = "tanh";
  /// Of the gates.
  std::string recurrent_activation = "sigmoid";
};

/// What the cells below share: two fully connected layers, of the input and of the output before,
/// each for all gates, whose rows stand one gate after the other. Parameters i2h_weight (gates *
/// hidden_size, input_size), h2h_weight, i2h_bias and h2h_bias, as in MXNet's files.
class GLUINO_API DenseCell : public RecurrentCell {
 public:
  std::vector<StateInfo> state_info(std::int64_t batch_size = 0) const override;
  std::string to_string() const override;

 protected:
  template <class Options>
  DenseCell(const char* hint, const Options& options, int gates, int states)
      : RecurrentCell(new_prefix(hint, options.prefix)),
        hidden_size_(options.hidden_size),
        gates_(gates),
        states_(states) {
    check_size();
    const std::int64_t rows = gates * options.hidden_size;
    const std::int64_t in = options.input_size > 0 ? options.input_size : -1;
    i2h_weight_ =
        parameter("i2h_weight", {.shape = {rows, in}, .init = options.i2h_weight_initializer});
    h2h_weight_ = parameter("h2h_weight", {.shape = {rows, options.hidden_size},
                                           .init = options.h2h_weight_initializer});
    i2h_bias_ = parameter("i2h_bias", {.shape = {rows}, .init = options.i2h_bias_initializer});
    h2h_bias_ = parameter("h2h_bias", {.shape = {rows}, .init = options.h2h_bias_initializer});
  }

  /// The two layers.
  NDArray i2h(const NDArray& input) const;
  NDArray h2h(const NDArray& state) const;
  std::vector<NDArray> gates_of(const NDArray& all) const;

 private:
  void check_size() const;

  std::int64_t hidden_size_;
  int gates_;
  int states_;
  Parameter i2h_weight_, h2h_weight_, i2h_bias_, h2h_bias_;
};

/// h' = activation(W x + b + R h + c); the state is h.
class GLUINO_API RNNCell : public DenseCell {
 public:
  using Options = RNNCellOptions;
  explicit RNNCell(const RNNCellOptions& options);
  explicit RNNCell(std::int64_t hidden_size) : RNNCell(Options{.hidden_size = hidden_size}) {}
  std::pair<NDArray, States> forward(const NDArray& input, const States& states) override;
  std::string to_string() const override;

 private:
  ActivationOptions activation_;
};

/// Long short-term memory, the states h and c. Gates in the order i, f, g, o: c' = f c + i g, h' =
/// o activation(c').
class GLUINO_API LSTMCell : public DenseCell {
 public:
  using Options = GatedCellOptions;
  explicit LSTMCell(const GatedCellOptions& options);
  explicit LSTMCell(std::int64_t hidden_size) : LSTMCell(Options{.hidden_size = hidden_size}) {}
  std::pair<NDArray, States> forward(const NDArray& input, const States& states) override;

 private:
  ActivationOptions activation_;
  ActivationOptions recurrent_activation_;
};

/// The gated recurrent unit, the state h. Gates in the order r, z, n: n = activation(Wn x + bn + r
/// (Rn h + cn)), h' = (1 - z) n + z h.
class GLUINO_API GRUCell : public DenseCell {
 public:
  using Options = GatedCellOptions;
  explicit GRUCell(const GatedCellOptions& options);
  explicit GRUCell(std::int64_t hidden_size) : GRUCell(Options{.hidden_size = hidden_size}) {}
  std::pair<NDArray, States> forward(const NDArray& input, const States& states) override;

 private:
  ActivationOptions activation_;
  ActivationOptions recurrent_activation_;
};

}  // namespace gluino::gluon::rnn
