#pragma once

#include <cstdint>

namespace gluino::kernels {

/// What the cells of an LSTM are kept inside of.
struct CellBounds {
  double least, most;
  bool replaces_nan;  ///< by `least`
};

/// One step of n units of one sequence, and back, on the calling thread. An array of gates holds n
/// numbers of each, one gate behind the other. Formulas: Hochreiter and Schmidhuber 1997, with the
/// forget gate of Gers et al. 2000; Cho et al. 2014, with the reset gate behind the product.
template <class T>
struct RecurrentCell {
  /// `gates` (4n: input, forget, fresh, shown) hold what their functions are taken of, and then the
  /// gates; cell = forget * before + input * fresh, inside of `bounds` unless null, and
  /// out = shown * tanh(cell).
  void (*lstm)(T* gates, const T* before, T* cell, T* out, std::int64_t n,
               const CellBounds* bounds);
  /// From `dout` and `dcell`, what the steps behind add to the cell's: dgates, of what the gates'
  /// functions are taken of, and in `dcell` that of the cell before.
  void (*lstm_back)(const T* gates, const T* before, const T* cell, const T* dout, T* dcell,
                    T* dgates, std::int64_t n, const CellBounds* bounds);
  /// `gates` (3n: reset, update, fresh) hold what comes of the input, and then the gates, `state`
  /// (3n) what comes of the state, `before`; out = (1 - update) * fresh + update * before, where
  /// fresh = tanh(gate + reset * state).
  void (*gru)(T* gates, const T* state, const T* before, T* out, std::int64_t n);
  /// From dout the gradients by `gates` and by `state`, of which its last n are read; and in `dout`
  /// that by `before` but for what goes through `state`.
  void (*gru_back)(const T* gates, const T* last_state, const T* before, T* dout, T* dgates,
                   T* dstate, std::int64_t n);
};

/// Of float and double.
template <class T>
const RecurrentCell<T>& recurrent_cell();

}  // namespace gluino::kernels
