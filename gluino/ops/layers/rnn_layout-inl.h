#pragma once

#include <gluino/kernels/cpu/elementwise/recurrent_cell.h>
#include <gluino/kernels/cpu/products/gemm.h>
#include <gluino/ops/layers/rnn.h>

#include <cstdint>
#include <limits>

/// How a recurrent network's arrays lie: its parameters, and what its forward keeps.
namespace gluino::rnn {

enum class Mode { relu, tanh, lstm, gru };

inline Mode mode_of(const RNNOptions& o) {
  if (o.mode == "rnn_relu") return Mode::relu;
  if (o.mode == "rnn_tanh") return Mode::tanh;
  return o.mode == "lstm" ? Mode::lstm : Mode::gru;
}

/// Sizes as in the header: T steps of N sequences of C numbers, H units, L layers, D directions;
/// `gates` blocks of H numbers are computed in each step; `shown` numbers are the state and the
/// output, H or those of a projection.
struct Sizes {
  Mode mode{};
  std::int64_t steps = 0, batch = 0, input = 0, units = 0, layers = 0, directions = 1, gates = 1;
  std::int64_t shown = 0;
  bool drops = false, projects = false, clips = false;
  kernels::CellBounds bounds{};  ///< that cells are clipped to
  /// Of sequences that have lengths of their own, 0 to `steps`; else null.
  const std::int64_t* lengths = nullptr;

  Sizes(const RNNOptions& o, const Shape& data)
      : mode(mode_of(o)),
        steps(data[0]),
        batch(data[1]),
        input(data[2]),
        units(o.state_size),
        layers(o.num_layers),
        directions(o.bidirectional ? 2 : 1),
        gates(mode == Mode::lstm  ? 4
              : mode == Mode::gru ? 3
                                  : 1),
        shown(o.projection_size.value_or(o.state_size)),
        drops(o.p > 0),
        projects(o.projection_size.has_value()),
        clips(o.lstm_state_clip_min || o.lstm_state_clip_max),
        bounds{.least = o.lstm_state_clip_min.value_or(-std::numeric_limits<double>::infinity()),
               .most = o.lstm_state_clip_max.value_or(std::numeric_limits<double>::infinity()),
               .replaces_nan = o.lstm_state_clip_nan} {}

  std::int64_t rows() const { return steps * batch; }
  std::int64_t width() const { return directions * shown; }
  std::int64_t block() const { return gates * units; }
  std::int64_t length_of(std::int64_t n) const { return lengths == nullptr ? steps : lengths[n]; }
  /// Whether step t is one of sequence n, and whether a direction begins with it.
  bool lives(std::int64_t t, std::int64_t n) const { return t < length_of(n); }
  bool begins(std::int64_t t, std::int64_t n, std::int64_t direction) const {
    return t == (direction == 0 ? 0 : length_of(n) - 1);
  }
  /// Null where cells are what they are.
  const kernels::CellBounds* cell_bounds() const { return clips ? &bounds : nullptr; }
  std::int64_t input_of(std::int64_t layer) const { return layer == 0 ? input : width(); }
  /// Of one direction of a layer: weights of the input, of the state, and of the projection.
  std::int64_t weights_of(std::int64_t layer) const {
    return block() * (input_of(layer) + shown) + (projects ? shown * units : 0);
  }
  std::int64_t weights_before(std::int64_t layer) const {
    const std::int64_t later = layer > 0 ? layer - 1 : 0;
    return directions * ((layer > 0 ? weights_of(0) : 0) + (later > 0 ? later * weights_of(1) : 0));
  }
  std::int64_t all_weights() const { return weights_before(layers); }
  std::int64_t all_parameters() const { return all_weights() + layers * directions * 2 * block(); }
};

/// The parameters of one direction of a layer, or their gradients.
template <class T>
struct Parameters {
  T* input;       ///< (block, input_of(layer))
  T* state;       ///< (block, shown)
  T* projection;  ///< (shown, units)
  T* input_bias;  ///< (block)
  T* state_bias;  ///< (block)

  Parameters(const Sizes& z, T* packed, std::int64_t layer, std::int64_t direction)
      : input(packed + z.weights_before(layer) + direction * z.weights_of(layer)),
        state(input + z.block() * z.input_of(layer)),
        projection(state + z.block() * z.shown),
        input_bias(packed + z.all_weights() + (layer * z.directions + direction) * 2 * z.block()),
        state_bias(input_bias + z.block()) {}
};

/// What forward keeps of one layer: its outputs (T, N, D shown), where it drops what they are
/// multiplied by, and per direction the gates (T, N, block) and, of lstm, the cells, of gru, what
/// the reset gate is multiplied by (T, N, H); with a projection, also what is projected (T, N, H).
template <class T>
struct Kept {
  T* outputs;
  T* mask;
  T* gates[2];
  T* extra[2];
  T* hidden[2];

  static std::int64_t extra_size(const Sizes& z) {
    return z.mode == Mode::lstm || z.mode == Mode::gru ? z.rows() * z.units : 0;
  }
  static std::int64_t hidden_size(const Sizes& z) { return z.projects ? z.rows() * z.units : 0; }
  static std::int64_t layer_size(const Sizes& z) {
    return z.rows() * z.width() * (z.drops ? 2 : 1) +
           z.directions * (z.rows() * z.block() + extra_size(z) + hidden_size(z));
  }
  Kept(const Sizes& z, T* all, std::int64_t layer)
      : outputs(all + layer * layer_size(z)), mask(outputs + z.rows() * z.width()) {
    T* next = z.drops ? mask + z.rows() * z.width() : mask;
    for (const int direction : {0, 1}) {
      gates[direction] = next;
      extra[direction] = next + z.rows() * z.block();
      hidden[direction] = extra[direction] + extra_size(z);
      next = hidden[direction] + hidden_size(z);
    }
  }
};

/// Step `i` in the order of a direction.
inline std::int64_t step_at(const Sizes& z, std::int64_t i, std::int64_t direction) {
  return direction == 0 ? i : z.steps - 1 - i;
}

/// A dense matrix.
template <class T>
kernels::MatrixView<T> matrix(const T* data, std::int64_t rows, std::int64_t columns) {
  return {data, rows, columns, columns, 1};
}

}  // namespace gluino::rnn
